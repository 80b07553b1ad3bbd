import { authenticateApiKey, createApiKey } from '@seer/core/people/api-keys'
import { meetingStoreContract } from '@seer/core/testing/meeting-store-contract'
import { afterAll, beforeAll, describe } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../testing/services.ts'
import { newId } from '../../ids.ts'
import { type Database, openDb } from '../open-db.ts'

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
  const deps = { keys: db.apiKeys, newId, now: () => new Date() }
  const { key } = await createApiKey(deps, { userName: newId(), label: null, scopes: ['write'], expiresAt: null })
  const caller = await authenticateApiKey(deps, key)
  if (!caller) throw new Error('the new key was not accepted')
  return caller.userId
}

describe('the meeting store in Postgres', () => {
  meetingStoreContract(async () => ({ store: db.meetings, newUser }))
})
