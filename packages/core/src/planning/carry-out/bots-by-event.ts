import { groupBy } from '../../basics/group-by.ts'
import { notStarted } from '../../meetings/launch.ts'
import type { Meeting } from '../../meetings/meeting.ts'
import type { Decision } from '../../rules/decision.ts'
import type { CalendarEvent } from '../../vendor/calendar-event.ts'
import { lastsUntil } from '../../vendor/event-times.ts'
import { isNear, overlap, type Span, spanOfEvent } from '../same-gathering.ts'

type Plan = { events: readonly CalendarEvent[]; decisions: ReadonlyMap<string, Decision>; now: Date }

/** Whether an event is to have a bot of its own. */
export const isBooker = (decision: Decision | undefined): boolean =>
  decision !== undefined && decision.willRecord && decision.sharedWith === null

type Booked = Pick<Meeting, 'state' | 'joinAt' | 'eventStartsAt' | 'eventEndsAt'>

/** A bot that should have joined may be on its way for as long after its event; create-bot tries no longer either. */
const onItsWayMs = 10 * 60_000

/**
 * A bot that has begun is not called off because its gathering runs late, and not because of limits; nor is one that is due
 * at this moment because its event, still the one it was booked for, has just ended.
 */
export function staysAnyway(bot: Booked, event: CalendarEvent, { winner }: Decision, now: Date): boolean {
  if (notStarted.includes(bot.state)) {
    const isDue = bot.joinAt === null || bot.joinAt <= now
    return winner === 'in_the_past' && isDue && isForSameTimes(bot, event) && +now < lastsUntil(event) + onItsWayMs
  }
  return ['in_the_past', 'already_visited', 'bot_failed', 'daily_cap'].includes(winner)
}

export function isForSameTimes({ eventStartsAt, eventEndsAt }: Booked, { startTime, endTime }: CalendarEvent): boolean {
  return eventStartsAt?.getTime() === startTime.getTime() && eventEndsAt?.getTime() === endTime.getTime()
}

/**
 * The user's bots by the events that they are to be for. A bot goes to another event of the same gathering when its own needs
 * it there no more: because an earlier one came up, or its own was cancelled, moved away or is gone with its calendar. So
 * the gathering keeps its bot, whoever shares that keeps it, and so does the bot the link that it was given.
 * @param active bots that are booked for events and have not ended
 */
export function botsByEvent(plan: Plan, active: readonly Meeting[]): Map<string, Meeting[]> {
  const byEvent = groupBy(active, ({ calendarEventId }) => calendarEventId as string)
  const free = active.filter(freeBotTest(plan)).sort((a, b) => (a.id < b.id ? -1 : 1))
  if (free.length === 0) return byEvent
  for (const event of plan.events) {
    const own = byEvent.get(event.id) ?? []
    if (!isBooker(plan.decisions.get(event.id)) || own.some(({ leaveRequestedAt }) => leaveRequestedAt === null))
      continue
    const bot = free.find((one) => one.joinKey === event.joinKey && isBookedFor(one, event))
    if (!bot) continue
    free.splice(free.indexOf(bot), 1)
    const before = bot.calendarEventId as string
    byEvent.set(
      before,
      (byEvent.get(before) ?? []).filter((one) => one !== bot),
    )
    byEvent.set(event.id, [bot, ...own])
  }
  return byEvent
}

/**
 * A test whether a bot of the user's stays where it is for none of the events that it was booked for: it is called off, or
 * it becomes that of another event of its gathering.
 */
export function freeBotTest({ events, decisions, now }: Plan): (bot: Meeting) => boolean {
  const byId = new Map(events.map((event) => [event.id, event]))
  return (bot) => {
    if (bot.calendarEventId === null || bot.leaveRequestedAt !== null || bot.exitedAt !== null) return false
    const event = byId.get(bot.calendarEventId)
    const decision = event && decisions.get(event.id)
    if (!event || !decision) return true
    if (staysAnyway(bot, event, decision, now)) return false
    return !(isBooker(decision) && bot.joinKey === event.joinKey && isBookedFor(bot, event))
  }
}

/** A day less what a change of the clocks takes: whatever lasts longer is an event of whole days. */
const wholeDayMs = 23 * 3_600_000

/** The time that a bot is booked for. */
export function spanOfBot({ eventStartsAt, eventEndsAt, joinAt, createdAt }: Meeting): Span {
  const from = +(eventStartsAt ?? joinAt ?? createdAt)
  return { from, until: eventEndsAt ? +eventEndsAt : from }
}

/** Whether a bot in the event's room is booked for the event's gathering. */
export function isBookedFor(bot: Meeting, event: CalendarEvent): boolean {
  const booked = spanOfBot(bot)
  const span = spanOfEvent(event)
  if (isNear(booked, span)) return true
  return !event.isAllDay && booked.until - booked.from < wholeDayMs && overlap(booked, span)
}
