import { newId } from '@seer/infra/ids'
import { openRateLimitRedis } from '@seer/infra/rate-limit/rate-limit-redis'
import { createTestRedis, describeOnRedis } from '@seer/infra/testing/services'
import type { HTTPMethods, RouteOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { botsUrl, calendarUrl, clientOf, meetUrl, openTestApi, type TestApi } from '../../testing/test-api.ts'
// It adds `access` to the configuration of a route.
import type {} from './authentication.ts'
import { freshForMs } from './caller-cache.ts'
import { failuresPerMinute } from './rate-limit.ts'

const publicRoutes = [
  '/api/health',
  '/api/health/live',
  '/api/health/ready',
  '/api/meetingbaas/webhooks',
  '/api/meetingbaas/calendar/oauth/:provider/callback',
  '/',
  '/openapi.json',
]
const isPublic = ({ url }: RouteOptions) => publicRoutes.includes(url) || url.startsWith('/docs')

type Endpoint = { method: HTTPMethods; url: string; access: string | undefined }

/** Every route that needs a key, with an id in place of each parameter. */
function protectedEndpoints({ routes }: TestApi, id: string): Endpoint[] {
  return routes
    .filter((route) => !isPublic(route))
    .flatMap(({ method, url, config }) =>
      [method].flat().map((name) => ({
        method: name as HTTPMethods,
        url: url.replace(':provider', 'google').replace(/:\w+/g, id).replace('*', 'x'),
        access: config?.access,
      })),
    )
}

let api: TestApi
beforeAll(async () => {
  api = await openTestApi()
})
afterAll(() => api.close())

/** Each from an address of its own, so that the limit for wrong keys does not answer instead. */
let address = 0
const fromNewAddress = () => `10.0.${Math.floor(++address / 250)}.${(address % 250) + 1}`

describe('every route', () => {
  test('is known here as public or needs a key', () => {
    const open = api.routes.filter(isPublic).map(({ url }) => url)
    expect(publicRoutes.every((url) => open.includes(url))).toBe(true)
    expect(protectedEndpoints(api, newId()).length).toBeGreaterThan(10)
  })

  test('answers 401 without a key, with a wrong one and with a revoked one', async () => {
    const revoked = await api.makeKey('revoked', 'admin')
    await api.db.apiKeys.revoke(revoked.slice(0, 12), api.clock.now)
    for (const { method, url } of protectedEndpoints(api, newId())) {
      for (const authorization of [undefined, 'Bearer seer_nonsense', `Bearer ${revoked}`]) {
        const headers = authorization ? { authorization } : {}
        const response = await api.app.inject({ method, url, headers, remoteAddress: fromNewAddress() })
        expect([method, url, response.statusCode]).toEqual([method, url, 401])
        expect(response.headers['content-type']).toBe('application/problem+json')
        expect(response.headers['www-authenticate']).toBeDefined()
      }
    }
  })

  /** What routes with an id take; the others have no body that they need. */
  const orders: [RegExp, object][] = [
    [/\/override$/, { value: 'skip' }],
    [/\/transcript\/speakers$/, { speakers: { Ines: 'Inès' } }],
    [/\/retranscribe$/, {}],
    [/\/hold$/, { hold: true }],
    [/\/recover$/, { since: '2030-01-31T14:00:00Z' }],
    [/\/replay$/, { after: 0 }],
    [/^PATCH .*\/webhook-endpoints\/[^/]+$/, { description: 'Taken over' }],
  ]

  test('answers 404 for another user’s bot', async () => {
    const alice = clientOf(api.app, await api.makeKey('alice'))
    const bob = clientOf(api.app, await api.makeKey('bob', 'admin'))
    const { body } = await alice('POST', botsUrl, { meetingUrl: meetUrl })
    const withId = protectedEndpoints(api, body.data.id).filter(
      ({ url }) => url.startsWith('/api') && url.includes(body.data.id),
    )
    expect(withId.length).toBeGreaterThanOrEqual(4)
    for (const { method, url } of withId) {
      const order = orders.find(([route]) => route.test(`${method} ${url}`))?.[1]
      const { status } = await bob(method as 'GET', url, order)
      expect([method, url, status]).toEqual([method, url, 404])
      expect((await bob(method as 'GET', url.replace(body.data.id, newId()), order)).status).toBe(404)
    }
    expect((await bob('GET', botsUrl)).body.data).toEqual([])
    expect((await alice('GET', `${botsUrl}/${body.data.id}`)).body.data.state).toBe('pending')
  })

  test('answers 403 to a key whose scope does not reach', async () => {
    const reader = clientOf(api.app, await api.makeKey('reader', 'read'))
    const writer = clientOf(api.app, await api.makeKey('writer', 'write'))
    const endpoints = protectedEndpoints(api, newId())
    const writes = endpoints.filter(({ access }) => access === 'write')
    const admin = endpoints.filter(({ url, access }) => access === 'admin' || url.startsWith('/admin'))
    const isRead = ({ method }: Endpoint) => ['GET', 'HEAD'].includes(method)
    expect(writes.filter(isRead).map(({ url }) => url)).toEqual([`${calendarUrl}/oauth/google/start`])
    const posts = endpoints.filter((each) => each.access === 'read' && !isRead(each))
    // A token to read with, and a question whose rules are too long for a URL; they change nothing.
    expect(posts.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST /api/meetingbaas/stream-tokens',
      `POST ${calendarUrl}/rules/preview`,
    ])
    expect([writes.length > 5, admin.length > 3]).toEqual([true, true])
    for (const { method, url } of [...writes, ...admin]) {
      expect([method, url, (await reader(method as 'GET', url)).status]).toEqual([method, url, 403])
    }
    for (const { method, url } of admin) {
      expect([method, url, (await writer(method as 'GET', url)).status]).toEqual([method, url, 403])
    }
    expect((await reader('GET', botsUrl)).status).toBe(200)
  })
})

describe('keys', () => {
  test('are taken from both headers', async () => {
    const key = await api.makeKey('both')
    for (const headers of [{ authorization: `bearer ${key}` }, { 'x-api-key': key }]) {
      expect((await api.app.inject({ method: 'GET', url: botsUrl, headers })).statusCode).toBe(200)
    }
  })

  test('cost a query once in a while only, and stop working soon after they are revoked', async () => {
    const key = await api.makeKey('cached')
    const client = clientOf(api.app, key)
    await client('GET', botsUrl)
    await api.db.apiKeys.revoke(key.slice(0, 12), api.clock.now)
    expect((await client('GET', botsUrl)).status).toBe(200)
    api.clock.now = new Date(api.clock.now.getTime() + freshForMs)
    expect((await client('GET', botsUrl)).status).toBe(401)
  })
})

describe('limits', () => {
  test('count a flood of wrong keys by address, without effect on others', async () => {
    const key = await api.makeKey('neighbour')
    const send = (headers: Record<string, string>, remoteAddress: string) =>
      api.app.inject({ method: 'GET', url: botsUrl, headers, remoteAddress })
    await send({ 'x-api-key': key }, '192.0.2.7')
    for (let i = 0; i < failuresPerMinute; i++) {
      const response = await send({ 'x-api-key': `seer_wrong${i}` }, '192.0.2.7')
      expect(response.statusCode).toBe(401)
    }
    const refused = await send({}, '192.0.2.7')
    expect(refused.statusCode).toBe(429)
    expect(refused.json()).toMatchObject({ code: 'RATE_LIMITED' })
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect((await send({}, '192.0.2.8')).statusCode).toBe(401)
    // A key that was right before may share the address.
    api.clock.now = new Date(api.clock.now.getTime() + freshForMs)
    expect((await send({ 'x-api-key': key }, '192.0.2.7')).statusCode).toBe(200)
  })

  test('count the requests of each key, and never health', async () => {
    const limited = await openTestApi({ options: { requestsPerMinute: 3 } })
    try {
      const one = clientOf(limited.app, await limited.makeKey('one'))
      const two = clientOf(limited.app, await limited.makeKey('two'))
      const answers = [await one('GET', botsUrl), await one('GET', botsUrl), await one('GET', botsUrl)]
      expect(answers.map(({ headers }) => headers['ratelimit-remaining'])).toEqual(['2', '1', '0'])
      expect(answers[0]?.headers['ratelimit-limit']).toBe('3')
      const refused = await one('GET', botsUrl)
      expect(refused).toMatchObject({ status: 429, body: { code: 'RATE_LIMITED', requestId: expect.any(String) } })
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
      expect((await two('GET', botsUrl)).status).toBe(200)
      for (let i = 0; i < 5; i++) expect((await one('GET', '/api/health/live')).status).toBe(200)
    } finally {
      await limited.close()
    }
  })
})

describeOnRedis('limits of requests', () => {
  test('are shared by processes that share a Redis', async () => {
    const corner = createTestRedis()
    if (!corner) throw new Error('There is no Redis.')
    const options = { requestsPerMinute: 2 }
    const log = api.deps.log
    const shared = openRateLimitRedis({ redisUrl: corner.redisUrl, prefix: corner.prefix, log })
    await new Promise((resolve) => shared.client.once('ready', resolve))
    const [a, b] = await Promise.all([
      openTestApi({ options, rateLimitRedis: shared, db: api.deps.db }),
      openTestApi({ options, rateLimitRedis: shared, db: api.deps.db }),
    ])
    try {
      const key = await api.makeKey('shared')
      const statuses = []
      for (const { app } of [a, b, a]) statuses.push((await clientOf(app, key)('GET', botsUrl)).status)
      expect(statuses).toEqual([200, 200, 429])
      shared.client.disconnect()
      expect((await clientOf(a.app, key)('GET', botsUrl)).status).toBe(200)
    } finally {
      await Promise.all([a.close(), b.close(), shared.close()])
    }
  })
})
