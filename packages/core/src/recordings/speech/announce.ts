import type { Clock } from '../../basics/clock.ts'
import type { NewEntry } from '../../log/entry.ts'
import { type ChangeDeps, changeMeeting } from '../../meetings/change-meeting.ts'
import type { MeetingStore } from '../../meetings/meeting-store.ts'
import type { TranscriptStore } from '../transcripts/transcript-store.ts'
import type { SpeechOrder } from './speech-orders.ts'

export type Announcing = ChangeDeps & {
  meetings: Pick<MeetingStore, 'timeline'>
  transcripts: Pick<TranscriptStore, 'list'>
  now: Clock
}

/** Logs that a transcript was ordered, once. */
export async function announceOrder(deps: Announcing, order: SpeechOrder): Promise<void> {
  const { version, source, createdAt } = order
  await announce(deps, order, { type: 'transcript_requested', occurredAt: createdAt, data: { version, source } })
}

/** Logs how an order has ended, once. */
export async function announceEnd(deps: Announcing, { id, ...order }: SpeechOrder): Promise<void> {
  const made = (await deps.transcripts.list(order.meetingId)).find((one) => one.id === id)
  if (!made) return
  const { version, source, state, words, speakers, errorCode, errorMessage } = made
  const occurredAt = made.completedAt ?? deps.now()
  const about = { version, source }
  if (state === 'complete') {
    const data = { ...about, words, speakers: speakers.length }
    await announce(deps, order, { type: 'transcript_made', occurredAt, data })
  }
  if (state === 'failed') {
    const data = { ...about, code: errorCode, message: errorMessage }
    await announce(deps, order, { type: 'transcription_failed', occurredAt, data })
  }
}

const pageSize = 500

type Of = Pick<SpeechOrder, 'meetingId' | 'version' | 'requestedBy'>

/** Whoever holds the order announces it, so nobody else can log the same between the look and the write. */
async function announce(deps: Announcing, { meetingId, version, requestedBy }: Of, entry: NewEntry<'bot'>) {
  for (let after = 0, more = true; more; ) {
    const page = await deps.meetings.timeline(meetingId, after, pageSize)
    if (page.some(({ type, data }) => type === entry.type && data['version'] === version)) return
    more = page.length === pageSize
    after = page.at(-1)?.seq ?? 0
  }
  const cause = requestedBy === null ? 'worker' : 'api'
  await changeMeeting(deps, meetingId, cause, (before) => ({ next: before, entries: [entry] }))
}
