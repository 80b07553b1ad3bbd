import { openDb } from '@seer/infra/db/open-db'
import { newId } from '@seer/infra/ids'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  callbackSecret,
  openTestApi,
  type SignedWebhook,
  sign,
  type TestApi,
  webhooksUrl,
} from '../../../testing/test-api.ts'

let api: TestApi
beforeAll(async () => {
  api = await openTestApi()
})
afterAll(() => api.close())
afterEach(async () => {
  api.woken.length = 0
  await api.db.pool.query('TRUNCATE webhook_events')
})

const statusChange = () => ({
  event: 'bot.status_change',
  data: { bot_id: newId(), status: { code: 'in_call_recording', created_at: '2026-05-05T09:59:58Z' } },
})

async function send({ headers, payload }: SignedWebhook, method: 'POST' | 'PUT' = 'POST') {
  const response = await api.app.inject({ method, url: webhooksUrl, headers, payload })
  return { status: response.statusCode, body: response.json() }
}

async function storedRows() {
  const { rows } = await api.db.pool.query('SELECT id, source, event_type, body FROM webhook_events ORDER BY id')
  return rows
}

describe('a signed webhook', () => {
  test('is stored as it came and its job started', async () => {
    const webhook = sign(statusChange(), api.clock)
    expect(await send(webhook)).toEqual({ status: 200, body: { data: { received: true, duplicate: false } } })
    const rows = await storedRows()
    expect(rows).toMatchObject([{ source: 'v2_webhook', event_type: 'bot.status_change', body: webhook.payload }])
    expect(api.woken).toEqual([rows[0].id])
  })

  test('is acknowledged again when it comes again, and has no second job', async () => {
    const webhook = sign(statusChange(), api.clock)
    await send(webhook)
    expect(await send(webhook)).toEqual({ status: 200, body: { data: { received: true, duplicate: true } } })
    expect(api.woken).toHaveLength(1)
  })

  test('is stored once although it comes many times at the same moment', async () => {
    const webhook = sign(statusChange(), api.clock)
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(webhook)))
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    expect(await storedRows()).toHaveLength(1)
    expect(api.woken).toHaveLength(1)
  })

  test('may come as PUT and with any content type', async () => {
    const webhook = sign(statusChange(), api.clock)
    const headers = { ...webhook.headers, 'content-type': 'text/plain' }
    expect((await send({ ...webhook, headers }, 'PUT')).status).toBe(200)
  })

  test('is never limited', async () => {
    const limited = await openTestApi({ options: { requestsPerMinute: 1 } })
    for (let i = 0; i < 100; i++) {
      const { headers, payload } = sign(statusChange(), limited.clock)
      const response = await limited.app.inject({ method: 'POST', url: webhooksUrl, headers, payload })
      expect(response.statusCode).toBe(200)
      expect(response.headers['ratelimit-limit']).toBeUndefined()
    }
    await limited.close()
  })

  test('is answered 503 while the database is down, so that it is sent again', async () => {
    const databaseUrl = 'postgresql://postgres@127.0.0.1:1/none'
    const down = openDb({ databaseUrl, poolSize: 4, writesPerSecond: 5, onError: () => {} })
    const cut = await openTestApi({ db: down })
    const { headers, payload } = sign(statusChange(), cut.clock)
    const response = await cut.app.inject({ method: 'POST', url: webhooksUrl, headers, payload })
    expect([response.statusCode, response.json().code]).toEqual([503, 'SERVICE_UNAVAILABLE'])
    expect(response.headers['retry-after']).toBeDefined()
    expect(cut.counters.unavailable).toBe(1)
    await cut.close()
    await down.close()
  })
})

describe('a webhook that proves nothing', () => {
  const forged: [string, (webhook: SignedWebhook) => SignedWebhook][] = [
    ['no headers', ({ payload }) => ({ payload, headers: {} })],
    ['another body', ({ headers, payload }) => ({ headers, payload: `${payload} ` })],
    ['another id', ({ headers, payload }) => ({ payload, headers: { ...headers, 'svix-id': 'msg_2' } })],
    ['no signature', ({ headers, payload }) => ({ payload, headers: { ...headers, 'svix-signature': '' } })],
    ['a wrong secret', ({ payload }) => ({ payload, headers: { 'x-mb-secret': 'guess' } })],
  ]
  test.each(forged)('is refused, stores nothing and is counted: %s', async (_name, forge) => {
    const before = api.counters.notAuthenticated
    const { status, body } = await send(forge(sign(statusChange(), api.clock)))
    expect([status, body.code]).toEqual([401, 'WEBHOOK_NOT_AUTHENTICATED'])
    expect(await storedRows()).toEqual([])
    expect(api.counters.notAuthenticated).toBe(before + 1)
  })

  test('is refused when it is older than five minutes', async () => {
    const old = sign(statusChange(), { now: new Date(api.clock.now.getTime() - 301_000) })
    expect((await send(old)).status).toBe(401)
  })
})

describe('a webhook that proves itself but says nothing', () => {
  const bodies: [string, string, string?][] = [
    ['nothing', '', 'INVALID_JSON'],
    ['cut JSON', '{"event":"bot.status_change","data":', 'INVALID_JSON'],
    ['an array', '[]', 'INVALID_JSON'],
    ['no event', '{}'],
    ['a number for the event', '{"event":5}'],
    ['no bot', '{"event":"bot.completed","data":{}}'],
    ['deep nesting', `${'['.repeat(50_000)}${']'.repeat(50_000)}`, 'INVALID_JSON'],
    [
      'the year 1',
      '{"event":"bot.status_change","data":{"bot_id":"b","status":{"code":"x","created_at":"0001-01-01T00:00:00Z"}}}',
    ],
  ]
  test.each(bodies)('is a 400 that names what is wrong: %s', async (_name, payload, code = 'VALIDATION_FAILED') => {
    const { status, body } = await send(sign(payload, api.clock))
    expect([status, body.code]).toEqual([400, code])
    expect(body.errors.length).toBeGreaterThan(0)
    expect(await storedRows()).toEqual([])
  })

  test('is a 413 above one megabyte', async () => {
    const { status, body } = await send(sign('x'.repeat(1_048_577), api.clock))
    expect([status, body.code]).toEqual([413, 'BODY_TOO_LARGE'])
  })
})

test('takes the callbacks of single bots', async () => {
  const payload = JSON.stringify({ event: 'bot.completed', data: { bot_id: newId() } })
  expect((await send({ payload, headers: { 'x-mb-secret': callbackSecret } })).status).toBe(200)
  expect(await storedRows()).toMatchObject([{ source: 'v2_callback', event_type: 'bot.completed' }])
})
