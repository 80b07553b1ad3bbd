import type { Clock } from '../../basics/clock.ts'
import type { NewEntry } from '../../log/entry.ts'
import { type ChangeDeps, changeMeeting, type DecidedWith } from '../../meetings/change-meeting.ts'
import type { Delivery } from '../../meetings/delivery/delivery.ts'
import { gradeAgain } from '../../meetings/delivery/grade.ts'
import { isFinal, type Meeting } from '../../meetings/meeting.ts'
import { type Artifact, isOpen, isUnread } from '../artifact.ts'
import type { ArtifactStore } from '../custody/artifact-store.ts'
import { type MissingDeps, transcribeMissing } from '../speech/transcribe-missing.ts'
import type { TranscriptStore } from '../transcripts/transcript-store.ts'
import { factsOf } from './facts-of.ts'

export type GradeDeps = ChangeDeps &
  MissingDeps & {
    artifacts: Pick<ArtifactStore, 'of' | 'settle'>
    transcripts: Pick<TranscriptStore, 'list'>
    now: Clock
  }

export type GradeOptions = {
  /** Changes the meeting in the same step; null when the grade would be about something else by now. */
  change?: (before: Meeting) => Meeting | null
  /** Whether the vendor's transcription, if it is stored, was made a transcript, or cannot be made one. */
  wereRead?: boolean
}

export type GradeOutcome = 'graded' | 'nothing_to_do' | 'overtaken'

/**
 * Grades what a finished run has delivered so far, and logs what has changed since it was last graded. Orders a transcript
 * if none came, and this installation wants that.
 */
export async function gradeDelivery(
  deps: GradeDeps,
  meetingId: string,
  { change = (before) => before, wereRead = false }: GradeOptions = {},
): Promise<{ verdict: GradeOutcome }> {
  const now = deps.now()
  let artifacts: Artifact[] = []
  const changed = await changeMeeting(deps, meetingId, 'worker', async (before): Promise<DecidedWith<GradeOutcome>> => {
    // After the meeting. So when another grade is written meanwhile, which may know more, they are read again.
    artifacts = await deps.artifacts.of(meetingId)
    const transcript = (await deps.transcripts.list(meetingId)).find(({ isCurrent }) => isCurrent) ?? null
    if (!isFinal(before.state) || before.state === 'cancelled') return { verdict: 'nothing_to_do' }
    const next = change(before)
    if (!next) return { verdict: 'overtaken' }
    const delivery = gradeAgain(
      before.delivery,
      factsOf(before, artifacts, transcript, wereRead),
      before.deletion !== null,
    )
    const entries = entriesOf(before.delivery, delivery, artifacts, now)
    return { next: { ...next, delivery }, entries, verdict: 'graded' }
  })
  if (changed?.verdict === 'graded') await transcribeMissing(deps, meetingId, { artifacts, wereRead })
  // Only now: if this job dies before, another one grades and logs what is new.
  await deps.artifacts.settle(artifacts.filter((one) => isDone(one, wereRead)))
  return { verdict: changed?.verdict ?? 'nothing_to_do' }
}

function entriesOf(
  before: Delivery | null,
  after: Delivery,
  artifacts: readonly Artifact[],
  occurredAt: Date,
): NewEntry<'bot'>[] {
  const entries = artifacts.flatMap((artifact): NewEntry<'bot'>[] => {
    const type = typeOf(artifact)
    if (type === null || before?.facts.artifacts[artifact.kind] === artifact.state) return []
    const { kind, reason, bytes, sha256 } = artifact
    const data = type === 'artifact_stored' ? { kind, bytes, sha256 } : { kind, reason }
    return [{ type, occurredAt: artifact.storedAt ?? occurredAt, data }]
  })
  const isOutstanding = (delivery: Delivery | null) => delivery === null || delivery.reasons.includes('not_stored_yet')
  const isNews = isOutstanding(before) || before?.grade !== after.grade || `${before.reasons}` !== `${after.reasons}`
  if (isOutstanding(after) || !isNews) return entries
  return [...entries, { type: 'delivery_graded', occurredAt, data: { grade: after.grade, reasons: after.reasons } }]
}

/** Words that are stored are done when they were read, and deleted files when they are gone. */
function isDone(artifact: Artifact, wereRead: boolean): boolean {
  if (isOpen(artifact) || artifact.state === 'deleted') return false
  return wereRead || !isUnread(artifact)
}

function typeOf({ state }: Artifact) {
  if (state === 'stored') return 'artifact_stored'
  if (state === 'expired') return 'artifact_expired'
  return state === 'deleted' ? 'artifact_deleted' : null
}
