import { groupBy } from '../../basics/group-by.ts'
import { parseMeetingUrl } from '../../meetings/link/meeting-url.ts'
import { isFinal, type Meeting } from '../../meetings/meeting.ts'
import { sameMeetingWindowMs } from '../../meetings/meeting-store.ts'
import { seenBy } from '../../meetings/sharing/share-bot.ts'
import type { CalendarEvent } from '../../vendor/calendar-event.ts'
import { isBookedFor, spanOfBot } from '../carry-out/bots-by-event.ts'
import { type Span, spanOfEvent } from '../same-gathering.ts'
import type { PlanFacts } from '../scheduling-store.ts'
import type { StaleKey } from './renew-keys.ts'

/** A bot as the user of the plan sees it. */
type Pair = { bot: Meeting; event: CalendarEvent }
type Keys = Map<Meeting | CalendarEvent, string>

/**
 * Reads the links of bots and events again where their join keys differ although they look like one gathering. An
 * upgrade may change how links are read. Events are then read again with their next sync, but bots never are, nor
 * calendars that are not synced any more. Without this, two keys for one gathering would end, leave or double its bot.
 * A bot and an event in different rooms differ by both readings. Pure; where the keys agree, nothing is read.
 * @returns the facts with the keys as they are read now, and the bots whose rows hold other keys
 */
export function rereadKeys(facts: PlanFacts): { facts: PlanFacts; stale: StaleKey[] } {
  let reread = facts
  for (;;) {
    const keys = keysReadAnew(pairsKeptApart(reread))
    // A key that was read again may now differ from a third one. Each key changes at most once.
    if (keys.size === 0) return { facts: reread, stale: staleKeys(facts, reread) }
    reread = withKeys(reread, keys)
  }
}

/**
 * Bots with the events that are theirs although the keys differ: by the booking, by the last decision, or by the times
 * if there is no event with the bot's key at its time.
 */
function pairsKeptApart({ events, decisions, meetings, others }: PlanFacts): Pair[] {
  if (events.length === 0 || meetings.length + others.length === 0) return []
  const byId = groupBy(events, ({ id }) => id)
  const byPartner = groupBy(events, ({ id }) => {
    const sharedWith = decisions.get(id)?.decision.sharedWith
    return sharedWith && ('meetingId' in sharedWith ? sharedWith.meetingId : sharedWith.eventId)
  })
  const atItsTime = finderByTime(events)
  const pairsOf = (seen: Meeting, bot: Meeting): Pair[] => {
    const { id, calendarEventId, joinKey } = seen
    const ofBooking = [byId, byPartner].flatMap((index) => index.get(calendarEventId ?? '') ?? [])
    const isOfKey = (event: CalendarEvent) => event.joinKey === joinKey
    const ofTimes = ofBooking.some(isOfKey) ? [] : atItsTime(seen)
    return [...ofBooking, ...(byPartner.get(id) ?? []), ...(ofTimes.some(isOfKey) ? [] : ofTimes)]
      .filter((event) => event.joinKey !== null && !isOfKey(event))
      .map((event) => ({ bot, event }))
  }
  return [
    ...meetings.flatMap((bot) => pairsOf(bot, bot)),
    ...others.flatMap(({ meeting, share }) => pairsOf(share ? seenBy(meeting, share) : meeting, meeting)),
  ]
}

/** Asks `isBookedFor` of few events only: bots that are in no calendar may be as many as events. */
function finderByTime(events: readonly CalendarEvent[]) {
  const spans = events.map(spanOfEvent)
  return (bot: Meeting): CalendarEvent[] => {
    const earliest = spanOfBot(bot).from - sameMeetingWindowMs
    const latest = spanOfBot(bot).until + sameMeetingWindowMs
    const mayBe = ({ from, until }: Span) => from <= latest && until >= earliest
    return events.filter((event, i) => mayBe(spans[i] as Span) && isBookedFor(bot, event))
  }
}

/** The keys that have changed; an event's key only if the change brings it together with its bot. */
function keysReadAnew(pairs: readonly Pair[]): Keys {
  const keys: Keys = new Map()
  for (const { bot, event } of pairs) {
    const joinKey = parseMeetingUrl(bot.joinUrl)?.joinKey ?? bot.joinKey
    if (joinKey !== bot.joinKey) keys.set(bot, joinKey)
    if (event.joinKey !== joinKey && parseMeetingUrl(event.meetingUrl ?? '')?.joinKey === joinKey)
      keys.set(event, joinKey)
  }
  return keys
}

function withKeys(facts: PlanFacts, keys: Keys): PlanFacts {
  const withKey = <Item extends Meeting | CalendarEvent>(item: Item): Item => {
    const joinKey = keys.get(item)
    return joinKey === undefined ? item : { ...item, joinKey }
  }
  return {
    ...facts,
    events: facts.events.map(withKey),
    meetings: facts.meetings.map(withKey),
    others: facts.others.map((other) => ({ ...other, meeting: withKey(other.meeting) })),
  }
}

function staleKeys(stored: PlanFacts, reread: PlanFacts): StaleKey[] {
  const botsOf = ({ meetings, others }: PlanFacts) => [...meetings, ...others.map(({ meeting }) => meeting)]
  const before = botsOf(stored)
  return botsOf(reread).flatMap(({ id: meetingId, joinKey, state }, i) => {
    const was = (before[i] as Meeting).joinKey
    return was === joinKey || isFinal(state) ? [] : [{ meetingId, stored: was, joinKey }]
  })
}
