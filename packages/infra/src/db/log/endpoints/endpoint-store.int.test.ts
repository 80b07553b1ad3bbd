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
