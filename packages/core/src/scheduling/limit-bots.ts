import type { CalendarEvent } from '../calendars/calendar-event.ts'
import { admit, type Capacity } from './admit.ts'
import type { Meeting } from './decide-meeting.ts'
import { type Decision, decided } from './decision.ts'
import { byStart } from './same-meeting.ts'

/** A bot that the plan would send. */
type PlannedBot = { meeting: Meeting; event: CalendarEvent; joinAt: number; importance: number[] }

/**
 * Takes back what goes beyond the capacity, the least important first: who is in a meeting stays; then come overrides,
 * then meetings that the user organises, then what is booked already, then what begins earlier.
 */
export function limitBots(
  meetings: readonly Meeting[],
  decisions: Map<string, Decision>,
  { botsPerDay, taken }: Capacity,
  time: { leadMinutes: number; now: Date },
): void {
  const bots = meetings.flatMap((meeting) => botOf(meeting, decisions, time) ?? []).sort(byImportance)
  const joinTimes = bots.map(({ joinAt }) => joinAt)
  const admitted = admit(joinTimes, taken.map(Number), botsPerDay)
  for (const [i, { meeting }] of bots.entries()) {
    if (!admitted[i]) for (const { id } of meeting.events) decisions.set(id, capped(decisions.get(id) as Decision))
  }
}

function capped({ reasons }: Decision): Decision {
  const others = reasons.filter(({ code }) => code !== 'shared_with_bot')
  return decided('capacity', false, [{ code: 'daily_cap' }, ...others])
}

/** Null when the meeting needs no bot of its own. */
function botOf(
  meeting: Meeting,
  decisions: Map<string, Decision>,
  { leadMinutes, now }: { leadMinutes: number; now: Date },
): PlannedBot | null {
  const event = meeting.events.find(({ id }) => isBooker(decisions.get(id)))
  if (!event) return null
  const isBooked = meeting.bookings.some(({ eventId }) => eventId === event.id)
  const planned = +event.startTime - leadMinutes * 60_000
  const isThere = isBooked && planned <= +now
  const joinAt = isBooked ? planned : Math.max(planned, +now)
  const isOverridden = decisions.get(event.id)?.by !== 'rules'
  return { meeting, event, joinAt, importance: [isThere, isOverridden, event.isOrganizer, isBooked].map(Number) }
}

const isBooker = (decision: Decision | undefined): boolean =>
  decision !== undefined && decision.willRecord && decision.sharedWith === null

function byImportance(a: PlannedBot, b: PlannedBot): number {
  const level = a.importance.findIndex((value, i) => value !== b.importance[i])
  return level === -1 ? byStart(a.event, b.event) : (b.importance[level] as number) - (a.importance[level] as number)
}
