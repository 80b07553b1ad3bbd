import { applyFact } from '../bots/bot-status.ts'
import { heardAlive, lookForExtraBots, oweNow, withDebts } from '../bots/debts.ts'
import type { Fact } from '../bots/facts.ts'
import { endsOtherwise } from '../bots/inferred-end.ts'
import { isFinal, type Meeting } from '../bots/meeting.ts'
import type { MeetingChange, MeetingStore } from '../bots/meeting-store.ts'
import { consequencesOf, enqueueAll } from '../bots/owed-job.ts'
import { planAgain } from '../bots/plan-again.ts'
import type { CalendarStore } from '../calendars/calendar-store.ts'
import type { Clock } from '../clock.ts'
import { RetryableError } from '../errors.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import type { Inbox, InboxOutcome, LoadedInboxEvent } from './inbox.ts'
import type { CalendarReading, WebhookReader, WebhookReading } from './webhook-reader.ts'

type Deps = {
  inbox: Pick<Inbox, 'load' | 'saveProcessed'>
  meetings: Pick<MeetingStore, 'subscribers'>
  reader: Pick<WebhookReader, 'reread'>
  calendars: Pick<CalendarStore, 'noteVendorChange'>
  queue: Pick<JobQueue, 'enqueue'>
  now: Clock
  /** Told when a job could not be enqueued that a sweep will make up for. */
  onEnqueueFailed: (error: unknown) => void
}

export type ProcessWebhookEventResult = {
  outcome: InboxOutcome | 'already_processed'
  /** What the event is about, so that the log can be followed by it. */
  meetingId: string | null
  integrationId?: string | null
}

const tries = 20

/**
 * Applies one stored event: dedupe, state change and timeline entries in one transaction. Safe to run any number of
 * times, also at once: whoever comes second finds the event processed or the meeting changed, and decides again.
 */
export async function processWebhookEvent(
  deps: Deps,
  { webhookEventId }: { webhookEventId: string },
): Promise<ProcessWebhookEventResult> {
  for (let i = 0; i < tries; i++) {
    const loaded = await deps.inbox.load(webhookEventId)
    const meetingId = loaded?.meeting?.id ?? null
    if (!loaded || loaded.event.state === 'processed' || loaded.event.body === null) {
      return { outcome: 'already_processed', meetingId }
    }
    const reading = deps.reader.reread(loaded.event.body, loaded.event.source)
    const at = deps.now()
    if (reading.kind === 'calendar') return await processCalendarEvent(deps, loaded.event.id, reading, at)
    const { outcome, change } = withDueTimes(decide(loaded, reading, at))
    if (!(await deps.inbox.saveProcessed({ webhookEventId, outcome, change, at }))) continue
    if (change) await follow(deps, change)
    return { outcome, meetingId }
  }
  throw new RetryableError('SERVICE_UNAVAILABLE', { detail: 'The meeting of this event changed too often.' })
}

/** A bot has ended: should an event that it was for want another, elsewhere or later, that can be booked now. */
async function follow(deps: Deps, { before, next }: Omit<MeetingChange, 'cause'>): Promise<void> {
  await enqueueAll(deps.queue, consequencesOf(before, next, deps.now())).catch(deps.onEnqueueFailed)
  if (endsOtherwise(before, next)) await planAgain(deps, next).catch(deps.onEnqueueFailed)
}

/**
 * A calendar event is a hint: what holds is read from the vendor by the job that it starts. So neither its order nor its
 * repetition matters, and it is done before the event counts as processed.
 */
async function processCalendarEvent(deps: Deps, webhookEventId: string, reading: CalendarReading, at: Date) {
  const { calendarId, eventIds, about } = reading
  const integrationId = calendarId && (await deps.calendars.noteVendorChange(calendarId, eventIds, at))
  const job = about === 'events' ? ('sync-calendar' as const) : ('check-calendar' as const)
  if (integrationId) await deps.queue.enqueue(job, { integrationId })
  const outcome = integrationId ? ('applied' as const) : ('ignored' as const)
  await deps.inbox.saveProcessed({ webhookEventId, outcome, change: null, at })
  return { outcome, meetingId: null, integrationId }
}

function withDueTimes({ outcome, change }: Verdict): Verdict {
  return { outcome, change: change && { ...change, next: withDebts(change.next) } }
}

type Verdict = { outcome: InboxOutcome; change: Omit<MeetingChange, 'cause'> | null }

function decide({ meeting, factAlreadyApplied, event }: LoadedInboxEvent, reading: WebhookReading, at: Date): Verdict {
  // Replayed: its effect is there already.
  if (event.outcome === 'applied') return { outcome: 'applied', change: null }
  if (reading.kind === 'unknown') return { outcome: 'unknown', change: null }
  if (reading.kind !== 'bot' || !meeting) return { outcome: 'ignored', change: null }
  const known = meeting.meetingBaasId
  if (known !== null && known !== reading.botId)
    return { outcome: 'ignored', change: lookForExtras(meeting, reading.fact, at) }
  const claimed = known === null ? adopt(meeting, reading.botId, at) : meeting
  if (factAlreadyApplied && !mayBringMore(reading.fact)) return { outcome: 'duplicate', change: null }
  const decision = applyFact(claimed, reading.fact, event.receivedAt)
  if (decision.outcome === 'unknown' && event.outcome === 'unknown') return { outcome: 'unknown', change: null }
  if ('next' in decision) {
    const { entries, outcome } = decision
    return { outcome, change: { before: meeting, next: heardAlive(decision.next, reading.fact, at), entries } }
  }
  const heard = heardAlive(claimed, reading.fact, at)
  const change = heard === meeting ? null : { before: meeting, next: heard, entries: [] }
  return { outcome: decision.outcome, change }
}

/** An end may be told again with results that were missing; the state machine knows what is new. */
function mayBringMore({ kind }: Fact): boolean {
  return kind === 'completed' || kind === 'failed'
}

/** The event came before the create call had answered: it tells the vendor's id. */
function adopt(meeting: Meeting, botId: string, at: Date): Meeting {
  const adopted = { ...meeting, meetingBaasId: botId, leaseUntil: null, lastProblem: null, writeDueAt: null }
  // The bot of a meeting that was given up, or called off, turned up after all: nobody waits for it.
  if (isFinal(meeting.state) || meeting.leaveRequestedAt) {
    const endInferred = meeting.endInferred || isFinal(meeting.state)
    return oweNow({ ...adopted, endInferred, leaveRequestedAt: meeting.leaveRequestedAt ?? at }, at)
  }
  return meeting.changeOwed ? oweNow(adopted, at) : adopted
}

/** Another bot carries our meeting id: a second one was made. sync-bot looks and sends extra ones away. */
function lookForExtras(meeting: Meeting, fact: Fact, at: Date): Verdict['change'] {
  const isOwed = meeting.lookDueAt !== null && meeting.lookDueAt <= at
  if (fact.kind !== 'status' || isOwed) return null
  return { before: meeting, next: { ...meeting, ...lookForExtraBots(meeting, at) }, entries: [] }
}
