import { afterAll, beforeAll } from 'vitest'
import { type Database, openDb } from '../../src/db/open-db.ts'
import { newId } from '../../src/ids.ts'
import { createTestDatabase, type TestDatabase } from '../services.ts'

/** Stores on a separate database for the tests of one file. They are open from its first test to its last. */
export function useTestStores(): { db: () => Database; newUser: () => Promise<string> } {
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
  return {
    db: () => db,
    async newUser() {
      const id = newId()
      await db.pool.query('INSERT INTO users (id, name) VALUES ($1::uuid, $1::text)', [id])
      return id
    },
  }
}

/** In random order, so that statements meet in many ways. */
export const shuffled = <Item>(items: Item[]): Item[] =>
  items
    .map((item) => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)
