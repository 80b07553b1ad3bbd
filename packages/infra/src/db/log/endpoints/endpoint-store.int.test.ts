import { randomUUID } from 'node:crypto'
import type { Endpoint } from '@seer/core/log/endpoints/endpoint'
import type { BotEndpoint } from '@seer/core/log/endpoints/endpoint-store'
import { anEndpoint } from '@seer/core/testing/log/endpoints/endpoint-builders'
import { endpointStoreContract } from '@seer/core/testing/log/endpoints/endpoint-store-contract'
import { aMeeting, at } from '@seer/core/testing/meetings/builders'
import { describe, expect, test } from 'vitest'
import { useTestStores } from '../../../../testing/db/test-stores.ts'

const { db, newUser } = useTestStores()

async function goneUser(): Promise<string> {
  const userId = await newUser()
  await db().pool.query('UPDATE users SET deleted_at = now() WHERE id = $1', [userId])
  return userId
}

async function newBot(userId: string, endedAt: Date | null): Promise<string> {
  const meeting = aMeeting({ id: randomUUID(), userId, joinKey: randomUUID() })
  const entry = { type: 'bot_requested' as const, occurredAt: at(0), cause: 'api' as const, data: {} }
  expect(await db().meetings.claim(meeting, entry, 'nobody')).toMatchObject({ outcome: 'created' })
  await db().pool.query('UPDATE meetings SET final_at = $2 WHERE id = $1', [meeting.id, endedAt])
  return meeting.id
}

describe('the endpoint store in Postgres', () => {
  endpointStoreContract(async () => ({ endpoints: db().endpoints, newUser, goneUser }))
})

test('a user who is being deleted has no endpoints any more', async () => {
  const [userId, other] = [await newUser(), await newUser()]
  const [own, foreign] = [anEndpoint({ userId }), anEndpoint({ userId: other })]
  for (const endpoint of [own, foreign]) await db().endpoints.add(endpoint, 20)
  await db().users.markDeleted(userId, new Date())
  expect(await db().endpoints.find(own.id)).toBeNull()
  expect(await db().endpoints.find(foreign.id)).not.toBeNull()
})

test('what happens to an endpoint is in the log, for its user, also after it is gone', async () => {
  const userId = await newUser()
  const endpoint = anEndpoint({ userId })
  await db().endpoints.add(endpoint, 20)
  const before = (await db().endpoints.find(endpoint.id)) as Endpoint
  const entries = [{ type: 'endpoint.failing' as const, occurredAt: new Date(), data: { percent: 50 } }]
  await db().endpoints.save({ before, next: { ...before, failures: 4 }, entries, cause: 'worker' })
  await db().endpoints.remove(endpoint.id, { at: new Date(), cause: 'worker' })
  await db().feed.number()
  const { events } = await db().feed.page({ reader: userId, after: 0, limit: 10 })
  expect(events.map(({ type, subject }) => [type, subject])).toEqual(
    ['endpoint.created', 'endpoint.failing', 'endpoint.deleted'].map((type, i) => [
      type,
      { kind: 'endpoint', id: endpoint.id, seq: i + 1 },
    ]),
  )
  expect(JSON.parse(events[1]?.snapshot ?? '')).toMatchObject({ id: endpoint.id, failures: 4, state: 'active' })
  expect(events.map(({ snapshot }) => snapshot).join()).not.toContain('sealed')
})

test('an endpoint for a bot is done some time after the bot has ended, when nothing is left to send', async () => {
  const userId = await newUser()
  const now = new Date()
  const added = async (endedAt: Date | null, changes: Partial<Endpoint> = {}) => {
    const botId = await newBot(userId, endedAt)
    const old = { createdAt: at(0), updatedAt: at(0) }
    const endpoint = { ...anEndpoint(old), userId, botId, ...changes }
    await db().endpoints.addForBot(endpoint as BotEndpoint)
    return endpoint.id
  }
  const done = await added(at(1))
  const gone = await added(at(1), { botId: randomUUID() })
  const runs = await added(null)
  const recent = await added(now)
  const usedAgain = await added(at(1), { updatedAt: now })
  const owes = await added(at(1))
  await db().pool.query(
    `INSERT INTO webhook_deliveries (id, endpoint_id, position, type, subject_kind, subject_id, seq)
     VALUES (gen_random_uuid(), $1, 1, 'bot_joining', 'bot', gen_random_uuid(), 1)`,
    [owes],
  )
  const listed = await db().endpoints.listDone(at(60), 100)
  const all = [done, gone, runs, recent, usedAgain, owes]
  expect(all.filter((id) => listed.includes(id))).toEqual([done, gone])
})
