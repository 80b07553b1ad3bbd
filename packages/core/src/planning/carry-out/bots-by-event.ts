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
 * Whether a bot stays although its event is not to be recorded any more. A bot that has started is not called off
 * because its gathering runs late, or because of limits. A bot that is due just now stays, too, when its event
 * (unchanged since the booking) has just ended.
 */
export function staysAnyway(bot: Booked, event: CalendarEvent, { winner }: Decision, now: Date): boolean {
  if (notStarted.includes(bot.state)) {
    const isDue = bot.joinAt === null || bot.joinAt <= now
    return winner === 'in_the_past' && isDue && isForSameTimes(bot, event) && +now < lastsUntil(event) + onItsWayMs
  }
  return ['in_the_past', 'already_visited', 'bot_failed', 'daily_cap'].includes(winner)
}

/** Whether the event still has the times for which the bot was booked. */
export function isForSameTimes({ eventStartsAt, eventEndsAt }: Booked, { startTime, endTime }: CalendarEvent): boolean {
  return eventStartsAt?.getTime() === startTime.getTime() && eventEndsAt?.getTime() === endTime.getTime()
}

/**
 * The user's bots by the event that each will be for. When a bot's own event does not need it any more, the bot goes to
 * another event of the same gathering. For example, an earlier event came up, or its own event was cancelled, moved or
 * lost with its calendar. So the gathering and everybody who shares the bot keep it, and the bot keeps its link.
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
 * A test whether the user's bot is free: the event that it was booked for does not need it. It is then called off, or
 * goes to another event of its gathering.
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
