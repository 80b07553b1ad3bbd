import { randomUUID } from 'node:crypto'
import type { FeedEvent } from '@seer/core/log/feed/feed-event'
import type { Meeting } from '@seer/core/meetings/meeting'
import { anIntegration } from '@seer/core/testing/calendars/calendar-builders'
import { aMeeting, at } from '@seer/core/testing/meetings/builders'
import pg from 'pg'
import { beforeEach, describe, expect, test } from 'vitest'
import { useTestStores } from '../../../testing/db/test-stores.ts'
import { openEventFeed } from './event-feed.ts'

const { db, newUser } = useTestStores()
const requested = { type: 'bot_requested', occurredAt: at(0), data: { joinAt: null }, cause: 'api' } as const

let start = 0
beforeEach(async () => {
  start = (await db().feed.number()).newest
})

async function claimed(userId: string): Promise<Meeting> {
  const meeting = aMeeting({ userId, joinKey: `meet:${randomUUID()}` })
  const claim = await db().meetings.claim(meeting, requested, 'nobody')
  if (claim.outcome !== 'created') throw new Error(`not created: ${claim.outcome}`)
  return claim.meeting
}

async function changed(before: Meeting, types: 'bot_joining'[] | 'chat_message'[], parts: Partial<Meeting> = {}) {
  const entries = types.map((type) => ({ type, occurredAt: at(1), data: {} }))
  await db().meetings.saveChange({ before, next: { ...before, ...parts }, entries, cause: 'webhook' })
  return (await db().meetings.find(before.id)) as Meeting
}

const all = async (reader: string | null, after = start) =>
  (await db().feed.page({ reader, after, limit: 1_000 })).events
const told = (events: FeedEvent[]) => events.map(({ position, type, subject }) => [position - start, type, subject.seq])

test('entries are numbered from the last position on, in the order of each subject', async () => {
  const userId = await newUser()
  const first = await claimed(userId)
  await claimed(userId)
  await changed(first, ['bot_joining'])
  expect(await all(null)).toEqual([])
  expect(await db().feed.number()).toMatchObject({ newest: start + 3 })
  expect(told(await all(userId))).toEqual([
    [1, 'bot_requested', 1],
    [2, 'bot_requested', 1],
    [3, 'bot_joining', 2],
  ])
  expect(await all(null)).toEqual(await all(userId))
  expect(await all(await newUser())).toEqual([])
})

test('an event has the subject as it was after the change, in the words of the API', async () => {
  const userId = await newUser()
  const meeting = await claimed(userId)
  await changed(meeting, ['bot_joining'], { state: 'joining' })
  await db().feed.number()
  const snapshots = (await all(userId)).map(({ snapshot }) => JSON.parse(snapshot as string))
  expect(snapshots).toMatchObject([
    { id: meeting.id, state: 'pending', role: 'owner', meetingUrl: meeting.meetingUrl },
    { id: meeting.id, state: 'joining', processingStatus: 'joining' },
  ])
})

test('a calendar tells its user', async () => {
  const userId = await newUser()
  const integration = anIntegration({ userId })
  await db().integrations.add(integration)
  const entries = [{ type: 'calendar_connected' as const, occurredAt: at(0), data: {} }]
  await db().integrations.saveChange({ before: integration, next: integration, entries, cause: 'worker' })
  await db().feed.number()
  const [event] = await all(userId)
  expect(event).toMatchObject({ type: 'calendar_connected', subject: { kind: 'integration', id: integration.id } })
  expect(JSON.parse(event?.snapshot as string)).toMatchObject({ id: integration.id, provider: integration.provider })
  expect(event?.snapshot).not.toMatch(/token/i)
})

describe('who may see an event is settled when it is written', () => {
  const share = (userId: string, calendarEventId: string) => ({
    ...{
      userId,
      meetingUrl: 'https://meet.google.com/own',
      sharedSince: at(2),
      sharedLate: false,
      extra: { of: userId },
    },
    ...{ meetingBaasCalendarId: null, calendarEventId, calendarProvider: 'google' },
    ...{ eventStartsAt: at(0), eventEndsAt: at(60) },
  })

  test('a user who shares the bot sees what happens from then on, and that it was left', async () => {
    const [owner, sharer] = [await newUser(), await newUser()]
    const before = await claimed(owner)
    const entry = (type: 'subscriber_joined' | 'subscriber_left') => [{ type, occurredAt: at(2), data: {} }]
    const save = (before: Meeting, parts: object) =>
      db().meetings.saveChange({ before, next: before, cause: 'worker', entries: [], ...parts })
    const current = async () => (await db().meetings.find(before.id)) as Meeting
    await save(before, { entries: entry('subscriber_joined'), subscribe: share(sharer, 'event-1') })
    await changed(await current(), ['chat_message'])
    await save(await current(), { entries: entry('subscriber_left'), unsubscribe: sharer })
    await changed(await current(), ['bot_joining'])
    await db().feed.number()

    expect(told(await all(sharer))).toEqual([
      [2, 'subscriber_joined', 2],
      [3, 'chat_message', 3],
      [4, 'subscriber_left', 4],
    ])
    const addressed = await db().feed.addressed({ after: start, upTo: start + 9, limit: 9 })
    expect(addressed.map(({ event }) => event)).toEqual(await all(null))
    const seenBy = (reader: string) =>
      addressed.flatMap(({ event, readers }) => (readers.has(reader) ? [{ ...event, share: readers.get(reader) }] : []))
    expect(seenBy(sharer)).toEqual(await all(sharer))
    expect(seenBy(owner)).toEqual(await all(owner))
    expect((await all(sharer)).map(({ share, others }) => [share?.['role'], others])).toEqual([
      ['subscriber', 1],
      ['subscriber', 1],
      ['left', 0],
    ])
    expect((await all(sharer))[1]?.share).toMatchObject({ calendarEventId: 'event-1', extra: { of: sharer } })
    expect((await all(owner)).map(({ share, others }) => [share, others])).toEqual([
      [null, 0],
      [null, 1],
      [null, 1],
      [null, 0],
      [null, 0],
    ])
  })

  test('whoever hands a bot over sees that, and nothing later', async () => {
    const [owner, heir] = [await newUser(), await newUser()]
    const before = await claimed(owner)
    const subscribe = share(heir, 'event-1')
    await db().meetings.saveChange({ before, next: before, entries: [], cause: 'worker', subscribe })
    const shared = (await db().meetings.find(before.id)) as Meeting
    const entries = [{ type: 'bot_handed_over' as const, occurredAt: at(3), data: {} }]
    const next = { ...shared, ...subscribe }
    await db().meetings.saveChange({ before: shared, next, entries, cause: 'api', unsubscribe: heir })
    await changed((await db().meetings.find(before.id)) as Meeting, ['bot_joining'])
    await db().feed.number()
    expect((await all(owner)).map(({ type, share }) => [type, share?.['role']])).toEqual([
      ['bot_requested', undefined],
      ['bot_handed_over', 'left'],
    ])
    expect((await all(heir)).map(({ type, share }) => [type, share?.['role']])).toEqual([
      ['bot_handed_over', 'owner'],
      ['bot_joining', 'owner'],
    ])
  })
})

describe('positions', () => {
  test('wait for a transaction that took its place in the outbox first and commits last', async () => {
    const userId = await newUser()
    const slow = await db().pool.connect()
    await slow.query('BEGIN')
    const id = randomUUID()
    await slow.query(
      `INSERT INTO log (subject_kind, subject_id, seq, type, occurred_at, cause, data)
        VALUES ('bot', $1, 1, 'bot_created', now(), 'api', '{}')`,
      [id],
    )
    await slow.query(
      `INSERT INTO log_unnumbered (subject_kind, subject_id, seq, type, owner_id)
        VALUES ('bot', $1, 1, 'bot_created', $2)`,
      [id, userId],
    )
    await claimed(userId)
    await db().feed.number()
    expect(told(await all(userId))).toEqual([[1, 'bot_requested', 1]])
    await slow.query('COMMIT')
    slow.release()
    await db().feed.number()
    expect(told(await all(userId, start + 1))).toEqual([[2, 'bot_created', 1]])
  })

  test('are given once, whoever numbers at the same time and whichever of them is killed', async () => {
    const userId = await newUser()
    const { feed } = db()
    const dying = await dyingFeed()
    const seen: FeedEvent[] = []
    let after = start
    const readOn = async () => {
      const { events, next } = await feed.page({ reader: userId, after, limit: 7 })
      seen.push(...events)
      after = next
    }
    for (let round = 0; round < 8; round++) {
      const writers = Array.from({ length: 10 }, () => claimed(userId))
      await Promise.all([...writers, readOn()])
      await expect(dying.feed.number()).rejects.toThrow(/terminat/)
      await Promise.all([feed.number(), feed.number(), ...writers.slice(5).map(() => claimed(userId))])
    }
    await dying.close()
    await feed.number()
    while (seen.length < 120) await readOn()
    expect(seen.map(({ position }) => position)).toEqual(Array.from({ length: 120 }, (_, i) => start + i + 1))
    expect(new Set(seen.map(({ subject }) => subject.id)).size).toBe(120)
  })
})

/** A feed whose process dies in the middle of numbering: the server ends its connection once positions are given. */
async function dyingFeed() {
  const { pool } = db()
  await pool.query(`CREATE OR REPLACE FUNCTION die() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$`)
  await pool.query(`CREATE TRIGGER dying AFTER INSERT ON log_positions FOR EACH STATEMENT
    WHEN (current_setting('application_name') = 'dying') EXECUTE FUNCTION die()`)
  const dying = new pg.Pool({ ...pool.options, application_name: 'dying' })
  dying.on('error', () => {})
  return { feed: openEventFeed(dying), close: () => dying.end() }
}

describe('a page', () => {
  test('goes on where the one before ended, also by type and by subject', async () => {
    const userId = await newUser()
    const meeting = await claimed(userId)
    await claimed(userId)
    await changed(meeting, ['bot_joining'])
    await db().feed.number()
    const page = (query: object) => db().feed.page({ reader: userId, after: start, limit: 10, ...query })

    const first = await page({ limit: 2 })
    expect([told(first.events).length, first.next - start, first.hasMore]).toEqual([2, 2, true])
    const second = await page({ limit: 2, after: first.next })
    expect([told(second.events).length, second.next - start, second.hasMore]).toEqual([1, 3, false])

    const types = [{ kind: 'bot' as const, type: 'bot_joining' }]
    expect(told((await page({ types })).events)).toEqual([[3, 'bot_joining', 2]])
    expect(await page({ types: [{ kind: 'bot', type: 'bot_error' }] })).toEqual({
      events: [],
      next: start + 3,
      hasMore: false,
    })
    const subject = { kind: 'bot' as const, id: meeting.id }
    expect(told((await page({ subject })).events)).toEqual([
      [1, 'bot_requested', 1],
      [3, 'bot_joining', 2],
    ])
    expect((await page({ subject, types })).events).toHaveLength(1)
    expect((await page({ subject: { ...subject, kind: 'integration' } })).events).toEqual([])
    expect((await page({ upTo: start + 2 })).events).toHaveLength(2)
  })

  test('leaves out the events of a user that is deleted', async () => {
    const userId = await newUser()
    const meeting = await claimed(userId)
    const ended = { state: 'cancelled' as const, finalAt: at(1), writeDueAt: null, dueAt: null }
    await changed(meeting, ['bot_joining'], ended)
    await db().feed.number()
    await db().meetings.removeEnded(userId, 10)
    expect(await db().feed.page({ reader: userId, after: start, limit: 1 })).toEqual({
      events: [],
      next: start + 1,
      hasMore: true,
    })
  })
})

test('retention removes the oldest events with their snapshots, and says up to where', async () => {
  const userId = await newUser()
  const meeting = await claimed(userId)
  await db().feed.number()
  const before = new Date(Date.now() + 60_000)
  const removed = await db().feed.removeBefore(before, 1_000_000)
  expect(removed).toBeGreaterThan(0)
  expect(await db().feed.bounds()).toEqual({ removed: start + 1, newest: start + 1 })
  expect(await db().feed.removeBefore(before, 10)).toBe(0)
  expect(await all(userId)).toEqual([])
  const { rows } = await db().pool.query('SELECT snapshot FROM log WHERE subject_id = $1', [meeting.id])
  expect(rows).toEqual([{ snapshot: null }])
  expect(await db().meetings.timeline(meeting.id, 0, 10)).toHaveLength(1)
})
