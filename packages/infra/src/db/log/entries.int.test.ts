import { randomUUID } from 'node:crypto'
import { anIntegration } from '@seer/core/testing/calendars/calendar-builders'
import { aMeeting, at } from '@seer/core/testing/meetings/builders'
import { expect, test } from 'vitest'
import { useTestStores } from '../../../testing/db/test-stores.ts'

const { db, newUser } = useTestStores()
const requested = { type: 'bot_requested', occurredAt: at(0), data: { joinAt: null }, cause: 'api' } as const
const connected = { type: 'calendar_connected', occurredAt: at(0), data: {} } as const

async function claimed(userId: string) {
  const meeting = aMeeting({ userId, joinKey: `meet:${randomUUID()}` })
  const claim = await db().meetings.claim(meeting, requested, 'nobody')
  if (claim.outcome !== 'created') throw new Error(`not created: ${claim.outcome}`)
  return claim.meeting
}

async function ended(userId: string) {
  const { meetings } = db()
  const before = await claimed(userId)
  const next = { ...before, state: 'cancelled' as const, finalAt: at(1), writeDueAt: null, dueAt: null }
  await meetings.saveChange({ before, next, entries: [], cause: 'webhook' })
  const after = await meetings.find(before.id)
  if (!after) throw new Error('no such meeting')
  return after
}

test('a bot and a calendar with the same id have separate logs', async () => {
  const { meetings, integrations } = db()
  const userId = await newUser()
  const meeting = await ended(userId)
  // Callers choose the ids of their meetings.
  const integration = anIntegration({ id: meeting.id, userId })
  await integrations.add(integration)
  await integrations.saveChange({ before: integration, next: integration, entries: [connected], cause: 'worker' })

  const types = async () => [
    (await meetings.timeline(meeting.id, 0, 10)).map(({ seq, type }) => [seq, type]),
    (await integrations.log(meeting.id, 0, 10)).map(({ seq, type }) => [seq, type]),
  ]
  expect(await types()).toEqual([[[1, 'bot_requested']], [[1, 'calendar_connected']]])
  expect(await meetings.removeEnded(userId, 10)).toBe(1)
  expect(await types()).toEqual([[], [[1, 'calendar_connected']]])
})

test('a meeting that is written while it is about to be removed stays, and no entry outlives it', async () => {
  const { meetings, pool } = db()
  const userId = await newUser()
  const before = await ended(userId)
  const entries = [{ type: 'chat_message' as const, occurredAt: at(2), data: {} }]
  const removal = await heldBack('meetings')
  const removing = meetings.removeEnded(userId, 10)
  await removal.hasBegun()
  expect(await meetings.saveChange({ before, next: before, entries, cause: 'api' })).toBe(true)
  await removal.goOn()
  expect(await removing).toBe(0)
  expect(await meetings.timeline(before.id, 0, 10)).toHaveLength(2)

  expect(await meetings.removeEnded(userId, 10)).toBe(1)
  expect((await pool.query('SELECT * FROM log WHERE subject_id = $1', [before.id])).rows).toEqual([])
})

/** Makes statements that delete from a table wait after they have begun and before they read. */
async function heldBack(table: string) {
  const { pool } = db()
  await pool.query(`CREATE OR REPLACE FUNCTION wait_for_test() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END $$`)
  await pool.query(`CREATE TRIGGER held BEFORE DELETE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION wait_for_test()`)
  const client = await pool.connect()
  await client.query('BEGIN; SELECT pg_advisory_xact_lock(1)')
  const waiting = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
  return {
    hasBegun: () => expect.poll(async () => (await pool.query(waiting)).rowCount, { interval: 5 }).toBe(1),
    async goOn() {
      await client.query('COMMIT')
      client.release()
    },
  }
}
