import { authenticateApiKey } from '@seer/core/people/api-keys'
import { aMeeting, at } from '@seer/core/testing/builders'
import { anIntegration } from '@seer/core/testing/calendar-builders'
import { type Database, openDb } from '@seer/infra/db/open-db'
import { migrateQueue } from '@seer/infra/queue/backend/migrate-queue'
import { createTestDatabase, type TestDatabase } from '@seer/infra/testing/services'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCli } from '../testing/run-cli.ts'

let database: TestDatabase
let db: Database
beforeAll(async () => {
  database = await createTestDatabase()
  await migrateQueue(database.databaseUrl)
  db = openDb({ databaseUrl: database.databaseUrl, poolSize: 4, writesPerSecond: 5, onError: () => {} })
})
afterAll(async () => {
  await db.close()
  await database.drop()
})

const seer = (...args: string[]) => runCli(args, { DATABASE_URL: database.databaseUrl })

/** Makes a user as an operator does. @returns the user's id, and a function that says whether the key works */
async function newUser(name: string) {
  const { out } = await seer('keys', 'create', '--user', name, '--json')
  const { key } = JSON.parse(out[0] as string)
  const caller = () => authenticateApiKey({ keys: db.apiKeys, now: () => new Date() }, key)
  return { userId: (await caller())?.userId as string, works: async () => (await caller()) !== null }
}

test('deletes a user without bots and calendars at once, and a new user may have the name', async () => {
  const { userId, works } = await newUser('bo')
  const meeting = aMeeting({ userId })
  await db.meetings.claim(
    meeting,
    { type: 'bot_requested', occurredAt: at(0), data: {}, cause: 'api' as const },
    'nobody',
  )
  expect(await seer('users', 'delete', 'bo')).toEqual({
    code: 0,
    out: ['1 bot cancelled.', 'The user bo is deleted.'],
    err: [''],
  })
  expect(await works()).toBe(false)
  expect((await newUser('bo')).userId).not.toBe(userId)
})

test('says what remains, may be repeated, and makes no key for the name until the user is gone', async () => {
  const { userId, works } = await newUser('ines')
  await db.integrations.add(anIntegration({ userId }))
  const rest = [expect.stringMatching(/^The keys of ines are revoked/), expect.stringContaining('the name is taken')]
  const first = ['1 calendar is being disconnected.', ...rest]
  expect(await seer('users', 'delete', 'ines')).toEqual({ code: 0, out: first, err: [''] })
  expect(await works()).toBe(false)
  expect(await seer('users', 'delete', 'ines')).toEqual({ code: 0, out: rest, err: [''] })
  expect(await seer('keys', 'create', '--user', 'ines')).toEqual({
    code: 1,
    out: [''],
    err: ['The user ines is being deleted; the name is free again when that is finished.'],
  })
  const users = JSON.parse((await seer('users', 'list', '--json')).out[0] as string)
  expect(users.find(({ name }: { name: string }) => name === 'ines').deletedAt).not.toBeNull()
})

test('refuses a name that nobody has', async () => {
  expect(await seer('users', 'delete', 'kim')).toEqual({ code: 1, out: [''], err: ['There is no user kim.'] })
})
