import { at } from '@seer/core/testing/builders'
import { aDetailedWrite, anIntegration } from '@seer/core/testing/calendar-builders'
import { schedulingStoreContract } from '@seer/core/testing/scheduling-store-contract'
import { yes } from '@seer/core/testing/scheduling-store-contract-decisions'
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

describe('the scheduling store in Postgres', () => {
  schedulingStoreContract(async () => ({ ...db, newUser }))
})

/** In no order, so that statements meet in as many ways as possible. */
const shuffled = <Item>(items: Item[]): Item[] =>
  items
    .map((item) => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)

test('decisions that are written while calendars are synced and removed wait for no one in a circle', async () => {
  const userId = await newUser()
  const now = () => new Date()
  for (let round = 0; round < 6; round++) {
    const calendars = Array.from({ length: 6 }, () => anIntegration({ userId }))
    const written = calendars.map((calendar) => ({
      calendar,
      events: Array.from({ length: 40 }, () => aDetailedWrite()),
    }))
    for (const { calendar, events } of written) {
      await db.calendars.add(calendar)
      await db.calendarEvents.save(calendar, events, now())
    }
    const eventIds = written.flatMap(({ events }) => events.map(({ listed }) => listed.id))
    const decide = () => {
      const writes = shuffled(eventIds).map((eventId) => ({ eventId, decision: yes, decidedAt: now() }))
      return db.scheduling.saveDecisions(userId, writes)
    }
    const steps = written.flatMap(({ calendar, events }) => [
      decide,
      decide,
      () => db.calendarEvents.save(calendar, shuffled(events), now()),
      () => db.calendarEvents.markRemoved(calendar.id, shuffled(events.map(({ listed }) => listed.id)), now()),
      () => db.calendars.noteVendorChange(calendar.calendarId as string, shuffled(eventIds), now()),
      () => db.calendarEvents.removeEndedBefore(at(600), 30),
      () => db.calendars.remove(calendar),
    ])
    await Promise.all(shuffled(steps).map((step) => step()))
  }
})
