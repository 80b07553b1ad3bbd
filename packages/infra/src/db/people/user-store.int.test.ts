import { authenticateApiKey, createApiKey, hashApiKey } from '@seer/core/people/api-keys'
import { anIntegration } from '@seer/core/testing/calendars/calendar-builders'
import { aMeeting, at } from '@seer/core/testing/meetings/builders'
import { userStoreContract } from '@seer/core/testing/people/user-store-contract'
import { describe, expect, test, vi } from 'vitest'
import { useTestStores } from '../../../testing/db/test-stores.ts'
import { newId } from '../../ids.ts'

const { db, newUser } = useTestStores()

describe('the store of users in Postgres', () => {
  userStoreContract(async () => db())
})

const requested = { type: 'bot_requested' as const, occurredAt: at(0), data: { joinAt: null }, cause: 'api' as const }

test('a user row that is deleted by hand stays as long as there are meetings or calendars', async () => {
  const [owner, connected, neither] = [await newUser(), await newUser(), await newUser()]
  await db().meetings.claim(aMeeting({ userId: owner }), requested, 'nobody')
  await db().integrations.add(anIntegration({ userId: connected }))
  const byHand = (userId: string) => db().pool.query('DELETE FROM users WHERE id = $1', [userId])
  await expect(byHand(owner)).rejects.toThrow('meetings_user_id_fkey')
  await expect(byHand(connected)).rejects.toThrow('calendar_integrations_user_id_fkey')
  expect(await byHand(neither)).toMatchObject({ rowCount: 1 })
})

test('the keys of a deleted user are revoked, and a key that was made at the same moment is not accepted', async () => {
  const [userName, now] = [newId(), () => at(2)]
  const order = { userName, label: null, scopes: ['read' as const], expiresAt: null }
  const { key } = await createApiKey({ keys: db().apiKeys, newId }, order)
  await db().users.markDeleted(userName, at(1))
  expect(await db().apiKeys.list(userName)).toMatchObject([{ revokedAt: at(1) }])
  await db().pool.query('UPDATE api_keys SET revoked_at = NULL WHERE key_hash = $1', [hashApiKey(key)])
  expect(await authenticateApiKey({ keys: db().apiKeys, now }, key)).toBeNull()
})

test('an order that is being stored while its user is removed stays, and so does the user', async () => {
  const [userId, other] = [await newUser(), await newUser()]
  await db().pool.query('UPDATE users SET deleted_at = now() WHERE id = $1', [userId])
  const [template, meetingId] = [aMeeting({ userId: other }), newId()]
  await db().meetings.claim(template, requested, 'nobody')
  // PostgreSQL fills generated columns itself.
  const stored = `SELECT string_agg(quote_ident(column_name), ', ') AS columns
    FROM information_schema.columns WHERE table_name = 'meetings' AND is_generated = 'NEVER'`
  const [{ columns }] = (await db().pool.query(stored)).rows
  const client = await db().pool.connect()
  try {
    await client.query('BEGIN')
    const copy = `INSERT INTO meetings (${columns}) SELECT ${columns} FROM (
      SELECT (jsonb_populate_record(m, jsonb_build_object('id', $1::text, 'user_id', $2::text))).*
      FROM meetings m WHERE id = $3) AS copy`
    await client.query(copy, [meetingId, userId, template.id])
    const removal = db().users.remove(userId)
    const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
    await vi.waitFor(async () => expect((await db().pool.query(waiting)).rowCount).toBe(1))
    await client.query('COMMIT')
    expect(await removal).toBe(false)
  } finally {
    client.release(true)
  }
  expect(await db().meetings.find(meetingId)).toMatchObject({ userId })
})
