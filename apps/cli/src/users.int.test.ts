import { authenticateApiKey, createApiKey } from '@seer/core/people/api-keys'
import { anIntegration } from '@seer/core/testing/calendars/calendar-builders'
import { aMeeting, at } from '@seer/core/testing/meetings/builders'
import { type Database, openDb } from '@seer/infra/db/open-db'
import { newId } from '@seer/infra/ids'
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

/** Makes a user with a key. @returns the user's id, and a function that says whether the key works */
async function newUser(name: string) {
  const order = { userName: name, label: null, scopes: ['read' as const], expiresAt: null }
  const { key } = await createApiKey({ keys: db.apiKeys, newId }, order)
  const caller = () => authenticateApiKey({ keys: db.apiKeys, now: () => new Date() }, key)
  return { userId: (await caller())?.userId as string, works: async () => (await caller()) !== null }
}

test('deletes a user without bots and calendars at once, and a new user may have the name', async () => {
  const { userId, works } = await newUser('bo')
  const meeting = aMeeting({ userId })
  await db.meetings.claim(
    meeting,
    { type: 'bot_requested', occurredAt: at(0), data: { joinAt: null }, cause: 'api' as const },
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

test('shows and changes how long the data of a user are kept', async () => {
  await newUser('lea')
  const untouched = ['All data', 'Video and audio', 'Transcripts and chat'].map(
    (what) => `${what}: as long as the installation says`,
  )
  expect(await seer('users', 'retention', 'lea')).toEqual({ code: 0, out: untouched, err: [''] })
  await seer('users', 'retention', 'lea', '--days', '365', '--media-days', '1')
  const { out } = await seer('users', 'retention', 'lea', '--days', 'none', '--transcript-days', '90')
  expect(out).toEqual([
    'All data: as long as the installation says',
    'Video and audio: at most 1 day after the end of the bot',
    'Transcripts and chat: at most 90 days after the end of the bot',
  ])
  const json = (await seer('users', 'retention', 'lea', '--json')).out[0] as string
  expect(JSON.parse(json)).toEqual({ everything: null, media: 1, transcripts: 90 })
  const refused = await seer('users', 'retention', 'lea', '--days', '0')
  expect([refused.code, refused.err.join(' ')]).toEqual([1, expect.stringContaining('from 1 to 36500, or none')])
  expect((await seer('users', 'retention', 'kim')).err).toEqual(['There is no user kim.'])
})

test('refuses a name that nobody has', async () => {
  expect(await seer('users', 'delete', 'kim')).toEqual({ code: 1, out: [''], err: ['There is no user kim.'] })
})
