import { noLease } from '../../basics/lease.ts'
import { isWanted } from '../../meetings/delivery/facts-of-run.ts'
import type { Meeting } from '../../meetings/meeting.ts'
import { artifactKinds, linkOf } from '../../vendor/artifact-kinds.ts'
import type { Artifact } from '../artifact.ts'

type Making = { now: Date; vendorKeepsMs: number; newId: () => string }

/** The artifacts of an ended run, one of each kind. Those with a link are to be copied. */
export function newArtifacts(meeting: Meeting, { now, vendorKeepsMs, newId }: Making): Artifact[] {
  const deadline = new Date((meeting.finalAt ?? now).getTime() + vendorKeepsMs)
  return artifactKinds.map((kind) => {
    const exists = linkOf(meeting.artifacts, kind) !== null
    return {
      id: newId(),
      meetingId: meeting.id,
      kind,
      state: exists ? 'pending' : 'missing',
      reason: exists ? null : isWanted(meeting, kind) ? 'not_at_vendor' : 'not_requested',
      contentType: null,
      bytes: null,
      copiedBytes: null,
      sha256: null,
      durationSeconds: null,
      storageKey: null,
      writtenKeys: [],
      storedAt: null,
      deadline,
      // The grade that is made now counts the missing ones.
      settled: !exists,
      attempts: 0,
      ...noLease,
      dueAt: exists ? now : null,
      round: 0,
      lastProblem: null,
      version: 0,
      createdAt: now,
      updatedAt: now,
    }
  })
}
