import { aMeeting, at } from '@seer/core/testing/meetings/builders'
import { openTokenSigner } from '@seer/infra/crypto/open-token-signer'
import { newId } from '@seer/infra/ids'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openStream } from '../../../testing/stream-client.ts'
import { clientOf, openTestApi, type TestApi } from '../../../testing/test-api.ts'
import { signStreamToken, streamTokenPurpose } from '../../access/stream-token.ts'

const base = '/api/meetingbaas'

/** On a busy machine everything takes longer, and only a failure takes this long. */
const patience = 10_000

let api: TestApi
let address: string
let ines: ReturnType<typeof clientOf>
let operator: ReturnType<typeof clientOf>
beforeAll(async () => {
  api = await openTestApi()
  address = await api.app.listen({ port: 0, host: '127.0.0.1' })
  ines = clientOf(api.app, await api.makeKey('ines', 'read'))
  operator = clientOf(api.app, await api.makeKey('operator', 'admin'))
})
afterAll(() => api.close())

const anyone = () => clientOf(api.app, null)
const tokenOf = async (of = ines, order: object = {}) =>
  (await of('POST', `${base}/stream-tokens`, order)).body.data.token as string
const events = (token: string, query = '') => anyone()('GET', `${base}/events?token=${token}${query}`)

async function claim(userName: string): Promise<string> {
  const { rows } = await api.db.pool.query<{ id: string }>('SELECT id FROM users WHERE name = $1', [userName])
  const meeting = aMeeting({ id: newId(), userId: rows[0]?.id as string, joinKey: `meet:${newId()}` })
  const entry = { type: 'bot_requested', occurredAt: at(0), data: {}, cause: 'api' } as const
  await api.db.meetings.claim(meeting, entry, 'nobody')
  return meeting.id
}

test('a token is for five minutes, or what was asked for, and says where now is', async () => {
  const { status, body, headers } = await ines('POST', `${base}/stream-tokens`, {})
  expect([status, headers['cache-control']]).toEqual([201, 'no-store'])
  expect(Date.parse(body.data.expiresAt) - api.clock.now.getTime()).toBe(300_000)
  expect(body.data.position).toBe((await api.db.feed.number()).newest)
  const long = (await ines('POST', `${base}/stream-tokens`, { expiresIn: 900 })).body.data
  expect(Date.parse(long.expiresAt) - api.clock.now.getTime()).toBe(900_000)
})

test('with a token a browser of any origin reads and follows the events of its user', async () => {
  const token = await tokenOf()
  const after = (await api.db.feed.number()).newest
  const stream = await openStream(`${address}${base}/events/stream?token=${token}&after=${after}`)
  expect([stream.status, stream.headers['access-control-allow-origin']]).toEqual([200, '*'])
  expect(stream.headers['referrer-policy']).toBe('no-referrer')
  await claim('operator')
  const id = await claim('ines')
  await vi.waitFor(() => expect(stream.events()).toMatchObject([{ data: { subject: { id } } }]), patience)
  const { status, body, headers } = await events(token, `&after=${after}`)
  expect([status, headers['access-control-allow-origin']]).toEqual([200, '*'])
  expect(body.data).toMatchObject([{ subject: { id } }])
  stream.close()
})

describe('a token may be narrower', () => {
  test('of types or of one subject, and then a request can only narrow it more', async () => {
    const [id, other] = [await claim('ines'), await claim('ines')]
    const token = await tokenOf(ines, { types: ['bot.*'], subject: `bot:${id.toUpperCase()}` })
    const told = async (query: string) => (await events(token, query)).body.data?.map((event: Told) => event.subject.id)
    expect(await told('')).toEqual([id])
    expect(await told(`&types=bot_requested&subject=bot:${id}`)).toEqual([id])
    expect(await told('&types=bot_error')).toEqual([])
    for (const query of ['&types=user.*', `&subject=bot:${other}`, '&all=1']) {
      const { status, body } = await events(token, query)
      expect([query, status, body.code]).toEqual([query, 403, 'FORBIDDEN'])
    }
  })
  type Told = { subject: { id: string } }

  test('or for all users, with an admin key', async () => {
    const after = (await api.db.feed.number()).newest
    const ids = [await claim('ines'), await claim('operator')]
    const { body } = await events(await tokenOf(operator, { allUsers: true }), `&after=${after}`)
    expect(body.data.map((event: { subject: { id: string } }) => event.subject.id)).toEqual(ids)
    expect((await events(await tokenOf(operator), `&after=${after}`)).body.data).toHaveLength(1)
    const refused = await ines('POST', `${base}/stream-tokens`, { allUsers: true })
    expect([refused.status, refused.body.code]).toEqual([403, 'FORBIDDEN'])
  })
})

describe('a token that does not count', () => {
  const claims = { userId: newId(), userName: 'x', apiKeyId: newId(), all: true, types: null, subject: null }
  const foreign = openTokenSigner([Buffer.alloc(32, 9).toString('base64')], streamTokenPurpose)

  test.each([
    ['a text', async () => 'nonsense', /not a stream token/],
    ['an API key', async () => await api.makeKey('somebody'), /not a stream token/],
    ['one that was cut short', async () => (await tokenOf()).slice(0, -1), /changed after it was made/],
    ['one of another text', async () => forged(await tokenOf()), /changed after it was made/],
    [
      'one of another installation',
      async () => signStreamToken(foreign, { ...claims, expiresAt: 9e15 }),
      /another installation/,
    ],
    ['one that has expired', async () => expired(), /expired at 2026-/],
  ])('%s is 401, and says why', async (_name, make, why) => {
    const { status, body, headers } = await events(await make())
    expect([status, body.code]).toEqual([401, 'UNAUTHENTICATED'])
    expect(body.detail).toMatch(why)
    expect(headers['access-control-allow-origin']).toBe('*')
  })

  function forged(token: string): string {
    const [purpose, id, text = '', signature] = token.split('.')
    const other = { ...JSON.parse(Buffer.from(text, 'base64url').toString()), all: true }
    return [purpose, id, Buffer.from(JSON.stringify(other)).toString('base64url'), signature].join('.')
  }

  async function expired(): Promise<string> {
    const token = await tokenOf(ines, { expiresIn: 1 })
    api.clock.now = new Date(api.clock.now.getTime() + 1_000)
    return token
  }

  test('is a token on any other route', async () => {
    const token = await tokenOf()
    expect((await anyone()('GET', `${base}/bots?token=${token}`)).status).toBe(401)
    const asKey = await clientOf(api.app, token)('GET', `${base}/bots`)
    expect(asKey.status).toBe(401)
    expect((await ines('GET', `${base}/bots?token=${token}`)).status).toBe(400)
  })
})

test('a stream ends when its token expires', async () => {
  const token = await tokenOf(ines, { expiresIn: 1 })
  const startedAt = performance.now()
  const stream = await openStream(`${address}${base}/events/stream?token=${token}&types=bot_error`)
  await stream.ended
  expect(performance.now() - startedAt).toBeGreaterThan(900)
  expect(stream.text()).toBe('retry: 3000\n\n')
})

test('tokens are written into no log, and into no table', async () => {
  const headers = { 'idempotency-key': newId() }
  const first = await ines('POST', `${base}/stream-tokens`, {}, headers)
  const token = first.body.data.token as string
  expect((await ines('POST', `${base}/stream-tokens`, {}, headers)).body).toEqual(first.body)
  await events(token)
  await events(`${token}x`)
  await events(token, '&after=x')
  const stream = await openStream(`${address}${base}/events/stream?token=${token}`)
  stream.close()
  await stream.ended
  await vi.waitFor(() => expect(api.logged.join('')).toContain('/events/stream'), patience)
  expect(api.logged.join('')).not.toContain(token.split('.')[2])
  const { rows } = await api.db.pool.query('SELECT * FROM idempotency_keys')
  expect(rows.length).toBeGreaterThan(0)
  expect(JSON.stringify(rows)).not.toContain('seer-stream.')
})

test('without ENCRYPTION_KEYS there are no tokens', async () => {
  const other = await openTestApi({ tokenSigner: null })
  const client = clientOf(other.app, await other.makeKey('ines'))
  const { status, body } = await client('POST', `${base}/stream-tokens`, {})
  expect([status, body.code]).toEqual([409, 'SECRETS_NOT_CONFIGURED'])
  expect(body.detail).toContain('ENCRYPTION_KEYS')
  const used = await clientOf(other.app, null)('GET', `${base}/events?token=${await tokenOf()}`)
  expect([used.status, used.body.detail]).toEqual([401, expect.stringContaining('ENCRYPTION_KEYS')])
  await other.close()
})

test.each([
  { expiresIn: 0 },
  { expiresIn: 901 },
  { types: [] },
  { types: ['bot_jion'] },
  { subject: 'bot' },
  { user: 'bo' },
])('%j is refused', async (order) => {
  expect((await ines('POST', `${base}/stream-tokens`, order)).body.code).toBe('VALIDATION_FAILED')
})
