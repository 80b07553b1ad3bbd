import type { ArtifactKind } from '../../vendor/artifact-kinds.ts'

/**
 * The path at which the API serves a recording. It never changes. A recording is named by its kind, or by its id.
 */
export function recordingPath(meetingId: string, recording: ArtifactKind | (string & {})): string {
  return `/api/meetingbaas/bots/${meetingId}/recordings/${recording}/content`
}
