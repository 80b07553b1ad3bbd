import { expect, test } from 'vitest'
import { aMeeting, at } from '../../../testing/meetings/builders.ts'
import { anEvent as anyEvent, someRules } from '../../../testing/planning/events.ts'
import type { Meeting } from '../../meetings/meeting.ts'
import type { Decision } from '../../rules/decision.ts'
import type { PlanFacts } from '../scheduling-store.ts'
import { rereadKeys } from './reread-keys.ts'

const link = 'https://zoom.us/j/91234567890'
const elsewhere = 'https://zoom.us/j/90000000000'
const [readNow, readBefore] = ['zoom:91234567890', 'zoom:as-read-before']

const anEvent = (changes: Parameters<typeof anyEvent>[0] = {}) =>
  anyEvent({ meetingUrl: link, joinKey: readNow, ...changes })

/** One that is booked for `event`. */
const aBot = (changes: Partial<Meeting> = {}): Meeting => {
  const times = { joinAt: at(60), eventStartsAt: at(60), eventEndsAt: at(90) }
  return aMeeting({ userId: 'ines', joinUrl: link, joinKey: readNow, calendarEventId: 'event', ...times, ...changes })
}

const byHand = { calendarEventId: null, eventStartsAt: null, eventEndsAt: null }

const someFacts = (facts: Partial<PlanFacts>): PlanFacts => {
  const none = { overrides: [], decisions: new Map(), meetings: [], shared: new Set<string>(), others: [] }
  return { rules: someRules(), accountEmails: [], events: [], ...none, ...facts }
}

const sharing = (eventId: string, sharedWith: Decision['sharedWith']): PlanFacts['decisions'] =>
  new Map([[eventId, { decision: { sharedWith } as Decision, decidedAt: at(0) }]])

/** The keys of events, bots and bots of others after reading, and what is stale. */
function keysOf(changes: Partial<PlanFacts>) {
  const { facts, stale } = rereadKeys(someFacts(changes))
  const keys = (all: { joinKey: string | null }[]) => all.map(({ joinKey }) => joinKey)
  const others = keys(facts.others.map(({ meeting }) => meeting))
  return { events: keys(facts.events), bots: [...keys(facts.meetings), ...others], stale }
}

test('nothing is read again when the keys agree', () => {
  const facts = someFacts({ events: [anEvent({ joinKey: readBefore })], meetings: [aBot({ joinKey: readBefore })] })
  expect(rereadKeys(facts).facts).toBe(facts)
  const noEvents = someFacts({ meetings: [aBot({ joinKey: readBefore })] })
  expect(rereadKeys(noEvents)).toEqual({ facts: noEvents, stale: [] })
})

test.each([
  ['booked for the event', {}],
  ['ordered by hand', byHand],
  ['booked for an event that is gone', { calendarEventId: 'gone' }],
  ['booked for the event at another time', { joinAt: at(-300), eventStartsAt: at(-300), eventEndsAt: at(-270) }],
])('the link of a bot %s is read again', (_, changes) => {
  const bot = aBot({ joinKey: readBefore, ...changes })
  const stale = [{ meetingId: bot.id, stored: readBefore, joinKey: readNow }]
  expect(keysOf({ events: [anEvent()], meetings: [bot] })).toEqual({ events: [readNow], bots: [readNow], stale })
  // The other way round it is the event.
  const asBefore = { events: [anEvent({ joinKey: readBefore })], meetings: [{ ...bot, joinKey: readNow }] }
  expect(keysOf(asBefore)).toEqual({ events: [readNow], bots: [readNow], stale: [] })
})

test('another user’s bot is read again, too, if the user shares it or may share it', () => {
  const bot = aBot({ joinKey: readBefore, userId: 'bo', calendarEventId: 'of-bo' })
  const stale = [{ meetingId: bot.id, stored: readBefore, joinKey: readNow }]
  const share = { ...bot, userId: 'ines', calendarEventId: 'event', sharedSince: at(0) }
  for (const other of [{ share: null }, { share }, { share: { ...share, eventStartsAt: at(-300) } }]) {
    const others = [{ meeting: bot, mayShare: true, uninvited: [], ...other }]
    expect(keysOf({ events: [anEvent()], others })).toEqual({ events: [readNow], bots: [readNow], stale })
  }
})

test('a shared bot counts for the event for which the user shares it, wherever its owner has it', () => {
  const bot = aBot({ joinKey: readBefore, userId: 'bo', calendarEventId: 'of-bo' })
  const meeting = { ...bot, joinAt: at(-300), eventStartsAt: at(-300), eventEndsAt: at(-270) }
  const share = { ...bot, userId: 'ines', calendarEventId: 'event', sharedSince: at(0) }
  const others = [{ meeting, share, mayShare: true, uninvited: [] }]
  const stale = [{ meetingId: bot.id, stored: readBefore, joinKey: readNow }]
  expect(keysOf({ events: [anEvent()], others })).toEqual({ events: [readNow], bots: [readNow], stale })
})

test('an event that shared the bot is read again, even if another event was read again before', () => {
  const events = [anEvent(), anEvent({ id: 'of-lapsed-calendar', joinKey: readBefore })]
  const bot = aBot()
  for (const partner of [{ eventId: 'event' }, { meetingId: bot.id }]) {
    const { events: keys } = keysOf({ events, meetings: [bot], decisions: sharing('of-lapsed-calendar', partner) })
    expect(keys).toEqual([readNow, readNow])
  }
})

test('when an event gets a new key, a bot that has the old key is read again as well', () => {
  const events = [anEvent({ joinKey: readBefore })]
  const [ordered, booked] = [aBot(byHand), aBot({ joinKey: readBefore })]
  const stale = [{ meetingId: booked.id, stored: readBefore, joinKey: readNow }]
  const bots = [readNow, readNow]
  expect(keysOf({ events, meetings: [ordered, booked] })).toEqual({ events: [readNow], bots, stale })
})

test('an event in another room stays there', () => {
  const events = [anEvent({ joinKey: 'zoom:elsewhere-as-read-before', meetingUrl: elsewhere })]
  const facts = someFacts({ events, meetings: [aBot()] })
  expect(rereadKeys(facts).facts).toBe(facts)
  const unread = keysOf({ events, meetings: [aBot({ joinKey: readBefore })] })
  expect(unread).toMatchObject({ events: ['zoom:elsewhere-as-read-before'], bots: [readNow] })
})

test.each([
  ['booked for', {}],
  ['ordered by hand for', byHand],
])('beside a bot %s an event with the same key, no other event is read again', (_, changes) => {
  const facts = someFacts({
    events: [anEvent(), anEvent({ id: 'beside', joinKey: readBefore })],
    meetings: [aBot(changes)],
  })
  expect(rereadKeys(facts).facts).toBe(facts)
})

test('an event of a whole day is not read again for each bot of that day', () => {
  const events = [anEvent({ joinKey: readBefore, startTime: at(-600), endTime: at(840), isAllDay: true })]
  const facts = someFacts({ events, meetings: [aBot(byHand)] })
  expect(rereadKeys(facts).facts).toBe(facts)
})

test('an event at another time is not read again for a bot that is not its own', () => {
  const events = [anEvent({ joinKey: readBefore, startTime: at(300), endTime: at(330) })]
  const facts = someFacts({ events, meetings: [aBot(byHand)] })
  expect(rereadKeys(facts).facts).toBe(facts)
})

test('a link that cannot be read any more keeps its key, and a link that bots cannot join gets none', () => {
  const meetings = [aBot({ joinUrl: 'https://example.test/room', joinKey: readBefore })]
  expect(keysOf({ events: [anEvent()], meetings })).toEqual({ events: [readNow], bots: [readBefore], stale: [] })
  const facts = someFacts({ events: [anEvent({ joinKey: null })], meetings: [aBot(byHand)] })
  expect(rereadKeys(facts).facts).toBe(facts)
})

test('the row of a bot that has ended stays as it is', () => {
  const meetings = [aBot({ joinKey: readBefore, state: 'completed', finalAt: at(80) })]
  expect(keysOf({ events: [anEvent()], meetings })).toEqual({ events: [readNow], bots: [readNow], stale: [] })
})
