import type { Edit } from '../calendars/provider/edits.ts'
import { type Attendee, answered, type EventContent, type Response } from '../calendars/provider/event-content.ts'
import { noOverrides, occurrenceAt, type SeriesFacts } from '../calendars/provider/series.ts'
import { ControlError } from './control-error.ts'
import type { EventPatch, NewEvent } from './event-schemas.ts'

const defaultLengthMs = 30 * 60_000

const emptyContent: EventContent = {
  title: 'Meeting',
  description: null,
  location: null,
  timezone: 'UTC',
  isAllDay: false,
  meetingUrl: null,
  organizer: null,
  attendees: null,
  status: 'confirmed',
}

/**
 * A new event or series in the calendar of `owner`, who organises it unless somebody else is named. `now`: virtual ms.
 */
export function newFacts(event: NewEvent, owner: string, now: number): SeriesFacts {
  const { inMinutes, start = startIn(inMinutes, now), end, minutes, recurrence, ...content } = event
  const durationMs = end !== undefined ? end - start : minutes !== undefined ? minutes * 60_000 : defaultLengthMs
  if (durationMs < 0) throw new ControlError(400, 'end: must not lie before start')
  const base = { ...emptyContent, organizer: { email: owner, name: null } }
  const common = { start, durationMs, recurrence, overrides: noOverrides, goneAs: 'cancelled' as const }
  return { ...common, content: changed(base, content, owner) }
}

function startIn(minutes: number | undefined, now: number): number {
  if (minutes === undefined) throw new ControlError(400, 'start: give this or inMinutes')
  return now + minutes * 60_000
}

/** The change that a caller asks for. `start` and `end` are compared with the occurrence's `current` time. */
export function changeEdit(patch: EventPatch, current: { start: number; end: number }, owner: string): Edit {
  const { start, end, shiftMinutes, ...content } = patch
  const shiftMs = start !== undefined ? start - current.start : (shiftMinutes ?? 0) * 60_000
  const durationMs = end === undefined ? undefined : end - current.start - shiftMs
  if (durationMs !== undefined && durationMs < 0) throw new ControlError(400, 'end: must not lie before start')
  const change = (before: EventContent) => changed(before, content, owner)
  return { shiftMs, change, makesException: true, ...(durationMs === undefined ? {} : { durationMs }) }
}

export function statusEdit(status: EventContent['status']): Edit {
  return { change: (content) => ({ ...content, status }) }
}

export function answerEdit(owner: string, response: Response): Edit {
  return { change: (content) => answered(content, owner, response) }
}

/** The part of a series from `time` (virtual ms) on, as its own series; undefined when nothing is left. */
export function restOf(facts: SeriesFacts, time: number): SeriesFacts | undefined {
  const { recurrence } = facts
  const plain = { ...facts, overrides: noOverrides }
  for (let index = 0; ; index++) {
    const occurrence = occurrenceAt(plain, index)
    if (typeof occurrence !== 'object') return undefined
    if (occurrence.start < time) continue
    const left = recurrence?.count ? { ...recurrence, count: recurrence.count - index } : recurrence
    return { ...plain, start: occurrence.start, recurrence: left }
  }
}

function changed(content: EventContent, { allDay, attendees, ...patch }: Omit<EventPatch, 'start'>, owner: string) {
  const sent = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined))
  const next = { ...content, ...sent, isAllDay: allDay ?? content.isAllDay }
  if (attendees === undefined) return next
  return { ...next, attendees: attendees?.map((one) => withSelf(one as Attendee, owner)) ?? null }
}

function withSelf(attendee: Attendee, owner: string): Attendee {
  const self = attendee.self ?? attendee.email.toLowerCase() === owner
  const { email, name, response, organizer } = attendee
  return { email, name, response, ...(organizer === undefined ? {} : { organizer }), ...(self ? { self } : {}) }
}
