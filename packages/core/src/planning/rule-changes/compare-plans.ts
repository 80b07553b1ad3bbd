import type { Decision, ReasonCode } from '../../rules/decision.ts'
import type { CalendarEvent } from '../../vendor/calendar-event.ts'
import { lastsUntil } from '../../vendor/event-times.ts'
import { byStart } from '../same-gathering.ts'

type Plans = {
  /** All events of a user. */
  events: readonly CalendarEvent[]
  /** The decisions on them by the rules as they are, by event id. */
  before: ReadonlyMap<string, Decision>
  /** The same by the rules that are tried out. */
  after: ReadonlyMap<string, Decision>
  now: Date
  /** Only events that begin before then are looked at. */
  until: Date
  /** How many examples are given of each change. */
  examples: number
}

/** An event whose decision changes from yes to no or back. */
export type PreviewChange = { event: CalendarEvent; before: Decision; after: Decision }

/** Gatherings that are recorded, and how long they last together. An event of several calendars is one gathering. */
type Recorded = { meetings: number; hours: number }

export type RulesPreview = {
  /** Events that were looked at. */
  events: number
  current: Recorded
  proposed: Recorded
  /** Gatherings that only the proposed rules record; the first of their events by time. */
  added: Recorded & { events: number; examples: PreviewChange[] }
  /** Gatherings that only the current rules record. */
  removed: Recorded & { events: number; examples: PreviewChange[] }
  unchanged: { recorded: number; notRecorded: number }
  /** How many events each reason decides under the proposed rules. */
  reasons: Partial<Record<ReasonCode, number>>
}

/** What differs between two plans for the same events. Pure. */
export function comparePlans({ before, after, until, now, examples, ...all }: Plans): RulesPreview {
  const events = all.events.filter((e) => e.startTime < until && lastsUntil(e) > +now).sort(byStart)
  const changes = events.map((event) => changeOf(event, before, after))
  const added = changes.filter((c) => c.after.willRecord && !c.before.willRecord)
  const removed = changes.filter((c) => c.before.willRecord && !c.after.willRecord)
  const recordedBefore = changes.filter((c) => c.before.willRecord)
  return {
    events: events.length,
    current: measure(recordedBefore, (c) => c.before),
    proposed: measure(changes, (c) => c.after),
    added: { ...measure(added, (c) => c.after), events: added.length, examples: added.slice(0, examples) },
    removed: { ...measure(removed, (c) => c.before), events: removed.length, examples: removed.slice(0, examples) },
    unchanged: {
      recorded: recordedBefore.length - removed.length,
      notRecorded: events.length - recordedBefore.length - added.length,
    },
    reasons: countReasons(changes),
  }
}

function changeOf(event: CalendarEvent, before: Plans['before'], after: Plans['after']): PreviewChange {
  return { event, before: before.get(event.id) as Decision, after: after.get(event.id) as Decision }
}

/** Counts gatherings, not events, and the time from the first of its events to the last. */
function measure(changes: PreviewChange[], decisionOf: (change: PreviewChange) => Decision): Recorded {
  const spans = new Map<string, { from: number; until: number }>()
  for (const change of changes) {
    const decision = decisionOf(change)
    if (!decision.willRecord) continue
    const key = meetingKey(change.event, decision)
    const [from, until] = [+change.event.startTime, +change.event.endTime]
    const span = spans.get(key)
    spans.set(key, span ? { from: Math.min(from, span.from), until: Math.max(until, span.until) } : { from, until })
  }
  const ms = [...spans.values()].reduce((sum, { from, until }) => sum + Math.max(0, until - from), 0)
  return { meetings: spans.size, hours: Math.round(ms / 36_000) / 100 }
}

function meetingKey({ id }: CalendarEvent, { sharedWith }: Decision): string {
  if (sharedWith === null) return id
  return 'meetingId' in sharedWith ? `bot ${sharedWith.meetingId}` : sharedWith.eventId
}

function countReasons(changes: PreviewChange[]): Partial<Record<ReasonCode, number>> {
  const counts: Partial<Record<ReasonCode, number>> = {}
  for (const { after } of changes) counts[after.winner] = (counts[after.winner] ?? 0) + 1
  return counts
}
