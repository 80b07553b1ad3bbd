import { isSameJson } from '../../basics/same-json.ts'
import { linkOf } from '../../calendars/event-link.ts'
import { notStarted } from '../../meetings/launch.ts'
import type { MeetingLink } from '../../meetings/link/meeting-url.ts'
import { isFinal, type Meeting } from '../../meetings/meeting.ts'
import type { Decision } from '../../rules/decision.ts'
import type { RecordingRules } from '../../rules/rules.ts'
import type { BotConfig, BotDefaults } from '../../vendor/bot-config.ts'
import { resolveBotConfig } from '../../vendor/bot-config.ts'
import type { CalendarEvent } from '../../vendor/calendar-event.ts'
import { keptLink, type LinkChooser, linkChooser } from '../choose-link.ts'
import { isSameJoinTime } from '../join-time.ts'
import type { StoredOverride } from '../scheduling-store.ts'
import { botsByEvent, isBookedFor, isBooker, isForSameTimes, staysAnyway } from './bots-by-event.ts'

/** What a bot for an event has to be like. */
export type WantedBot = {
  event: CalendarEvent
  /** The event's own. */
  link: MeetingLink
  /** The link to join by: of all that the user has of the gathering, the one that opens it. */
  joinUrl: string
  /** May be past; the bot then joins at once. */
  joinAt: Date
  botName: string
  botConfig: BotConfig
}

/** What is to be done so that the bots are as decided. */
export type BookingAction =
  | { kind: 'book'; wanted: WantedBot }
  /** The bot has not started and gets its new time, link or configuration. It may come from another event. */
  | { kind: 'move'; meeting: Meeting; wanted: WantedBot }
  /** The bot has started and stays; from now on it is for this event, or shown with another spelling of its link. */
  | { kind: 'keep'; meeting: Meeting; wanted: WantedBot }
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

/** A bot that waits for its gathering may be this early. */
const earlyMs = 4 * 60_000

/**
 * Compares the booked bots with the bots that should be booked. Pure. Once its actions are carried out, it asks for
 * nothing more. A bot that has started cannot be moved: it is ended first, and the next run books a new one. So a
 * gathering never has two bots.
 */
export function reconcileBookings(input: Input): BookingAction[] {
  const active = input.meetings.filter(({ state, calendarEventId }) => !isFinal(state) && calendarEventId !== null)
  const byEvent = botsByEvent(input, active)
  const choose = linkChooser(input.events)
  const actions: BookingAction[] = []
  for (const event of input.events) {
    const bots = byEvent.get(event.id) ?? []
    byEvent.delete(event.id)
    actions.push(...actionsFor(input, event, bots, choose))
  }
  // The events of these bots are gone with their calendar.
  for (const meeting of [...byEvent.values()].flat())
    actions.push(...endUnlessLeaving(meeting, 'calendar_disconnected'))
  return actions
}

function actionsFor(input: Input, event: CalendarEvent, bots: Meeting[], choose: LinkChooser): BookingAction[] {
  const decision = input.decisions.get(event.id)
  if (!decision) return []
  const wanted = isBooker(decision) ? wantedBot(input, event, choose) : null
  if (!wanted)
    return bots.flatMap((bot) =>
      staysAnyway(bot, event, decision, input.now) ? [] : endUnlessLeaving(bot, decision.winner),
    )
  const [bot, ...others] = bots.filter(({ leaveRequestedAt }) => leaveRequestedAt === null)
  const surplus = others.flatMap((other) => endUnlessLeaving(other, 'second_bot'))
  if (bot) return [...surplus, ...adjust(bot, wanted, input.now)]
  // A bot that is leaving may still be in the gathering; the next run books the new one.
  return bots.length > 0 ? surplus : [{ kind: 'book', wanted }]
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
  if (!isInMeeting && isFarTooEarly) return [{ kind: 'end', meeting: bot, why: 'moved' }]
  const isSame = bot.calendarEventId === wanted.event.id && bot.meetingUrl === wanted.link.url
  return isSame ? [] : [{ kind: 'keep', meeting: bot, wanted }]
}

function isAsWanted(bot: Meeting, wanted: WantedBot, now: Date): boolean {
  const { event, link, joinUrl, joinAt, botName, botConfig } = wanted
  const isSameTime = isSameJoinTime(bot.joinAt, joinAt, now)
  const isSameEvent = bot.calendarEventId === event.id && isForSameTimes(bot, event)
  const isSameBot = bot.botName === botName && isSameJson(bot.botConfig, botConfig)
  const isSameLink = bot.joinUrl === joinUrl && bot.meetingUrl === link.url
  return isSameTime && isSameEvent && isSameBot && isSameLink
}

/** The bot that an event has to have if it is recorded; null when its link leads to no meeting. */
export function wantedBot(
  { rules, overrides, defaults, meetings }: Pick<Input, 'rules' | 'overrides' | 'defaults' | 'meetings'>,
  event: CalendarEvent,
  choose: LinkChooser,
): WantedBot | null {
  const link = linkOf(event)
  if (!link) return null
  const beside = meetings.filter((bot) => bot.joinKey === link.joinKey && isBookedFor(bot, event))
  const override = overrideFor(overrides, event)
  const bots = [rules.bot, ...(override?.bot ? [override.bot] : [])]
  const names = bots.flatMap(({ customBotName }) => customBotName ?? [])
  const configs = bots.map(({ customBotConfig }) => customBotConfig)
  return {
    event,
    link,
    joinUrl: keptLink(choose(event, link.url), beside),
    joinAt: new Date(event.startTime.getTime() - rules.leadMinutes * 60_000),
    botName: names.at(-1) ?? defaults.name,
    // The rules fill in what the override leaves open.
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
