/**
 * The state machine of a bot run: (meeting as it is, fact) → what it becomes. Pure.
 *
 * Meeting BaaS promises no order: facts arrive late, twice, swapped or never. So the order of arrival decides nothing:
 * - Of the codes that the bot itself sends, the newest by the bot's clock wins.
 * - Codes of the vendor's server carry another clock. They can only move a run forward.
 * - A final event ends the run for good.
 * - The vendor may start a failed bot again under the same id. A newer early code after a later one is such a restart.
 * - For statuses without a time of the bot's, see `place-status.ts`.
 */

import type { NewEntry } from '../../log/entry.ts'
import type { CancelledFact, CompletedFact, Fact, FailedFact, ResultFact, StatusFact } from '../../vendor/facts.ts'
import { oweLook, oweNow, settledByEnd, uncollected } from '../debts.ts'
import { deletedAgain, withoutDeletedParts } from '../deletion/facts-after-deletion.ts'
import { withoutDeleted } from '../deletion/to-be-deleted.ts'
import { type BotResults, type BotRun, isFinal, type Meeting } from '../meeting.ts'
import { hasMore, isNews, type Results, resultEntries, withResults } from './bot-results.ts'
import { marksAfter, placeRetrying, placeStatus } from './place-status.ts'
import {
  type CodeRule,
  codeRules,
  firstEndRank,
  firstInCallRank,
  lastProgressRank,
  retryingCode,
} from './status-codes.ts'

export type Decision =
  | {
      outcome: 'applied' | 'unknown'
      /** When the fact does not say how the run ended, `lookDueAt` asks for a look at the vendor's details. */
      next: Meeting
      entries: NewEntry<'bot'>[]
    }
  | { outcome: 'late' | 'duplicate' }

/** The final event usually follows within seconds. If it has not come by then, Seer asks for the details. */
const detailsAfterMs = 20_000

/**
 * Decides what a fact does to a meeting.
 * @param now when Seer learnt the fact: its message arrived, or the vendor was asked. Used as the time of a fact that
 * has none.
 */
export function applyFact(meeting: Meeting, fact: Fact, now: Date): Decision {
  if (meeting.deletion === null) return applyWhole(meeting, fact, now)
  const deletion = deletedAgain(meeting, fact)
  const known = deletion ? { ...meeting, deletion, deleteDueAt: now } : meeting
  const counts = withoutDeletedParts(known, fact)
  const decision: Decision = counts ? applyWhole(known, counts, now) : { outcome: 'late' }
  if ('next' in decision) return { ...decision, next: withoutDeleted(decision.next) }
  return deletion ? applied(known, {}, []) : decision
}

function applyWhole(meeting: Meeting, fact: Fact, now: Date): Decision {
  const occurredAt = fact.at ?? (fact.kind === 'status' ? fact.notedAt : null) ?? now
  switch (fact.kind) {
    case 'status':
      return applyStatus(meeting, fact, occurredAt, now)
    case 'completed':
      return applyCompleted(meeting, fact, occurredAt, now)
    case 'failed':
      return applyFailed(meeting, fact, occurredAt, now)
    case 'cancelled':
      return applyCancelled(meeting, fact, occurredAt)
    case 'chat_message': {
      const data = { messageId: fact.messageId, sender: fact.sender, text: fact.text }
      return applied(meeting, {}, [{ type: 'chat_message', occurredAt, data }])
    }
    case 'result':
      // A transcript may be made after the end, or made again.
      return isKnown(meeting, fact) ? { outcome: 'duplicate' } : applied(meeting, oweLook(meeting, detailsDue(now)), [])
  }
}

function applyStatus(meeting: Meeting, fact: StatusFact, occurredAt: Date, now: Date): Decision {
  const { code, at } = fact
  if (isFinal(meeting.state)) {
    // We had only concluded that the run is over. Now the vendor says so, and its details tell how it ended.
    const tellsEnd = meeting.endInferred && codeRules[code]?.needsDetails
    if (tellsEnd) return applied(meeting, oweLook(meeting, detailsDue(now)), [])
    return { outcome: meeting.vendorStatus === code && sameTime(meeting.vendorStatusAt, at) ? 'duplicate' : 'late' }
  }
  if (code === retryingCode) return applyRetrying(meeting, fact, occurredAt, now)
  const rule = codeRules[code]
  if (!rule) {
    const entry: NewEntry<'bot'> = { type: 'bot_status_unknown', occurredAt, data: describe(fact) }
    return { outcome: 'unknown', next: { ...meeting, ...oweLook(meeting, detailsDue(now)) }, entries: [entry] }
  }
  const place = placeStatus(meeting, rule, fact, now)
  if (place === 'late' || place === 'duplicate') return { outcome: place }

  const marks = marksAfter(meeting, { fact, place, isBots: rule.clock === 'bot', knownAt: now })
  const from = place === 'restart' ? restarted(meeting, now) : meeting
  const entries = place === 'restart' ? [{ type: 'bot_restarted' as const, occurredAt, data: { run: from.run } }] : []
  const look = rule.needsDetails ? oweLook(from, detailsDue(now)) : {}
  // This bot is leaving already, so it need not be told to leave.
  const isTold = rule.state === 'processing' ? { writeDueAt: null } : {}
  return applied(from, { ...changesFor(from, rule, fact, occurredAt), ...marks, ...look, ...isTold }, [
    ...entries,
    ...entriesFor(from, rule, fact, occurredAt),
  ])
}

/** The vendor announces that it will start the bot again. */
function applyRetrying(meeting: Meeting, fact: StatusFact, occurredAt: Date, now: Date): Decision {
  const place = placeRetrying(meeting, fact, now)
  if (place === 'late' || place === 'duplicate') return { outcome: place }
  const marks = marksAfter(meeting, { fact, place, isBots: false, knownAt: now })
  const entry: NewEntry<'bot'> = { type: 'bot_retrying', occurredAt, data: describe(fact) }
  const next = { ...restarted(meeting, now), ...marks, state: 'queued' as const, vendorStatus: retryingCode }
  return applied(meeting, next, [entry])
}

function restarted(meeting: Meeting, now: Date): Meeting {
  const fresh = { ...meeting, run: meeting.run + 1, joinedAt: null, recordingStartedAt: null, exitedAt: null }
  // Nobody has told the new run to leave yet.
  return meeting.leaveRequestedAt ? oweNow({ ...fresh, leaveSentAt: null }, now) : fresh
}

function changesFor(from: BotRun, rule: CodeRule, fact: StatusFact, occurredAt: Date): Partial<BotRun> {
  const inCall = rule.rank >= firstInCallRank && rule.rank <= lastProgressRank
  return {
    state: rule.state,
    vendorStatus: fact.code,
    joinedAt: inCall ? (from.joinedAt ?? occurredAt) : from.joinedAt,
    recordingStartedAt:
      rule.state === 'recording'
        ? (from.recordingStartedAt ?? fact.recordingStartedAt ?? occurredAt)
        : from.recordingStartedAt,
    exitedAt: rule.entry === 'bot_leave_call' ? occurredAt : from.exitedAt,
  }
}

function entriesFor(from: BotRun, rule: CodeRule, fact: StatusFact, occurredAt: Date): NewEntry<'bot'>[] {
  const entries: NewEntry<'bot'>[] = []
  const inCall = rule.rank >= firstInCallRank && rule.rank < firstEndRank
  if (inCall && from.state === 'waiting_room') entries.push({ type: 'bot_admitted', occurredAt, data: {} })
  if (inCall && !from.joinedAt && rule.entry !== 'bot_join_call') {
    entries.push({ type: 'bot_join_call', occurredAt, data: {} })
  }
  if (rule.entry) entries.push({ type: rule.entry, occurredAt, data: describe(fact) })
  return entries
}

function applyCompleted(known: Meeting, fact: CompletedFact, occurredAt: Date, now: Date): Decision {
  // The vendor's end replaces one that Seer concluded. A cancelled bot may have recorded all the same; then it is
  // shown.
  const isReplaced = known.endInferred || known.state === 'cancelled'
  if (isFinal(known.state) && !isReplaced) return addResults(known, fact, occurredAt, now) ?? again(known, 'completed')
  const { meeting, entries } = reopened(known, occurredAt)
  const next = { ...meeting, ...withResults(meeting, fact) }
  const done: NewEntry<'bot'> = { type: 'bot_completed', occurredAt, data: { durationSeconds: fact.durationSeconds } }
  const state = 'completed' as const
  const end = { ...settledByEnd(meeting), ...uncollected(now), state, finalAt: occurredAt, lastProblem: null }
  return applied(next, end, [
    ...entries,
    ...leftCall(meeting, fact.exitedAt ?? occurredAt),
    ...resultEntries(meeting, next, occurredAt),
    done,
  ])
}

/** The meeting without its known end, if it has one, and the log entry that says so. */
function reopened(meeting: Meeting, occurredAt: Date): { meeting: Meeting; entries: NewEntry<'bot'>[] } {
  if (!isFinal(meeting.state)) return { meeting, entries: [] }
  const data = { state: meeting.state, code: meeting.errorCode }
  const open = { ...meeting, errorCode: null, errorMessage: null, endInferred: false }
  return { meeting: open, entries: [{ type: 'bot_end_corrected', occurredAt, data }] }
}

/** The vendor's code for a run with a good recording but no transcript. Only the details carry the recording. */
const transcriptionFailed = 'TRANSCRIPTION_FAILED'

function applyFailed(known: Meeting, fact: FailedFact, occurredAt: Date, now: Date): Decision {
  const { code, message, results, inferred = false } = fact
  const isCalledOff = known.state === 'cancelled' && results === null
  if (isFinal(known.state) && (inferred || !known.endInferred || isCalledOff)) {
    if (isCalledOff && !inferred) return confirmed(known)
    return (results && addResults(known, results, occurredAt, now)) ?? again(known, 'failed')
  }
  const { meeting, entries } = reopened(known, occurredAt)
  const next = results ? { ...meeting, ...withResults(meeting, results) } : meeting
  const end = {
    state: 'failed' as const,
    errorCode: code,
    errorMessage: message,
    finalAt: occurredAt,
    lastProblem: null,
  }
  const awaitsResults = code === transcriptionFailed && !results
  const look = awaitsResults ? oweLook(meeting, detailsDue(now)) : {}
  return applied(next, { ...end, endInferred: inferred, ...settledByEnd(meeting), ...uncollected(now), ...look }, [
    ...entries,
    ...resultEntries(meeting, next, occurredAt),
    { type: 'bot_error', occurredAt, data: { code, message } },
  ])
}

function applyCancelled(meeting: Meeting, { inferred = false }: CancelledFact, occurredAt: Date): Decision {
  // When Seer had given up a bot and then cancelled it, the reason for giving it up stays.
  if (isFinal(meeting.state)) return inferred ? again(meeting, 'cancelled') : confirmed(meeting)
  const entry: NewEntry<'bot'> = { type: 'bot_cancelled', occurredAt, data: {} }
  const end = { state: 'cancelled' as const, finalAt: occurredAt, endInferred: inferred, lastProblem: null }
  return applied(meeting, { ...settledByEnd(meeting), ...end }, [entry])
}

/** The vendor knows of no other end. */
function confirmed(meeting: Meeting): Decision {
  if (!meeting.endInferred) return again(meeting, 'cancelled')
  return applied(meeting, { ...settledByEnd(meeting), endInferred: false }, [])
}

/**
 * Adds results that arrive after the end: the recording of a run whose transcript failed, or a fuller repetition. How
 * the run ended does not change. Null when nothing is new.
 */
function addResults(meeting: Meeting, results: Results, occurredAt: Date, now: Date): Decision | null {
  if (!isNews(meeting, results)) return null
  const next = { ...meeting, ...withResults(meeting, results) }
  const collect = hasMore(meeting, next) ? uncollected(now) : {}
  return applied(next, { ...settledByEnd(meeting), ...collect }, resultEntries(meeting, next, occurredAt))
}

/** The decision on an end without news: it repeats the known end, or contradicts it. */
function again({ state }: BotRun, told: 'completed' | 'failed' | 'cancelled'): Decision {
  return { outcome: state === told ? 'duplicate' : 'late' }
}

function isKnown({ artifacts }: BotResults, { result }: ResultFact): boolean {
  return !!(result === 'transcript' ? artifacts?.transcription : (artifacts?.video ?? artifacts?.audio))
}

function leftCall({ exitedAt }: BotRun, occurredAt: Date): NewEntry<'bot'>[] {
  return exitedAt ? [] : [{ type: 'bot_leave_call', occurredAt, data: {} }]
}

function applied(meeting: Meeting, changes: Partial<Meeting>, entries: NewEntry<'bot'>[]) {
  return { outcome: 'applied' as const, next: { ...meeting, ...changes }, entries }
}

function detailsDue(now: Date): Date {
  return new Date(now.getTime() + detailsAfterMs)
}

function describe(fact: StatusFact): Record<string, unknown> {
  return fact.message === null ? { status: fact.code } : { status: fact.code, message: fact.message }
}

function sameTime(a: Date | null, b: Date | null): boolean {
  return a?.getTime() === b?.getTime()
}
