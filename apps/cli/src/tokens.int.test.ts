import { refreshTokenPlace } from '@seer/core/calendars/connection/consent/refresh-token-place'
import { secretPlace } from '@seer/core/log/endpoints/endpoint'
import { anIntegration } from '@seer/core/testing/calendars/calendar-builders'
import { anEndpoint } from '@seer/core/testing/log/endpoints/endpoint-builders'
import { openSecretCipher } from '@seer/infra/crypto/open-secret-cipher'
import { type Database, openDb } from '@seer/infra/db/open-db'
import { newId } from '@seer/infra/ids'
import { createTestDatabase, type TestDatabase } from '@seer/infra/testing/services'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCli } from '../testing/run-cli.ts'

/** Visibly fake. */
const key = (letter: string) => Buffer.alloc(32, letter).toString('base64')
const [oldKey, newKey, lostKey] = [key('o'), key('n'), key('l')]

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

const seer = (args: string[], ENCRYPTION_KEYS: string) =>
  runCli(args, { DATABASE_URL: database.databaseUrl, ENCRYPTION_KEYS })

async function connectedWith(encryptionKey: string): Promise<string> {
  const [id, userId] = [newId(), newId()]
  const refreshToken = openSecretCipher([encryptionKey]).seal(`token-of-${id}`, refreshTokenPlace(id))
  await db.pool.query('INSERT INTO users (id, name) VALUES ($1::uuid, $1::text)', [userId])
  expect(await db.integrations.add(anIntegration({ id, userId, refreshToken }))).toBe(true)
  return id
}

test('rotates the tokens that it can open, names the others, and says how many are left', async () => {
  const [first, second, lost] = [await connectedWith(oldKey), await connectedWith(oldKey), await connectedWith(lostKey)]
  const complaint = ['1 calendar whose token cannot be opened:', expect.stringContaining(`  ${lost}: A stored token`)]

  expect(await seer(['tokens', 'rotate'], `${newKey},${oldKey}`)).toEqual({
    code: 1,
    out: ['2 calendars encrypted with the first key of ENCRYPTION_KEYS.'],
    err: complaint,
  })
  for (const id of [first, second]) {
    const sealed = (await db.integrations.find(id))?.refreshToken ?? ''
    expect(openSecretCipher([newKey]).open(sealed, refreshTokenPlace(id))).toBe(`token-of-${id}`)
  }
  expect(await seer(['tokens', 'status'], newKey)).toEqual({
    code: 0,
    out: ['1 calendar with a token that is encrypted with an older key.'],
    err: complaint,
  })
})

test('rotates the secrets of webhook endpoints as well, and names those that it cannot open', async () => {
  const added = async (encryptionKey: string) => {
    const id = newId()
    const sealedSecret = openSecretCipher([encryptionKey]).seal(`secret-of-${id}`, secretPlace(id))
    await db.endpoints.add(anEndpoint({ id, userId: null, sealedSecret }), 20)
    return id
  }
  const [id, lost] = [await added(oldKey), await added(lostKey)]
  expect(await seer(['tokens', 'rotate'], `${newKey},${oldKey}`)).toMatchObject({
    code: 1,
    out: expect.arrayContaining(['1 webhook endpoint encrypted with the first key of ENCRYPTION_KEYS.']),
    err: expect.arrayContaining(['1 webhook endpoint whose secret cannot be opened:', expect.stringContaining(lost)]),
  })
  const sealed = (await db.endpoints.find(id))?.sealedSecret ?? ''
  expect(openSecretCipher([newKey]).open(sealed, secretPlace(id))).toBe(`secret-of-${id}`)
})
