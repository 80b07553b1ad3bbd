import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clientOf, openTestApi, type TestApi } from '../../../testing/test-api.ts'
import { EndpointWithSecret, WebhookEndpoint } from './endpoint-schema.ts'

const endpointsUrl = '/api/meetingbaas/webhook-endpoints'

let api: TestApi
let ines: ReturnType<typeof clientOf>
let bo: ReturnType<typeof clientOf>
let operator: ReturnType<typeof clientOf>
let hook: string
/** What the receiver got, and what it answers. */
const received: { headers: IncomingMessage['headers']; body: string }[] = []
let answer = { status: 200, body: 'ok' }
const receiver = createServer(async (request, response) => {
  received.push({ headers: request.headers, body: await text(request) })
  response.writeHead(answer.status).end(answer.body)
})

beforeAll(async () => {
  api = await openTestApi()
  ines = clientOf(api.app, await api.makeKey('ines'))
  bo = clientOf(api.app, await api.makeKey('bo'))
  operator = clientOf(api.app, await api.makeKey('operator', 'admin'))
  await once(receiver.listen(0, '127.0.0.1'), 'listening')
  hook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`
})
afterAll(async () => {
  receiver.closeAllConnections()
  receiver.close()
  await api.close()
})

const order = { url: 'https://app.example.com/seer?a=1', events: ['bot.*'] }
async function added(body: object = {}, of = ines) {
  const created = await of('POST', endpointsUrl, { ...order, ...body })
  expect([created.status, created.body.code]).toEqual([201, undefined])
  return created.body.data as { id: string; secret: string }
}
const ids = async (of: typeof ines) => (await of('GET', endpointsUrl)).body.data.map(({ id }: { id: string }) => id)

describe('an endpoint', () => {
  test('is made, shown without its secret, changed and deleted', async () => {
    const created = await ines('POST', endpointsUrl, { ...order, description: 'CRM', headers: { 'X-Tenant': 'acme' } })
    const { secret, ...endpoint } = EndpointWithSecret.strict().parse(created.body.data)
    expect(secret).toMatch(/^whsec_/)
    expect(endpoint).toMatchObject({
      ...order,
      headerNames: ['x-tenant'],
      allUsers: false,
      state: 'active',
      filter: {},
    })
    const url = `${endpointsUrl}/${endpoint.id}`
    expect(created.headers['location']).toBe(url)
    expect(WebhookEndpoint.strict().parse((await ines('GET', url)).body.data)).toEqual(endpoint)
    expect((await ines('GET', endpointsUrl)).body.data).toEqual([endpoint])

    const changes = { events: ['*'], filter: { extra: { a: 1 } }, headers: {}, description: null, paused: true }
    const changed = await ines('PATCH', url, changes)
    expect(changed.body.data).toMatchObject({ ...order, events: ['*'], filter: { extra: { a: 1 } }, headerNames: [] })
    expect(changed.body.data).toMatchObject({ description: null, state: 'paused' })
    expect((await ines('PATCH', url, { paused: false })).body.data).toMatchObject({ state: 'active', events: ['*'] })

    expect((await ines('DELETE', url)).status).toBe(200)
    expect((await ines('GET', url)).status).toBe(404)
    expect((await ines('DELETE', url)).status).toBe(404)
  })

  test('keeps its secret and its headers sealed, also in the answer that is kept for a repeated request', async () => {
    const headers = { 'idempotency-key': 'endpoint-1' }
    const body = { ...order, headers: { authorization: 'Bearer very-secret' } }
    const [first, again] = [
      await ines('POST', endpointsUrl, body, headers),
      await ines('POST', endpointsUrl, body, headers),
    ]
    expect(again.headers['idempotency-replayed']).toBe('true')
    expect(again.body).toEqual(first.body)
    const { secret } = first.body.data
    const dump = JSON.stringify((await dumpOf(['webhook_endpoints', 'idempotency_keys'])).flat())
    expect(dump).toContain(first.body.data.id)
    expect(dump).not.toContain(secret.slice(6))
    expect(dump).not.toContain('very-secret')
    expect(api.logged.join('')).not.toContain(secret.slice(6))
  })

  test('belongs to its user', async () => {
    const { id } = await added()
    const url = `${endpointsUrl}/${id}`
    const calls = [
      ['GET', url],
      ['PATCH', url, { paused: true }],
      ['DELETE', url],
      ['POST', `${url}/rotate-secret`],
      ['POST', `${url}/test`],
    ] as const
    for (const of of [bo, operator]) {
      for (const [method, path, body] of calls)
        expect([path, (await of(method, path, body)).status]).toEqual([path, 404])
    }
    expect(await ids(bo)).not.toContain(id)
    expect(await ids(ines)).toContain(id)
  })

  test('for all users is made and seen by operators only', async () => {
    const refused = await ines('POST', endpointsUrl, { ...order, allUsers: true })
    expect([refused.status, refused.body.code]).toEqual([403, 'FORBIDDEN'])
    const filter = { userIds: ['8F0D6A52-6f0e-4a53-9c55-0c3a1f9c1f11'] }
    const { id } = await added({ allUsers: true, filter }, operator)
    const other = clientOf(api.app, await api.makeKey('other-operator', 'admin'))
    expect((await other('GET', `${endpointsUrl}/${id}`)).body.data).toMatchObject({
      allUsers: true,
      filter: { userIds: ['8f0d6a52-6f0e-4a53-9c55-0c3a1f9c1f11'] },
    })
    expect(await ids(other)).toContain(id)
    expect((await ines('GET', `${endpointsUrl}/${id}`)).status).toBe(404)
  })

  test('is one of twenty at most', async () => {
    const many = clientOf(api.app, await api.makeKey('many'))
    const statuses = await Promise.all(
      Array.from({ length: 22 }, async () => (await many('POST', endpointsUrl, order)).status),
    )
    expect(statuses.toSorted()).toEqual([...Array(20).fill(201), 409, 409])
    const { body } = await many('POST', endpointsUrl, order)
    expect([body.code, body.detail]).toEqual(['ENDPOINT_LIMIT_REACHED', 'There may be 20 endpoints. Delete one first.'])
  })

  test('needs keys to seal its secret', async () => {
    const keyless = await openTestApi({ cipher: null })
    const user = clientOf(keyless.app, await keyless.makeKey('ines'))
    const { status, body } = await user('POST', endpointsUrl, order)
    expect([status, body.code]).toEqual([409, 'SECRETS_NOT_CONFIGURED'])
    expect(body.detail).toContain('ENCRYPTION_KEYS')
    await keyless.close()
  })
})

async function dumpOf(tables: string[]): Promise<unknown[][]> {
  return await Promise.all(tables.map(async (table) => (await api.db.pool.query(`SELECT * FROM ${table}`)).rows))
}

describe('a test event', () => {
  const testOf = async (id: string) => (await ines('POST', `${endpointsUrl}/${id}/test`)).body.data

  test('goes to the address of the deliveries, signed, and says what came back', async () => {
    answer = { status: 200, body: 'thank you' }
    const { id, secret } = await added({ url: hook, headers: { authorization: 'Bearer abc' } })
    expect(await testOf(id)).toEqual({
      delivered: true,
      status: 200,
      durationMs: expect.any(Number),
      answer: 'thank you',
      problem: null,
      detail: null,
    })
    const { headers, body } = received.at(-1) as (typeof received)[number]
    expect(headers).toMatchObject({ authorization: 'Bearer abc', 'content-type': 'application/json' })
    expect(verified(secret)).toMatchObject({
      type: 'webhook_test',
      data: { id: headers['webhook-id'], type: 'webhook_test', subject: { kind: 'endpoint', id } },
    })
    expect(headers['webhook-id']).toMatch(/^evt_test_[0-9a-f-]{36}$/)
    expect(body).not.toContain(secret)
  })

  test('that fails says how, also for an endpoint that is paused', async () => {
    answer = { status: 500, body: 'out of order' }
    const { id } = await added({ url: hook, paused: true })
    expect(await testOf(id)).toMatchObject({ delivered: false, status: 500, answer: 'out of order', problem: null })
  })

  test('to a name that leads into the network says so', async () => {
    const { id } = await added()
    await ines('PATCH', `${endpointsUrl}/${id}`, { url: 'https://127.0.0.1.nip.example/' })
    expect(await testOf(id)).toMatchObject({ delivered: false, status: null, problem: expect.any(String) })
  })

  test('is signed with both secrets for a day after a rotation', async () => {
    answer = { status: 200, body: '' }
    const { id, secret: old } = await added({ url: hook })
    const rotated = await ines('POST', `${endpointsUrl}/${id}/rotate-secret`)
    const { secret } = EndpointWithSecret.strict().parse(rotated.body.data)
    expect(rotated.body.data.oldSecretUntil).toBe(new Date(api.clock.now.getTime() + 24 * 3_600_000).toISOString())
    await testOf(id)
    for (const each of [old, secret]) expect(verified(each)).toMatchObject({ type: 'webhook_test' })

    const before = api.clock.now
    api.clock.now = new Date(before.getTime() + 24 * 3_600_000)
    await testOf(id)
    expect(received.at(-1)?.headers['webhook-signature']).not.toContain(' ')
    expect((await ines('GET', `${endpointsUrl}/${id}`)).body.data.oldSecretUntil).toBeNull()
    api.clock.now = before
  })

  test('is signed with a secret that the customer has brought', async () => {
    const own = `whsec_${Buffer.alloc(24, 5).toString('base64')}`
    const created = await added({ url: hook, secret: own })
    expect(created.secret).toBe(own)
    await testOf(created.id)
    expect(verified(own)).toMatchObject({ type: 'webhook_test' })
    const next = `whsec_${Buffer.alloc(64, 6).toString('base64')}`
    await ines('POST', `${endpointsUrl}/${created.id}/rotate-secret`, { secret: next })
    await testOf(created.id)
    expect(verified(next)).toMatchObject({ type: 'webhook_test' })
  })

  /** Verifies the last request as the public package does, at the time of this API. */
  function verified(secret: string): unknown {
    const { headers, body } = received.at(-1) as (typeof received)[number]
    const webhook = new Webhook(secret)
    const id = headers['webhook-id'] as string
    const at = new Date(Number(headers['webhook-timestamp']) * 1_000)
    expect(Math.abs(at.getTime() - api.clock.now.getTime())).toBeLessThan(1_000)
    expect((headers['webhook-signature'] as string).split(' ')).toContain(webhook.sign(id, at, body))
    return JSON.parse(body)
  }
})

describe('POST /webhook-endpoints refuses', () => {
  test.each([
    ['no address', { url: undefined }, 'url', /must/],
    ['no URL', { url: 'app.example.com' }, 'url', /begins with https/],
    ['another scheme', { url: 'ftp://app.example.com/' }, 'url', /begins with https/],
    ['a script', { url: 'javascript:alert(1)' }, 'url', /begins with https/],
    ['http', { url: 'http://app.example.com/' }, 'url', /must be called by https/],
    ['this machine', { url: 'https://localhost/' }, 'url', /not on the internet/],
    ['a private address', { url: 'https://10.0.0.8/' }, 'url', /not on the internet/],
    ['a private address in decimal', { url: 'https://167772168/' }, 'url', /not on the internet/],
    ['metadata', { url: 'https://169.254.169.254/latest' }, 'url', /not on the internet/],
    ['a private address of IPv6', { url: 'https://[fd00::1]/' }, 'url', /not on the internet/],
    ['a password', { url: 'https://a:b@app.example.com/' }, 'url', /user or a password/],
    ['a fragment', { url: 'https://app.example.com/#a' }, 'url', /part after #/],
    ['a long URL', { url: `https://app.example.com/${'a'.repeat(2_000)}` }, 'url', /2000|most|long/],
    ['no types', { events: [] }, 'events', /./],
    ['a type that nobody knows', { events: ['bot_jion'] }, 'events.0', /matches no type of event/],
    ['a pattern in the middle', { events: ['bot_*_call'] }, 'events.0', /must be a type/],
    ['a text for the types', { events: 'bot.*' }, 'events', /list/],
    [
      'a filter by users',
      { filter: { userIds: ['8f0d6a52-6f0e-4a53-9c55-0c3a1f9c1f11'] } },
      'filter.userIds',
      /allUsers/,
    ],
    ['a calendar that is no id', { filter: { calendarIds: ['x'] } }, 'filter.calendarIds.0', /UUID/],
    ['an empty list of calendars', { filter: { calendarIds: [] } }, 'filter.calendarIds', /./],
    ['an empty extra', { filter: { extra: {} } }, 'filter.extra', /must have a key/],
    ['a large extra', { filter: { extra: { a: 'x'.repeat(5_000) } } }, 'filter.extra', /4096/],
    ['an unknown filter', { filter: { meetingIds: [] } }, 'filter.meetingIds', /not a field/],
    ['a header of Seer’s', { headers: { 'Webhook-Id': 'x' } }, 'headers.webhook-id', /sets itself/],
    ['a header with a line break', { headers: { 'x-a': 'b\r\nc: d' } }, 'headers.x-a', /visible ASCII/],
    ['a short secret', { secret: 'whsec_c2hvcnQ=' }, 'secret', /24 to 64 bytes/],
    ['an unknown field', { channel: 'x' }, 'channel', /not a field/],
  ])('%s', async (_name, changes, path, message) => {
    const { status, body } = await ines('POST', endpointsUrl, { ...order, ...changes })
    expect([status, body.code]).toEqual([400, 'VALIDATION_FAILED'])
    expect(body.errors).toContainEqual({ path, message: expect.stringMatching(message) })
  })

  test('a change to such an address', async () => {
    const { id } = await added()
    const changed = await ines('PATCH', `${endpointsUrl}/${id}`, { url: 'https://10.0.0.8/' })
    expect([changed.status, changed.body.errors[0].path]).toEqual([400, 'url'])
    const filtered = await ines('PATCH', `${endpointsUrl}/${id}`, { filter: { userIds: [id] } })
    expect([filtered.status, filtered.body.errors[0].path]).toEqual([400, 'filter.userIds'])
  })
})
