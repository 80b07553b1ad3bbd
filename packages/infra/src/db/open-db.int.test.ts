import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTcpProxy, type TcpProxy } from '../../testing/queue/tcp-proxy.ts'
import { createTestDatabase, type TestDatabase } from '../../testing/services.ts'
import { type Database, openDb } from './open-db.ts'

let database: TestDatabase
let proxy: TcpProxy
let db: Database
beforeAll(async () => {
  database = await createTestDatabase()
  proxy = await openTcpProxy(database.databaseUrl)
  const options = { poolSize: 2, writesPerSecond: 1, onError: () => {}, answerTimeoutMs: 200 }
  db = openDb({ databaseUrl: proxy.url, ...options })
})
afterAll(async () => {
  await db.close()
  await proxy.close()
  await database.drop()
})

test('nobody waits for a server that falls silent, and its connections are not used again', async () => {
  await Promise.all([db.ping(), db.ping()])
  proxy.freeze()
  const silent = [db.ping(), db.apiKeys.list(null)]
  for (const call of silent) await expect(call).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
  proxy.thaw()
  await Promise.all([db.ping(), db.apiKeys.list(null)])
})
