import { randomUUID } from 'node:crypto'
import type { Delivery } from '@seer/core/log/deliveries/delivery'
import type { Endpoint } from '@seer/core/log/endpoints/endpoint'
import type { Meeting } from '@seer/core/meetings/meeting'
import { anIntegration } from '@seer/core/testing/calendars/calendar-builders'
import { deliveryStoreContract, type NewEvent } from '@seer/core/testing/log/deliveries/delivery-store-contract'
import { anEndpoint } from '@seer/core/testing/log/endpoints/endpoint-builders'
import { aMeeting, at } from '@seer/core/testing/meetings/builders'
import { describe, expect, test } from 'vitest'
import { useTestStores } from '../../../../testing/db/test-stores.ts'

const { db, newUser } = useTestStores()

/** Writes an event into the log and its position, as the statements that append and number do. */
async function placeOne({ type = 'bot_joining', kind = 'bot', subjectId = randomUUID(), readers, ...facts }: NewEvent) {
  const { pool } = db()
  const calendar = 'SELECT calendar_id FROM calendar_integrations WHERE id = $1'
  const [row] = (await pool.query(calendar, [facts.calendarId ?? null])).rows
  const snapshot = { extra: facts.extra ?? null, meetingBaasCalendarId: row?.calendar_id ?? null }
  const [{ newest }] = (await pool.query('UPDATE log_counter SET newest = newest + 1 RETURNING newest::float8')).rows
  const [{ seq }] = (
    await pool.query(
      `INSERT INTO log (subject_kind, subject_id, seq, type, occurred_at, cause, data, snapshot)
       SELECT $1, $2, coalesce(max(seq), 0) + 1, $3, now(), 'api', '{}', $4 FROM log WHERE subject_id = $2 RETURNING seq`,
      [kind, subjectId, type, JSON.stringify(snapshot)],
    )
  ).rows
  const place = [newest, kind, subjectId, seq, type]
  const columns = 'position, subject_kind, subject_id, seq, type'
  await pool.query(`INSERT INTO log_positions (${columns}, readers, others) VALUES ($1, $2, $3, $4, $5, $6, 0)`, [
    ...place,
    readers,
  ])
  for (const reader of readers) {
    await pool.query(`INSERT INTO log_readers (${columns}, reader_id, others) VALUES ($1, $2, $3, $4, $5, $6, 0)`, [
      ...place,
      reader,
    ])
  }
  return newest as number
}

async function place(events: NewEvent[]): Promise<number[]> {
  const positions = []
  for (const event of events) positions.push(await placeOne(event))
  return positions
}

async function newCalendar(userId: string): Promise<string> {
  const integration = anIntegration({ id: randomUUID(), userId, calendarId: randomUUID() })
  expect(await db().integrations.add(integration)).toBe(true)
  return integration.id
}

/** Endpoints of other tests would be woken, too. */
async function opened() {
  await db().pool.query('DELETE FROM webhook_endpoints')
  await db().pool.query('UPDATE webhook_cursor SET position = (SELECT newest FROM log_counter)')
  return { endpoints: db().endpoints, deliveries: db().deliveries, newUser, newCalendar, place }
}

describe('the delivery store in Postgres', () => {
  deliveryStoreContract(opened)
})

test('without an endpoint, fan-out goes to the newest event at once', async () => {
  await opened()
  await place(Array.from({ length: 5 }, () => ({ readers: [] })))
  expect(await db().deliveries.fanOut(at(1), 1)).toEqual({ endpointIds: [], hasMore: false })
  expect(await db().deliveries.summarise(at(1))).toMatchObject({ behind: 0 })
})

test('many that fan out at the same time give each event once', async () => {
  await opened()
  const endpoint = anEndpoint({ userId: null })
  await db().endpoints.add(endpoint, 20)
  const positions = await place(Array.from({ length: 20 }, () => ({ readers: [] })))
  await Promise.all(Array.from({ length: 8 }, () => db().deliveries.fanOut(at(1), 4)))
  const listed = await db().deliveries.list(endpoint.id, {}, null, 100)
  expect(listed.map(({ position }) => position).reverse()).toEqual(positions)
})

test('an endpoint that is deleted takes its deliveries along, and what its receiver answered, also afterwards', async () => {
  await opened()
  const { endpoints, deliveries } = db()
  const endpoint = anEndpoint({ userId: null })
  await endpoints.add(endpoint, 20)
  await place([{ readers: [] }])
  await deliveries.fanOut(at(1), 10)
  const [delivery] = (await deliveries.claim(endpoint.id, { now: at(2), leaseUntil: at(3), limit: 1 })) as [Delivery]
  const settle = (minute: number) => {
    const answer = { status: 500, durationMs: 12, answer: 'no', problem: null, detail: null }
    const attempt = { at: at(minute), number: 1, ...answer }
    return deliveries.settle([{ delivery, attempt, state: 'failed', dueAt: null }], at(minute))
  }
  await settle(2)
  expect(await deliveries.attempts(delivery.id)).toHaveLength(1)
  await endpoints.remove(endpoint.id, { at: at(2), cause: 'api' })
  await settle(4)
  expect(await deliveries.list(endpoint.id, {}, null, 10)).toEqual([])
  expect(await deliveries.attempts(delivery.id)).toEqual([])
})

test('filters know a bot by its own data also when its snapshot is too large for them, or was removed', async () => {
  await opened()
  const [userId, extra] = [await newUser(), { customerId: 'c-42' }]
  const [ofCustomer, ofOther] = [extra, { customerId: 'c-43' }].map((wanted) =>
    anEndpoint({ userId, events: ['bot.*'], filter: { extra: wanted } }),
  ) as [Endpoint, Endpoint]
  for (const endpoint of [ofCustomer, ofOther]) await db().endpoints.add(endpoint, 20)
  const { meetings, feed, deliveries } = db()
  const requested = { type: 'bot_requested', occurredAt: at(0), data: { joinAt: null }, cause: 'api' } as const
  const id = randomUUID()
  await meetings.claim(aMeeting({ id, userId, extra, joinKey: `meet:${id}` }), requested, 'nobody')
  const before = (await meetings.find(id)) as Meeting
  await meetings.removeChat(before.id)
  const participants = Array.from({ length: 400 }, (_, i) => ({
    id: `p${i}`,
    name: `Participant ${i}`,
    displayName: null,
  }))
  const entries = [{ type: 'bot_joining' as const, occurredAt: at(1), data: {} }]
  await meetings.saveChange({ before, next: { ...before, participants }, entries, cause: 'webhook' })
  await feed.number()
  await deliveries.fanOut(at(1), 1_000)
  const typesFor = async ({ id }: Endpoint) => (await deliveries.list(id, {}, null, 10)).map(({ type }) => type)
  expect(await typesFor(ofCustomer)).toEqual(['bot_joining', 'bot_requested'])
  expect(await typesFor(ofOther)).toEqual([])
})

test('what is due, waits, is held, has failed or is behind is counted', async () => {
  await opened()
  const [active, paused] = [anEndpoint({ userId: null }), anEndpoint({ userId: null, state: 'paused' })]
  for (const endpoint of [active, paused]) await db().endpoints.add(endpoint, 20)
  await place([{ readers: [] }, { readers: [] }, { readers: [] }])
  await db().deliveries.fanOut(at(1), 10)
  const [first, second] = (await db().deliveries.claim(active.id, {
    ...{ now: at(2), leaseUntil: at(3), limit: 2 },
  })) as [Delivery, Delivery]
  const attempt = null
  await db().deliveries.settle([{ delivery: first, attempt, state: 'failed', dueAt: null }], at(2))
  await db().deliveries.settle([{ delivery: second, attempt, state: 'pending', dueAt: at(9) }], at(2))
  await place([{ readers: [] }])
  expect(await db().deliveries.summarise(at(2))).toEqual({
    ...{ due: 1, oldestDueAt: at(1), waiting: 1, held: 3, failed: 1, behind: 1 },
    endpoints: expect.arrayContaining([
      { state: 'active', count: 1 },
      { state: 'paused', count: 1 },
    ]),
  })
})

test('what was held so long that its event is gone expires', async () => {
  await opened()
  const endpoint = anEndpoint({ userId: null, state: 'paused' })
  await db().endpoints.add(endpoint, 20)
  const [first] = (await place([{ readers: [] }, { readers: [] }])) as [number]
  await db().deliveries.fanOut(at(1), 10)
  await db().pool.query('UPDATE log_counter SET removed = $1', [first])
  expect(await db().deliveries.expire(at(5), 10)).toBe(1)
  await db().pool.query('UPDATE log_counter SET removed = 0')
  const listed = await db().deliveries.list(endpoint.id, {}, null, 10)
  expect(listed.map(({ state }) => state)).toEqual(['pending', 'expired'])
})

test('attempts are kept by months, and old months are dropped', async () => {
  const { pool, deliveries } = db()
  const months = async () => {
    const text = `SELECT relname AS name FROM pg_class WHERE relnamespace = 'webhook_attempts'::regnamespace AND relkind = 'r'`
    return (await pool.query(text)).rows
      .map(({ name }) => name)
      .filter((name) => /203[01]/.test(name))
      .sort()
  }
  const insert = (time: string) =>
    pool.query(
      'INSERT INTO webhook_attempts (delivery_id, at, number, duration_ms) VALUES (gen_random_uuid(), $1, 1, 5)',
      [time],
    )
  const count = async (table: string) =>
    Number((await pool.query(`SELECT count(*) FROM ${table} WHERE at > '2030-01-01'`)).rows[0].count)
  // Nobody has made its month yet, as when no worker has run for long.
  await insert('2030-12-31T23:59:59Z')
  const long = new Date('2000-01-01')
  await deliveries.keepAttemptMonths(new Date('2030-12-10'), long)
  await deliveries.keepAttemptMonths(new Date('2030-12-10'), long)
  expect(await months()).toEqual(['m2030_12', 'm2031_01'])
  expect([await count('webhook_attempts.m2030_12'), await count('webhook_attempts.other')]).toEqual([1, 0])
  await insert('2031-01-01T00:00:00Z')
  expect(await count('webhook_attempts')).toBe(2)
  await deliveries.keepAttemptMonths(new Date('2031-02-10'), new Date('2031-01-31T23:00:00Z'))
  expect(await months()).toEqual(['m2031_01', 'm2031_02'].concat('m2031_03'))
  expect(await count('webhook_attempts')).toBe(1)
})
