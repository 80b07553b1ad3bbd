import { aDetailedWrite, anIntegration, someCounts } from '@seer/core/testing/calendar-builders'
import { calendarStoreContract } from '@seer/core/testing/calendar-store-contract'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { newId } from '../ids.ts'
import { createTestDatabase, type TestDatabase } from '../testing/services.ts'
import { type Database, openDb } from './open-db.ts'

let database: TestDatabase
let db: Database
beforeAll(async () => {
  database = await createTestDatabase()
  db = openDb({ databaseUrl: database.databaseUrl, poolSize: 10, writesPerSecond: 5, onError: () => {} })
})
afterAll(async () => {
  await db.close()
  await database.drop()
})

async function newUser(): Promise<string> {
  const id = newId()
  await db.pool.query('INSERT INTO users (id, name) VALUES ($1::uuid, $1::text)', [id])
  return id
}

describe('the calendar stores in Postgres', () => {
  calendarStoreContract(async () => ({ ...db, newUser }))
})

/** In no order, so that statements meet in as many ways as possible. */
const shuffled = <Item>(items: Item[]): Item[] =>
  items
    .map((item) => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)

test('whatever writes to the same calendars and events at once, no two wait for each other', async () => {
  const userId = await newUser()
  const now = () => new Date()
  for (let round = 0; round < 6; round++) {
    const calendars = Array.from({ length: 10 }, () => anIntegration({ userId }))
    await Promise.all(calendars.map((calendar) => db.calendars.add(calendar)))
    const ids = calendars.map(({ id }) => id)
    const steps = calendars.flatMap((calendar) => {
      const events = Array.from({ length: 40 }, () => aDetailedWrite())
      const eventIds = events.map(({ listed }) => listed.id)
      const end = { integrationId: calendar.id, served: 0, at: now(), nextSyncAt: now() }
      const finished = { ...end, counts: someCounts(), digestBefore: null, digest: null }
      return Array(3).fill([
        () => db.calendarEvents.save(calendar, shuffled(events), now()),
        () => db.calendarEvents.markRemoved(calendar.id, shuffled(eventIds), now()),
        () => db.calendars.noteVendorChange(calendar.calendarId as string, shuffled(eventIds), now()),
        () => db.calendars.requestSync(shuffled(ids), now()),
        () => db.calendars.claimDueSyncs(now(), now(), 5),
        () => db.calendars.forgetDigest({ integrationId: calendar.id, digestBefore: null, mark: newId() }),
        () => db.calendars.finishSync(finished),
        () => db.calendars.failSync({ ...end, code: 'PROVIDER_TIMEOUT', message: 'slow' }),
        () => db.calendars.remove(calendar),
      ])
    })
    await Promise.all(shuffled(steps.flat()).map((step) => step()))
  }
})
