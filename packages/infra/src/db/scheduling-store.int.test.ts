import { schedulingStoreContract } from '@seer/core/testing/scheduling-store-contract'
import { afterAll, beforeAll, describe } from 'vitest'
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
