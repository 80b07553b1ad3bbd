import { runModel } from '@seer/core/testing/basics/model-runs'
import { newId } from '@seer/infra/ids'
import fc from 'fast-check'
import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { botsUrl, clientOf, meetUrl, openTestApi, type TestApi } from '../../testing/test-api.ts'
import { ProblemDocument } from './problem.ts'

let api: TestApi
let key: string
let alice: ReturnType<typeof clientOf>

beforeAll(async () => {
  api = await openTestApi()
  key = await api.makeKey('alice', 'admin')
  alice = clientOf(api.app, key)
})
afterAll(() => api.close())

async function stored(): Promise<number> {
  const { rows } = await api.db.pool.query(
    'SELECT (SELECT count(*) FROM meetings) + (SELECT count(*) FROM idempotency_keys) AS n',
  )
  return Number(rows[0].n)
}

function deep(levels: number): unknown {
  let value: unknown = 1
  for (let i = 0; i < levels; i++) value = { a: value }
  return value
}

const ok = { meetingUrl: meetUrl }
/** What is wrong → the body and the field that the answer must name. */
const badOrders: [string, unknown, string][] = [
  ['null', null, 'body'],
  ['an array', [], 'body'],
  ['a text', '"x"', 'body'],
  ['no URL', {}, 'meetingUrl'],
  ['a number for the URL', { meetingUrl: 5 }, 'meetingUrl'],
  ['an empty URL', { meetingUrl: '' }, 'meetingUrl'],
  ['a long URL', { meetingUrl: `${meetUrl}?x=${'y'.repeat(8_200)}` }, 'meetingUrl'],
  ['a URL of no meeting', { meetingUrl: 'https://example.com/' }, 'meetingUrl'],
  ['a URL with a script', { meetingUrl: 'javascript:alert(1)' }, 'meetingUrl'],
  ['a URL with NUL', { meetingUrl: 'https://meet.google.com/\u0000' }, 'meetingUrl'],
  ['an unknown key', { ...ok, botName: 'x' }, 'botName'],
  ['a dangerous key', { ...ok, constructor: 1 }, 'constructor'],
  ['an id that is no UUID', { ...ok, meetingId: '42' }, 'meetingId'],
  ['an empty name', { ...ok, customBotName: '  ' }, 'customBotName'],
  ['a long name', { ...ok, customBotName: 'x'.repeat(256) }, 'customBotName'],
  ['a name with NUL', { ...ok, customBotName: 'a\u0000b' }, 'customBotName'],
  ['a name with half a character', { ...ok, customBotName: '\ud800' }, 'customBotName'],
  ['a time without offset', { ...ok, joinAt: '2026-05-05T11:00:00' }, 'joinAt'],
  ['a time that is none', { ...ok, joinAt: '2026-02-30T11:00:00Z' }, 'joinAt'],
  ['a time in the past', { ...ok, joinAt: '2020-01-01T00:00:00Z' }, 'joinAt'],
  ['a time far ahead', { ...ok, joinAt: '9999-12-31T23:59:59-23:59' }, 'joinAt'],
  ['a number for the time', { ...ok, joinAt: 1 }, 'joinAt'],
  ['an unknown setting', { ...ok, customBotConfig: { webhook_url: 'x' } }, 'customBotConfig.webhookUrl'],
  ['an unknown mode', { ...ok, customBotConfig: { recordingMode: 'x' } }, 'customBotConfig.recordingMode'],
  [
    'a short timeout',
    { ...ok, customBotConfig: { automaticLeave: { silenceTimeout: 1 } } },
    'customBotConfig.automaticLeave.silenceTimeout',
  ],
  ['a message with NUL', { ...ok, customBotConfig: { entryMessage: '\u0000' } }, 'customBotConfig.entryMessage'],
  ['a text for the settings', { ...ok, customBotConfig: 'x' }, 'customBotConfig'],
  ['an array for extra', { ...ok, extra: [] }, 'extra'],
  ['a large extra', { ...ok, extra: { a: 'x'.repeat(4_100) } }, 'extra'],
  ['a deep extra', { ...ok, extra: deep(12) }, 'extra'],
  ['a very deep extra', { ...ok, extra: deep(3_000) }, 'extra.a.a'],
  ['NUL in extra', { ...ok, extra: { a: ['\u0000'] } }, 'extra.a.0'],
  ['NUL in a key of extra', { ...ok, extra: { 'a\u0000': 1 } }, 'extra'],
]

const json = { 'content-type': 'application/json' }

describe('POST /bots refuses', () => {
  /** The fields that the answer names. Nothing may be stored. */
  async function wrongFields(body: InjectOptions): Promise<string[] | undefined> {
    const before = await stored()
    const headers = { 'x-api-key': key, ...(body.headers as Record<string, string>) }
    const response = await api.app.inject({ method: 'POST', url: botsUrl, ...body, headers })
    expect(response.statusCode).toBe(400)
    expect(await stored()).toBe(before)
    return ProblemDocument.strict()
      .parse(response.json())
      .errors?.map(({ path }) => path)
  }

  test.each(badOrders)('%s', async (_name, body, path) => {
    expect(await wrongFields({ headers: json, payload: JSON.stringify(body) })).toContain(path)
  })

  test('no body', async () => {
    expect(await wrongFields({})).toContain('body')
  })
})

type Refusal = [string, InjectOptions, number, string]
const post = (payload: string | Buffer, headers: Record<string, string> = json): InjectOptions => ({
  method: 'POST',
  url: botsUrl,
  payload,
  headers,
})
const get = (url: string): InjectOptions => ({ method: 'GET', url })

const refusals: Refusal[] = [
  ['broken JSON', post('{"meetingUrl":'), 400, 'INVALID_JSON'],
  ['an empty body that is said to be JSON', post('', json), 400, 'INVALID_JSON'],
  ['JSON that sets a prototype', post('{"__proto__":{"x":1}}'), 400, 'INVALID_JSON'],
  ['a byte that is no text', post(Buffer.from([0x7b, 0xff, 0xfe])), 400, 'INVALID_JSON'],
  ['a form', post('a=b', { 'content-type': 'application/x-www-form-urlencoded' }), 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ['plain text', post('{}', { 'content-type': 'text/plain' }), 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ['a content type that is none', post('{}', { 'content-type': ';;;' }), 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ['70 kB', post(JSON.stringify({ a: 'x'.repeat(70_000) })), 413, 'BODY_TOO_LARGE'],
  ['an empty Idempotency-Key', post('{}', { ...json, 'idempotency-key': '' }), 400, 'VALIDATION_FAILED'],
  ['a long Idempotency-Key', post('{}', { ...json, 'idempotency-key': 'x'.repeat(256) }), 400, 'VALIDATION_FAILED'],
  ['a limit of 0', get(`${botsUrl}?limit=0`), 400, 'VALIDATION_FAILED'],
  ['a limit of 101', get(`${botsUrl}?limit=101`), 400, 'VALIDATION_FAILED'],
  ['a limit that is no number', get(`${botsUrl}?limit=many`), 400, 'VALIDATION_FAILED'],
  ['two limits', get(`${botsUrl}?limit=1&limit=2`), 400, 'VALIDATION_FAILED'],
  ['an unknown filter', get(`${botsUrl}?colour=red`), 400, 'VALIDATION_FAILED'],
  ['an unknown state', get(`${botsUrl}?state=asleep`), 400, 'VALIDATION_FAILED'],
  ['an empty state', get(`${botsUrl}?state=`), 400, 'VALIDATION_FAILED'],
  ['an unknown platform', get(`${botsUrl}?platform=webex`), 400, 'VALIDATION_FAILED'],
  ['a time that is none', get(`${botsUrl}?createdAfter=yesterday`), 400, 'VALIDATION_FAILED'],
  ['a URL of no meeting', get(`${botsUrl}?meetingUrl=https%3A%2F%2Fexample.com`), 400, 'UNSUPPORTED_MEETING_URL'],
  [
    'a cursor of ours that was changed',
    get(`${botsUrl}?cursor=${Buffer.from('["x",1]').toString('base64url')}`),
    400,
    'INVALID_CURSOR',
  ],
  ['a cursor of somebody else', get(`${botsUrl}?cursor=abc`), 400, 'INVALID_CURSOR'],
  ['an empty cursor', get(`${botsUrl}?cursor=`), 400, 'INVALID_CURSOR'],
  ['an id that is no UUID', get(`${botsUrl}/42`), 400, 'VALIDATION_FAILED'],
  ['an id with NUL', get(`${botsUrl}/%00`), 400, 'VALIDATION_FAILED'],
  ['a position below 0', get(`${botsUrl}/${newId()}/events?after=-1`), 400, 'VALIDATION_FAILED'],
  ['a position beyond all', get(`${botsUrl}/${newId()}/events?after=99999999999`), 400, 'VALIDATION_FAILED'],
  ['a URL that is not encoded', get('/api/%E0%A4%A'), 400, 'BAD_REQUEST'],
  ['an unknown address', get('/api/meetingbaas/robots'), 404, 'NOT_FOUND'],
  ['a very long id', get(`${botsUrl}/${'1'.repeat(5_000)}`), 400, 'BAD_REQUEST'],
]

describe('a problem document answers', () => {
  async function problemHeaders(request: InjectOptions, status: number, code: string) {
    const headers = { 'x-api-key': key, ...(request.headers as Record<string, string>) }
    const response = await api.app.inject({ ...request, headers })
    expect([response.statusCode, response.json().code]).toEqual([status, code])
    expect(response.headers['content-type']).toBe('application/problem+json')
    const problem = ProblemDocument.strict().parse(response.json())
    expect(response.headers['x-request-id']).toBe(problem.requestId)
    return response.headers
  }

  test.each(refusals)('%s', async (_name, request, status, code) => {
    await problemHeaders(request, status, code)
  })

  test.each<[string, InjectOptions]>([
    ['PATCH', { method: 'PATCH', url: `${botsUrl}/${newId()}` }],
    ['GET of the webhook route', get('/api/meetingbaas/webhooks')],
  ])('%s, and says which methods there are', async (_name, request) => {
    expect((await problemHeaders(request, 405, 'METHOD_NOT_ALLOWED')).allow).toMatch(/[A-Z]/)
  })

  test('takes times at the edges of the calendar', async () => {
    for (const time of ['0000-01-01T00:00:00Z', '0001-01-01T00:00:00%2B23:59', '9999-12-31T23:59:59-23:59']) {
      expect((await alice('GET', `${botsUrl}?createdAfter=${time}`)).status).toBe(200)
    }
  })

  test('hides what went wrong on our side', async () => {
    const { meetings } = api.db
    const { list } = meetings
    meetings.list = () => Promise.reject(new Error('password=hunter2 at 10.0.0.1'))
    const { status, body } = await alice('GET', botsUrl)
    meetings.list = list
    expect(status).toBe(500)
    expect(body.code).toBe('INTERNAL_ERROR')
    expect(JSON.stringify(body)).not.toContain('hunter2')
  })

  test('echoes a request id that is one, and replaces one that is not', async () => {
    const given = await alice('GET', '/nothing', undefined, { 'x-request-id': 'trace-1' })
    expect(given.body.requestId).toBe('trace-1')
    const odd = await alice('GET', '/nothing', undefined, { 'x-request-id': 'a b\t"' })
    expect(odd.body.requestId).not.toContain('"')
  })
})

describe('no input at all', () => {
  const anything = fc.oneof(
    fc.jsonValue(),
    fc.record(
      {
        meetingUrl: fc.oneof(fc.constant(meetUrl), fc.webUrl(), fc.string({ unit: 'binary' })),
        meetingId: fc.oneof(fc.uuid(), fc.jsonValue()),
        customBotName: fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.jsonValue()),
        joinAt: fc.oneof(
          fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
          fc.jsonValue(),
        ),
        customBotConfig: fc.oneof(
          fc.record(
            { entryMessage: fc.string({ unit: 'binary' }), automatic_leave: fc.jsonValue() },
            { requiredKeys: [] },
          ),
          fc.jsonValue(),
        ),
        extra: fc.oneof(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), fc.jsonValue()),
      },
      { requiredKeys: ['meetingUrl'] },
    ),
  )

  test('makes POST /bots answer 500', async () => {
    await runModel(
      fc.asyncProperty(anything, async (body) => {
        const { statusCode } = await api.app.inject({
          ...post(JSON.stringify(body)),
          headers: { ...json, 'x-api-key': key },
        })
        expect([200, 202, 400, 409]).toContain(statusCode)
      }),
      { runs: 300 },
    )
  })

  test('makes a list answer 500', async () => {
    const names = ['limit', 'cursor', 'state', 'platform', 'meetingUrl', 'createdAfter', 'createdBefore', 'x']
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.integer().map(String),
      fc.constantFrom('pending', 'zoom', meetUrl),
    )
    const query = fc.array(fc.tuple(fc.constantFrom(...names), text), { maxLength: 4 })
    await runModel(
      fc.asyncProperty(query, async (pairs) => {
        const { statusCode } = await api.app.inject({
          ...get(`${botsUrl}?${new URLSearchParams(pairs)}`),
          headers: { 'x-api-key': key },
        })
        expect([200, 400]).toContain(statusCode)
      }),
      { runs: 300 },
    )
  })

  test('makes an address answer 500', async () => {
    const path = fc.string({ unit: fc.constantFrom('/', '%', '0', '\u00e9', '?', '#', '.', 'a', ':') })
    const start = fc.constantFrom('/', `${botsUrl}/`, '/docs/', '/admin/queues/', '/api/health/')
    await runModel(
      fc.asyncProperty(start, path, async (prefix, rest) => {
        const { statusCode } = await api.app.inject({ ...get(prefix + rest), headers: { 'x-api-key': key } })
        expect(statusCode).toBeLessThan(500)
      }),
      { runs: 300 },
    )
  })
})
