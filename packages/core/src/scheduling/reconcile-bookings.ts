import type { BotConfig, BotDefaults } from '../bots/bot-config.ts'
import { resolveBotConfig } from '../bots/bot-config.ts'
import { notStarted } from '../bots/launch.ts'
import { isFinal, type Meeting } from '../bots/meeting.ts'
import type { MeetingLink } from '../bots/meeting-url.ts'
import type { CalendarEvent } from '../calendars/calendar-event.ts'
import { linkOf } from '../calendars/event-link.ts'
import { lastsUntil } from '../calendars/event-times.ts'
import { isSameJson } from '../same-json.ts'
import type { Decision } from './decision.ts'
import { isSameJoinTime } from './join-time.ts'
import type { RecordingRules } from './rules.ts'
import type { StoredOverride } from './scheduling-store.ts'

/** What a bot for an event has to be like. */
export type WantedBot = {
  event: CalendarEvent
  link: MeetingLink
  /** May be past: then it joins at once. */
  joinAt: Date
  botName: string
  botConfig: BotConfig
}

/** What is to be done so that the bots are as decided. */
export type BookingAction =
  | { kind: 'book'; wanted: WantedBot }
  /** The bot has not started: it is given its new time, link or configuration. */
  | { kind: 'move'; meeting: Meeting; wanted: WantedBot }
  | { kind: 'end'; meeting: Meeting; why: string }

type Input = {
  events: readonly CalendarEvent[]
  decisions: ReadonlyMap<string, Decision>
  /** The user's bots that were booked for events. */
  meetings: readonly Meeting[]
  rules: RecordingRules
  overrides: readonly StoredOverride[]
  defaults: BotDefaults
  now: Date
}

/** A bot that waits for its meeting may be this early. */
const earlyMs = 4 * 60_000

/**
 * Compares the bots that are booked with those that should be. Pure; asked again after its actions were carried out it
 * asks for nothing more. A bot that is wanted elsewhere, and cannot be moved because it has started, is ended first; the
 * next run books the new one. So no meeting has two bots at any moment.
 */
export function reconcileBookings(input: Input): BookingAction[] {
  const active = input.meetings.filter(({ state, calendarEventId }) => !isFinal(state) && calendarEventId !== null)
  const byEvent = new Map<string, Meeting[]>()
  for (const meeting of active) {
    const id = meeting.calendarEventId as string
    byEvent.set(id, [...(byEvent.get(id) ?? []), meeting])
  }
  const actions: BookingAction[] = []
  for (const event of input.events) {
    const bots = byEvent.get(event.id) ?? []
    byEvent.delete(event.id)
    actions.push(...actionsFor(input, event, bots))
  }
  // Their events are gone with their calendar.
  for (const meeting of [...byEvent.values()].flat())
    actions.push(...endUnlessLeaving(meeting, 'calendar_disconnected'))
  return actions
}

function actionsFor(input: Input, event: CalendarEvent, bots: Meeting[]): BookingAction[] {
  const decision = input.decisions.get(event.id)
  if (!decision) return []
  const wanted = decision.willRecord && decision.sharedWith === null ? wantedBot(input, event) : null
  if (!wanted)
    return bots.flatMap((bot) =>
      staysAnyway(bot, event, decision, input.now) ? [] : endUnlessLeaving(bot, decision.winner),
    )
  const [bot, ...others] = bots.filter(({ leaveRequestedAt }) => leaveRequestedAt === null)
  const surplus = others.flatMap((other) => endUnlessLeaving(other, 'second_bot'))
  if (bot) return [...surplus, ...adjust(bot, wanted, input.now)]
  // One that is leaving may still be in the meeting; the next run books.
  return bots.length > 0 ? surplus : [{ kind: 'book', wanted }]
}

type Booked = Pick<Meeting, 'state' | 'joinAt' | 'eventStartsAt' | 'eventEndsAt'>

/** A bot that should have joined may be on its way for as long after its event; create-bot tries no longer either. */
const onItsWayMs = 10 * 60_000

/**
 * A bot that has begun is not called off because its meeting runs late, and not because of limits; nor is one that is due
 * at this moment because its event, still the one it was booked for, has just ended.
 */
export function staysAnyway(bot: Booked, event: CalendarEvent, { winner }: Decision, now: Date): boolean {
  if (notStarted.includes(bot.state)) {
    const isDue = bot.joinAt === null || bot.joinAt <= now
    return winner === 'in_the_past' && isDue && isForSameTimes(bot, event) && +now < lastsUntil(event) + onItsWayMs
  }
  return ['in_the_past', 'already_visited', 'bot_failed', 'daily_cap'].includes(winner)
}

function endUnlessLeaving(meeting: Meeting, why: string): BookingAction[] {
  return meeting.leaveRequestedAt === null ? [{ kind: 'end', meeting, why }] : []
}

function adjust(bot: Meeting, wanted: WantedBot, now: Date): BookingAction[] {
  if (notStarted.includes(bot.state))
    return isAsWanted(bot, wanted, now) ? [] : [{ kind: 'move', meeting: bot, wanted }]
  if (bot.joinKey !== wanted.link.joinKey) return [{ kind: 'end', meeting: bot, why: 'link_changed' }]
  const isInMeeting = bot.joinedAt !== null || ['in_call', 'recording', 'paused', 'processing'].includes(bot.state)
  const isFarTooEarly = wanted.joinAt.getTime() - now.getTime() > earlyMs
  return !isInMeeting && isFarTooEarly ? [{ kind: 'end', meeting: bot, why: 'moved' }] : []
}

function isForSameTimes({ eventStartsAt, eventEndsAt }: Booked, { startTime, endTime }: CalendarEvent): boolean {
  return eventStartsAt?.getTime() === startTime.getTime() && eventEndsAt?.getTime() === endTime.getTime()
}

function isAsWanted(bot: Meeting, { event, link, joinAt, botName, botConfig }: WantedBot, now: Date): boolean {
  const isSameTime = isSameJoinTime(bot.joinAt, joinAt, now)
  const isSameEvent = isForSameTimes(bot, event)
  const isSameBot = bot.botName === botName && isSameJson(bot.botConfig, botConfig)
  return isSameTime && isSameEvent && isSameBot && bot.meetingUrl === link.url
}

/** The bot that an event has to have if it is recorded; null when its link leads to no meeting. */
export function wantedBot(
  { rules, overrides, defaults }: Pick<Input, 'rules' | 'overrides' | 'defaults'>,
  event: CalendarEvent,
): WantedBot | null {
  const link = linkOf(event)
  if (!link) return null
  const override = overrideFor(overrides, event)
  const bots = [rules.bot, ...(override?.bot ? [override.bot] : [])]
  const names = bots.flatMap(({ customBotName }) => customBotName ?? [])
  const configs = bots.map(({ customBotConfig }) => customBotConfig)
  return {
    event,
    link,
    joinAt: new Date(event.startTime.getTime() - rules.leadMinutes * 60_000),
    botName: names.at(-1) ?? defaults.name,
    // What the override does not say is as in the rules.
    botConfig: resolveBotConfig(defaults, Object.assign({}, ...configs) as RecordingRules['bot']['customBotConfig']),
  }
}

/** The event's own word comes before that for its series. */
function overrideFor(
  overrides: readonly StoredOverride[],
  { id, seriesId }: CalendarEvent,
): StoredOverride | undefined {
  const of = (scope: StoredOverride['scope'], targetId: string) =>
    overrides.find((each) => each.scope === scope && each.targetId === targetId && each.value === 'record')
  return of('event', id) ?? of('series', seriesId)
}
