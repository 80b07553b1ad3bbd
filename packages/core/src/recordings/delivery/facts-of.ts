import type { ArtifactState, DeliveryFacts } from '../../meetings/delivery/delivery.ts'
import { factsOfRun } from '../../meetings/delivery/facts-of-run.ts'
import type { Meeting } from '../../meetings/meeting.ts'
import { type ArtifactKind, artifactKinds } from '../../vendor/artifact-kinds.ts'
import { type Artifact, isUnread } from '../artifact.ts'
import type { Transcript } from '../transcripts/transcript.ts'

/**
 * The facts for the grade, from the rows of a finished run.
 * @param wereRead whether the stored transcriptions were read just now
 */
export function factsOf(
  meeting: Meeting,
  artifacts: readonly Artifact[],
  transcript: Pick<Transcript, 'words' | 'speakers'> | null,
  wereRead: boolean,
): DeliveryFacts {
  const of = (kind: ArtifactKind) => artifacts.find((artifact) => artifact.kind === kind) ?? null
  const [video, audio] = [of('video'), of('audio')]
  const states = artifactKinds.map((kind): [ArtifactKind, ArtifactState | null] => [kind, of(kind)?.state ?? null])
  return {
    ...factsOfRun(meeting),
    artifacts: Object.fromEntries(states) as DeliveryFacts['artifacts'],
    videoSeconds: video?.durationSeconds ?? null,
    audioSeconds: audio?.durationSeconds ?? null,
    videoReadable: isReadable(video),
    audioReadable: isReadable(audio),
    videoWhole: isWhole(video),
    audioWhole: isWhole(audio),
    audioBytesPerMinute: bytesPerMinute(audio),
    transcriptionUnread: !wereRead && artifacts.some(isUnread),
    words: transcript?.words ?? null,
    speakers: transcript?.speakers.length ?? null,
  }
}

function isReadable(artifact: Artifact | null): boolean {
  return artifact?.state !== 'stored' || artifact.durationSeconds !== null
}

const isWhole = (artifact: Artifact | null): boolean => artifact?.reason !== 'truncated_file'

/** Of a truncated file only the header tells how long it was, so its bytes are no measure. */
function bytesPerMinute(audio: Artifact | null): number | null {
  if (audio?.bytes == null || !audio.durationSeconds || !isWhole(audio)) return null
  return Math.round((audio.bytes * 60) / audio.durationSeconds)
}
