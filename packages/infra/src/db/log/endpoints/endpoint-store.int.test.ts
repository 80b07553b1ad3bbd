import type { Endpoint } from '@seer/core/log/endpoints/endpoint'
import { anEndpoint } from '@seer/core/testing/log/endpoints/endpoint-builders'
import { endpointStoreContract } from '@seer/core/testing/log/endpoints/endpoint-store-contract'
import { describe, expect, test } from 'vitest'
import { useTestStores } from '../../../../testing/db/test-stores.ts'

const { db, newUser } = useTestStores()

async function goneUser(): Promise<string> {
  const userId = await newUser()
  await db().pool.query('UPDATE users SET deleted_at = now() WHERE id = $1', [userId])
  return userId
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
  await db().endpoints.remove(endpoint.id, new Date())
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
