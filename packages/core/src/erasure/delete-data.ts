import { waitAsLongAsOwed } from '../basics/backoff.ts'
import type { Clock } from '../basics/clock.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import { changeMeeting, type DecidedWith } from '../meetings/change-meeting.ts'
import { type DataDeletion, isDeleted, isDeleting, isFileDeleted } from '../meetings/deletion/data-deletion.ts'
import { mayHaveFiles } from '../meetings/delivery/facts-of-run.ts'
import type { Meeting } from '../meetings/meeting.ts'
import type { MeetingStore } from '../meetings/meeting-store.ts'
import { artifactReasonOf, isLost } from '../recordings/artifact.ts'
import type { ArtifactStore } from '../recordings/custody/artifact-store.ts'
import { changeArtifact } from '../recordings/custody/change-artifact.ts'
import { toBeDeleted } from '../recordings/custody/delete-artifact.ts'
import { newArtifacts } from '../recordings/custody/new-artifacts.ts'
import { type GradeDeps, gradeDelivery } from '../recordings/delivery/grade-delivery.ts'
import type { TranscriptStore } from '../recordings/transcripts/transcript-store.ts'
import type { Inbox } from '../webhooks/inbox.ts'
import { deleteAtVendor, type VendorDeletionDeps } from './delete-at-vendor.ts'
import { type Leftover, leftOf, receiptOf } from './receipt.ts'

type Deps = VendorDeletionDeps &
  GradeDeps & {
    meetings: Pick<MeetingStore, 'find' | 'saveChange' | 'subscribers' | 'removeChat'>
    artifacts: Pick<ArtifactStore, 'add' | 'of' | 'find' | 'save' | 'settle'>
    transcripts: Pick<TranscriptStore, 'list' | 'speakers' | 'removeOf'>
    inbox: Pick<Inbox, 'forgetBot'>
    queue: Pick<JobQueue, 'wake'>
    newId: () => string
    now: Clock
  }

/** `waiting`: something could not be removed yet. It is tried again, and the receipt says what and why. */
export type DeleteDataOutcome = 'deleted' | 'waiting' | 'nothing_to_do'

/**
 * Goes on with the deletion of a bot's data as far as is possible now: files, transcripts, chat, stored webhooks, and the
 * vendor's copy. What will be removed is written on the meeting before, so that a killed run leaves no gap in the receipt.
 * Safe to run any number of times.
 */
export async function deleteData(deps: Deps, { meetingId }: { meetingId: string }): Promise<DeleteDataOutcome> {
  const meeting = await deps.meetings.find(meetingId)
  if (!meeting || !isDeleting(meeting)) return 'nothing_to_do'
  await deleteFiles(deps, meeting)
  const unread = isDeleted(meeting, 'transcripts') ? await deleteWords(deps, meeting) : []
  await gradeDelivery(deps, meetingId)
  const { vendor, retryAfterMs } = await deleteAtVendor(deps, meeting)
  return await finish(deps, meeting, { vendor, unread, retryAfterMs })
}

/** Their jobs remove the files. Where there is no row yet, one says that no copy is to be made. */
async function deleteFiles(deps: Deps, meeting: Meeting): Promise<void> {
  const now = deps.now()
  const reason = artifactReasonOf((meeting.deletion as DataDeletion).reason)
  if (mayHaveFiles(meeting)) {
    const made = newArtifacts(meeting, { now, vendorKeepsMs: deps.vendorKeepsMs, newId: deps.newId })
    const gone = { state: 'deleted' as const, reason, settled: true, dueAt: null }
    const deleted = made.filter(({ kind }) => isFileDeleted(meeting, kind))
    await deps.artifacts.add(deleted.map((artifact) => ({ ...artifact, ...gone })))
  }
  for (const { id, kind } of await deps.artifacts.of(meeting.id)) {
    if (isFileDeleted(meeting, kind)) {
      await changeArtifact(deps, id, (before) => (isLost(before) ? null : toBeDeleted(before, reason, now)))
    }
  }
}

/** @returns stored webhooks that may hold words and are not processed yet */
async function deleteWords(deps: Deps, { id, meetingBaasId }: Meeting): Promise<Leftover[]> {
  const found = await deps.transcripts.list(id)
  const names = (await deps.transcripts.speakers(id)).filter(({ name }) => name !== null).length
  const chatMessages = await deps.meetings.removeChat(id)
  await changeMeeting(deps, id, 'worker', ({ deletion, ...before }) => {
    if (!deletion) return null
    const known = deletion.transcripts.filter((one) => !found.some((other) => other.id === one.id))
    const added = found.map(({ id, version, source, utterances }) => ({ id, version, source, utterances }))
    const counts = { speakerNames: Math.max(deletion.speakerNames, names), chatMessages }
    const transcripts = [...known, ...added].sort((a, b) => a.version - b.version)
    return { next: { ...before, deletion: { ...deletion, ...counts, transcripts } }, entries: [] }
  })
  await deps.transcripts.removeOf(id)
  const { waiting } = meetingBaasId === null ? { waiting: 0 } : await deps.inbox.forgetBot(meetingBaasId)
  return waiting > 0 ? [{ what: 'webhook', reason: null }] : []
}

type Progress = { vendor: DataDeletion['vendor']; unread: Leftover[]; retryAfterMs: number | null }

async function finish(
  deps: Deps,
  seen: Meeting,
  { vendor, unread, retryAfterMs }: Progress,
): Promise<DeleteDataOutcome> {
  const changed = await changeMeeting(
    deps,
    seen.id,
    'worker',
    async (before): Promise<DecidedWith<DeleteDataOutcome>> => {
      if (!isDeleting(before)) return { verdict: 'nothing_to_do' }
      const now = deps.now()
      const deletion = { ...(before.deletion as DataDeletion), vendor }
      // More is to be deleted than this run knew.
      const hasGrown = `${deletion.scopes}` !== `${seen.deletion?.scopes}`
      const next = { ...before, deletion }
      const artifacts = await deps.artifacts.of(seen.id)
      const transcripts = await deps.transcripts.list(seen.id)
      const left = [...leftOf(next, { artifacts, transcripts }), ...unread]
      if (hasGrown) return { next: { ...next, deleteDueAt: now }, entries: [], verdict: 'waiting' }
      if (left.length > 0) {
        const deleteDueAt = tryAgainAt(deletion, now, retryAfterMs)
        return { next: { ...next, deleteDueAt }, entries: [], verdict: 'waiting' }
      }
      const done = { ...next, deletion: { ...deletion, doneAt: now.toISOString() }, deleteDueAt: null }
      const { state: _s, left: _l, ...receipt } = receiptOf(done, artifacts, [])
      return { next: done, entries: [{ type: 'data_deleted', occurredAt: now, data: receipt }], verdict: 'deleted' }
    },
  )
  return changed?.verdict ?? 'nothing_to_do'
}

const again = { firstMs: 60_000, mostMs: 3_600_000 }

/** After a minute, and then each time after as long as it has been owed, but at most an hour. */
function tryAgainAt({ requestedAt }: DataDeletion, now: Date, retryAfterMs: number | null): Date {
  return new Date(now.getTime() + (retryAfterMs ?? waitAsLongAsOwed(new Date(requestedAt), now, again)))
}
