import { randomUUID } from 'node:crypto'
import type { Delivery } from '@seer/core/log/deliveries/delivery'
import { anEndpoint } from '@seer/core/testing/log/endpoints/endpoint-builders'
import { at } from '@seer/core/testing/meetings/builders'
import { type Database, openDb } from '@seer/infra/db/open-db'
import { createTestDatabase, type TestDatabase } from '@seer/infra/testing/services'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCli } from '../testing/run-cli.ts'

let database: TestDatabase
let db: Database
beforeAll(async () => {
  database = await createTestDatabase()
  db = openDb({ databaseUrl: database.databaseUrl, poolSize: 4, writesPerSecond: 5, onError: () => {} })
})
afterAll(async () => {
  await db.close()
  await database.drop()
})

const seer = (...args: string[]) => runCli(args, { DATABASE_URL: database.databaseUrl })

/** An endpoint for all users with one delivery, of the event about another endpoint, that has failed. */
async function failed() {
  const endpoint = anEndpoint({ userId: null, url: 'https://app.example.com/hook' })
  await db.endpoints.add(endpoint, 20)
  await db.endpoints.add(anEndpoint({ userId: null, events: ['bot.*'] }), 20)
  await db.feed.number()
  await db.deliveries.fanOut(at(1), 100)
  const claim = { now: at(2), leaseUntil: at(3), limit: 10 }
  const claimed = await db.deliveries.claim(endpoint.id, claim)
  const settled = claimed.map((delivery) => ({ delivery, attempt: null, state: 'failed' as const, dueAt: null }))
  await db.deliveries.settle(settled, at(2))
  return { endpoint, delivery: claimed.at(-1) as Delivery }
}

test('lists endpoints and deliveries, and sends again what has failed', async () => {
  const { endpoint, delivery } = await failed()
  const userId = randomUUID()
  await db.pool.query(`INSERT INTO users (id, name) VALUES ($1, 'ines')`, [userId])
  const own = { ...anEndpoint(), userId, botId: randomUUID() }
  await db.endpoints.addForBot(own)
  const listed = await seer('endpoints', 'list', '--json')
  const rows = JSON.parse(listed.out.join('\n'))
  expect(rows).toContainEqual(
    expect.objectContaining({ id: endpoint.id, user: '(all users)', state: 'active', pending: 0 }),
  )

  const ofInes = await seer('endpoints', 'list', '--user', 'ines', '--json')
  expect(JSON.parse(ofInes.out.join('\n'))).toMatchObject([{ id: own.id, user: 'ines', bot: own.botId }])

  const failures = await seer('deliveries', 'list', endpoint.id, '--state', 'failed', '--json')
  expect(JSON.parse(failures.out.join('\n')).map(({ id }: Delivery) => id)).toContain(delivery.id)
  expect(await seer('deliveries', 'retry', delivery.id)).toMatchObject({ code: 0 })
  expect(await db.deliveries.find(delivery.id)).toMatchObject({ state: 'pending', attempts: 0 })
  expect((await seer('deliveries', 'list', endpoint.id)).out.join('\n')).toContain('pending')
})

test.each([
  [['endpoints', 'list', '--user', 'bo'], /There is no user bo/],
  [['deliveries', 'list', randomUUID()], /There is no endpoint/],
  [['deliveries', 'retry', randomUUID()], /There is no delivery/],
  [['deliveries', 'retry', 'x'], /is not an id/],
  [['deliveries', 'retry'], /Name a delivery by its id, or give --endpoint and --since/],
  [['deliveries', 'list', randomUUID(), '--state', 'lost'], /one of pending, delivered, failed, expired/],
])('%j is refused with a sentence', async (args, message) => {
  const { code, err } = await seer(...args)
  expect([code, err.join('\n')]).toEqual([1, expect.stringMatching(message)])
})
