import { noLease } from '../basics/lease.ts'
import { heardAlive, lookForExtraBots, oweNow, uncollected, withDebts } from '../meetings/debts.ts'
import { isDeleted } from '../meetings/deletion/data-deletion.ts'
import { isFinal, type Meeting } from '../meetings/meeting.ts'
import type { MeetingChange } from '../meetings/meeting-store.ts'
import { applyFact } from '../meetings/status/bot-status.ts'
import type { Fact } from '../vendor/facts.ts'
import type { BotReading, WebhookReading } from '../vendor/webhook-reader.ts'
import type { InboxOutcome, LoadedInboxEvent } from './inbox.ts'

/** What an event does: its outcome, and the change of the meeting. */
export type Verdict = { outcome: InboxOutcome; change: Omit<MeetingChange, 'cause'> | null }

/** Decides on one event by the present state of its meeting. Pure. */
export function decideWebhookEvent(loaded: LoadedInboxEvent, reading: WebhookReading, at: Date): Verdict {
  const { outcome, change } = decide(loaded, reading, at)
  return { outcome, change: change && { ...change, next: withDebts(change.next) } }
}

function decide({ meeting, factAlreadyApplied, event }: LoadedInboxEvent, reading: WebhookReading, at: Date): Verdict {
  // A replayed event. It has had its effect already.
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
  const heardOf = (next: Meeting) => withWords(heardAlive(next, reading.fact, at), reading, at)
  if ('next' in decision) {
    const { entries, outcome } = decision
    return { outcome, change: { before: meeting, next: heardOf(decision.next), entries } }
  }
  const heard = heardOf(claimed)
  const change = heard === meeting ? null : { before: meeting, next: heard, entries: [] }
  return { outcome: decision.outcome, change }
}

/** Whether a repeated event may bring more: an end may be sent again with results that were missing. */
function mayBringMore({ kind }: Fact): boolean {
  return kind === 'completed' || kind === 'failed'
}

/** The event brings a transcript, so what the run delivered is graded with it. */
function withWords(meeting: Meeting, { transcript }: BotReading, at: Date): Meeting {
  const isGradedAgain = transcript !== undefined && isFinal(meeting.state) && !isDeleted(meeting, 'transcripts')
  return isGradedAgain ? { ...meeting, ...uncollected(at) } : meeting
}

/** The event came before the answer to the create call, and brings the vendor's id. */
function adopt(meeting: Meeting, botId: string, at: Date): Meeting {
  const adopted = { ...meeting, meetingBaasId: botId, ...noLease, lastProblem: null, writeDueAt: null }
  // Nobody waits for the bot of a meeting that was given up or called off, so it must leave.
  if (isFinal(meeting.state) || meeting.leaveRequestedAt) {
    const endInferred = meeting.endInferred || isFinal(meeting.state)
    return oweNow({ ...adopted, endInferred, leaveRequestedAt: meeting.leaveRequestedAt ?? at }, at)
  }
  return meeting.changeOwed ? oweNow(adopted, at) : adopted
}

/** Another bot carries our meeting id, so there are two. sync-bot makes the extra one leave. */
function lookForExtras(meeting: Meeting, fact: Fact, at: Date): Verdict['change'] {
  const isOwed = meeting.lookDueAt !== null && meeting.lookDueAt <= at
  if (fact.kind !== 'status' || isOwed) return null
  return { before: meeting, next: { ...meeting, ...lookForExtraBots(meeting, at) }, entries: [] }
}
