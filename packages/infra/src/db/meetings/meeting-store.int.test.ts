import { authenticateApiKey, createApiKey } from '@seer/core/people/api-keys'
import { meetingStoreContract } from '@seer/core/testing/meetings/meeting-store-contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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

test('no index of meetings has a column that every webhook changes', async () => {
  const { rows } = await db.pool.query<{ name: string }>(`
    SELECT DISTINCT attname AS name FROM pg_index
    JOIN pg_depend ON pg_depend.classid = 'pg_class'::regclass AND pg_depend.objid = pg_index.indexrelid
    JOIN pg_attribute ON pg_attribute.attrelid = pg_depend.refobjid AND pg_attribute.attnum = pg_depend.refobjsubid
    WHERE pg_index.indrelid = 'meetings'::regclass AND pg_depend.refobjid = 'meetings'::regclass`)
  const indexed = rows.map(({ name }) => name)
  // Predicates count, too.
  expect(indexed).toEqual(expect.arrayContaining(['join_key', 'final_at']))
  const changing = [
    'processing_status',
    'vendor_status',
    'vendor_status_at',
    'vendor_status_known_at',
    'run',
    'joined_at',
  ]
  changing.push('recording_started_at', 'exited_at', 'last_seq', 'version', 'updated_at')
  expect(indexed.filter((name) => changing.includes(name))).toEqual([])
})
