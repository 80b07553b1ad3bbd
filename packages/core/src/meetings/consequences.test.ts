import { describe, expect, test } from 'vitest'
import { aMeeting, at } from '../../testing/meetings/builders.ts'
import { urgency, urgencyOfJoin } from '../jobs/urgency.ts'
import { consequencesOf, type MeetingNews } from './consequences.ts'
import { lookForExtraBots, oweNow } from './debts.ts'
import type { Meeting, Subscriber } from './meeting.ts'
import { handedOver } from './sharing/share-bot.ts'

const ordered = aMeeting({ userId: 'anna', joinAt: at(600), calendarEventId: 'event' })
const booked: Meeting = { ...ordered, state: 'scheduled', meetingBaasId: 'bot' }
const recording: Meeting = { ...booked, state: 'recording' }
const byHand = { calendarEventId: null }
const bo: Subscriber = {
  userId: 'bo',
  meetingUrl: booked.meetingUrl,
  sharedSince: at(1),
  sharedLate: false,
  extra: null,
  meetingBaasCalendarId: null,
  calendarEventId: 'event of bo',
  calendarProvider: null,
  eventStartsAt: null,
  eventEndsAt: null,
}
const ended = (state: Meeting['state'], changes: Partial<Meeting> = {}) => ({ state, finalAt: at(5), ...changes })

type Row = [string, MeetingNews, { jobs?: string[]; plan?: string[]; sharers?: true }]

const changes: Row[] = [
  ['a new order has its bot created', { before: null, next: ordered }, { jobs: ['create-bot'] }],
  ['that a creation was tried is no news', { before: ordered, next: { ...ordered, createAttempts: 1 } }, {}],
  [
    'a creation goes earlier in the line when its bot joins earlier, and sharers may want one where it was',
    { before: ordered, next: { ...ordered, joinAt: at(300) } },
    { jobs: ['create-bot'], sharers: true },
  ],
  [
    'a creation that has more time keeps its place, and sharers may want one where it was',
    { before: ordered, next: { ...ordered, joinAt: at(900) } },
    { sharers: true },
  ],
  ['a bot that comes for an event was planned so', { before: ordered, next: booked }, {}],
  [
    'a bot that was ordered by hand counts for the events of its user once it exists',
    { before: { ...ordered, ...byHand }, next: { ...booked, ...byHand } },
    { plan: ['anna'] },
  ],
  [
    'a bot that its user orders by hand as well counts for other events of the user',
    { before: booked, next: { ...booked, ...byHand } },
    { plan: ['anna'] },
  ],
  [
    'a bot that is wanted elsewhere is told so, and sharers may want one where it was',
    {
      before: booked,
      next: oweNow({ ...booked, joinKey: 'meet:b', joinUrl: 'https://meet.google.com/b', changeOwed: true }, at(5)),
    },
    { jobs: ['reschedule-bot'], sharers: true },
  ],
  [
    'a bot that gets another name is told so',
    { before: booked, next: oweNow({ ...booked, botName: 'Scribe', changeOwed: true }, at(5)) },
    { jobs: ['reschedule-bot'] },
  ],
  ['a link that is read otherwise moves nobody', { before: booked, next: { ...booked, joinKey: 'meet:b' } }, {}],
  ['a change that was told owes nothing', { before: { ...booked, changeOwed: true }, next: booked }, {}],
  [
    'a bot that is to leave is told so',
    { before: recording, next: oweNow({ ...recording, leaveRequestedAt: at(5) }, at(5)) },
    { jobs: ['leave-bot'] },
  ],
  [
    'a bot beside which there is another is looked at',
    { before: recording, next: { ...recording, ...lookForExtraBots(recording, at(5)) } },
    { jobs: ['sync-bot'] },
  ],
  [
    'a look that was owed already has its job',
    { before: { ...recording, lookDueAt: at(4) }, next: { ...recording, lookDueAt: at(5) } },
    {},
  ],
  [
    'a look that is due later is left to the sweep',
    { before: recording, next: { ...recording, lookDueAt: at(6) } },
    {},
  ],
  ['how a bot gets on changes no plan', { before: booked, next: recording }, {}],
  [
    'after an end its files are collected, and everybody who had the bot is planned again',
    { before: recording, next: { ...recording, ...ended('completed') } },
    { jobs: ['collect-artifacts'], plan: ['anna'], sharers: true },
  ],
  [
    'after a cancellation before there was a bot, too',
    { before: ordered, next: { ...ordered, ...ended('cancelled') } },
    { plan: ['anna'], sharers: true },
  ],
  [
    'after an end that is told otherwise, too',
    {
      before: { ...booked, ...ended('failed', { errorCode: 'BOT_LOST', endInferred: true }) },
      next: { ...booked, ...ended('completed') },
    },
    { plan: ['anna'], sharers: true },
  ],
  [
    'results that come after the end are collected and change no plan',
    {
      before: { ...booked, ...ended('completed', { collected: true }) },
      next: { ...booked, ...ended('completed', { speakers: [] }) },
    },
    { jobs: ['collect-artifacts'] },
  ],
  [
    'a bot that is handed over is gone for one user and there for another',
    { before: booked, ...handedOver(booked, bo, at(5)) },
    { plan: ['anna', 'bo'] },
  ],
  [
    'what an ended bot has left is handed over without plans',
    {
      before: { ...booked, ...ended('completed') },
      ...handedOver({ ...booked, ...ended('completed') }, bo, at(5)),
    },
    {},
  ],
  ['whoever comes to share a bot is planned again', { before: booked, next: booked, subscribe: bo }, { plan: ['bo'] }],
  ['whoever leaves a share, too', { before: booked, next: booked, unsubscribe: 'bo' }, { plan: ['bo'] }],
]

describe('what follows', () => {
  test.each(changes)('%s', (_, news, { jobs = [], plan = [], sharers = false }) => {
    const follows = consequencesOf(news, at(5))
    expect(follows.jobs.map(({ name }) => name)).toEqual(jobs)
    expect([follows.plan.users, follows.plan.sharers ?? false]).toEqual([plan, sharers])
  })
})

test('a job names the meeting and its round, and has the more urgent of the two urgencies', () => {
  const jobOf = (next: Meeting) => consequencesOf({ before: booked, next }, at(5)).jobs
  const payload = { meetingId: booked.id, round: booked.round + 1 }
  const atOldTime = urgencyOfJoin(at(600), at(5))
  expect(jobOf(oweNow({ ...booked, joinAt: at(900), changeOwed: true }, at(5)))).toEqual([
    { name: 'reschedule-bot', payload, urgency: atOldTime },
  ])
  expect(jobOf(oweNow({ ...booked, joinAt: at(6), changeOwed: true }, at(5)))).toEqual([
    { name: 'reschedule-bot', payload, urgency: urgency.now },
  ])
  expect(jobOf(oweNow({ ...booked, leaveRequestedAt: at(5) }, at(5)))).toEqual([
    { name: 'leave-bot', payload, urgency: urgency.leave },
  ])
})
