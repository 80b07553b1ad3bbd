import { inspect } from 'node:util'
import { SeerError } from '@seer/core/basics/errors'
import type { CalendarGrant } from '@seer/core/vendor/vendor-calendars'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { json, openCaptureServer, type Respond, text, vendorError } from '../../../testing/vendor/capture-server.ts'
import { type OpenVendorCalendars, openVendorCalendars } from './open-vendor-calendars.ts'

const calendarId = '84e7d1a9-63f0-4b2c-a58d-1c09f6b7e340'
const eventId = '71b2e94f-0a6d-4c58-b3f7-e98d40c61a25'
const grant: CalendarGrant = { provider: 'google', refreshToken: '1//refresh token+9012' }
const secrets = {
  apiKey: 'key-1234',
  clientSecret: 'client-5678',
  refreshToken: grant.refreshToken,
  inForms: '1%2F%2Frefresh+token%2B9012',
}
const oauthClients = { google: { clientId: 'id', clientSecret: secrets.clientSecret } }
const from = new Date('2026-07-09T00:00:00Z')

let server: Awaited<ReturnType<typeof openCaptureServer>>
let vendor: OpenVendorCalendars
let lines: object[]

const open = (options: { timeoutMs?: number } = {}) => {
  const log = (call: object) => void lines.push(call)
  return openVendorCalendars({ apiKey: secrets.apiKey, baseUrl: server.url, oauthClients, log, ...options })
}

beforeAll(async () => {
  server = await openCaptureServer()
  vendor = open()
})
beforeEach(() => {
  lines = []
})
afterAll(async () => {
  await vendor.close()
  await server.close()
})

type Call = (on?: OpenVendorCalendars) => Promise<unknown>
const listRaw: Call = (on = vendor) => on.listRawCalendars(grant)
const create: Call = (on = vendor) => on.createCalendar(grant, 'c-1')
const update: Call = (on = vendor) => on.updateCalendar(calendarId, grant)
const remove: Call = (on = vendor) => on.deleteCalendar(calendarId)
const get: Call = (on = vendor) => on.getCalendar(calendarId)
const list: Call = (on = vendor) => on.listCalendars({}, null)
const sync: Call = (on = vendor) => on.syncCalendar(calendarId)
const resubscribe: Call = (on = vendor) => on.resubscribeCalendar(calendarId)
const listEvents: Call = (on = vendor) => on.listEvents(calendarId, from, null)
const getEvent: Call = (on = vendor) => on.getEvent(calendarId, eventId)

const writes = { create, update, remove, sync, resubscribe }
const reads = { listRaw, get, list, listEvents, getEvent }
const calls: Record<string, Call> = { ...writes, ...reads }
const usingGrants = { listRaw, create, update, sync, resubscribe }

/** Runs a call that must fail, and checks that neither the error nor the log has a secret. */
async function failureOf(call: Promise<unknown>): Promise<SeerError> {
  const error = await call.then(
    () => expect.unreachable('the call succeeded'),
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(SeerError)
  const shown = [error, lines].map((value) => inspect(value, { depth: 20, showHidden: true }) + JSON.stringify(value))
  for (const secret of Object.values(secrets)) expect(`${shown}${(error as Error).stack}`).not.toContain(secret)
  return error as SeerError
}

describe('a refusal with 401 or 403', () => {
  const tokenRefused = { name: 'PermanentError', code: 'CALENDAR_TOKEN_REFUSED', upstreamStatus: 401 }
  const denied = { name: 'PermanentError', code: 'CALENDAR_PERMISSION_DENIED', upstreamStatus: 403 }
  const unauthorized = { name: 'PermanentError', code: 'VENDOR_UNAUTHORIZED' }
  const noMessage = json(401, { success: false, error: 'Unauthorized', code: 'X', statusCode: 401 })

  test.each(Object.entries(usingGrants))('is about the account when the call uses a grant: %s', async (_, call) => {
    server.answer(vendorError(401, 'FST_ERR_X'))
    expect(await failureOf(call())).toMatchObject(tokenRefused)
    server.answer(noMessage)
    expect(await failureOf(call())).toMatchObject(tokenRefused)
    server.answer(vendorError(403, 'FST_ERR_LICENSE'))
    expect(await failureOf(call())).toMatchObject(denied)
  })

  test.each(Object.entries(calls))('is about our API key when its code says so: %s', async (_, call) => {
    server.answer(vendorError(403, 'FST_ERR_FORBIDDEN'))
    expect(await failureOf(call())).toMatchObject(unauthorized)
  })

  test.each(Object.entries(calls))('says nothing when a gateway sent it: %s', async (_, call) => {
    for (const status of [401, 403]) {
      server.answer(text(status, '<html>'))
      expect(await failureOf(call())).toMatchObject({ name: 'RetryableError', code: 'VENDOR_PROTOCOL' })
    }
  })

  test.each(['remove', 'get', 'list', 'listEvents', 'getEvent'])(
    'is about our API key in the call %s',
    async (name) => {
      for (const status of [401, 403]) {
        server.answer(vendorError(status, 'X'))
        expect(await failureOf(calls[name]?.() ?? expect.unreachable())).toMatchObject(unauthorized)
      }
    },
  )
})

describe('404', () => {
  const wrongRoute = json(404, { message: 'Route GET:/x not found', error: 'Not Found', statusCode: 404 })
  const noMessage = json(404, { success: false, error: 'Not Found', code: 'X', statusCode: 404 })

  test.each(Object.entries({ update, sync, resubscribe, listEvents }))(
    'is an unknown calendar in %s',
    async (_, call) => {
      server.answer(vendorError(404, 'FST_ERR_X'))
      const expected = { name: 'PermanentError', code: 'VENDOR_CALENDAR_NOT_FOUND', upstreamStatus: 404 }
      expect(await failureOf(call())).toMatchObject(expected)
    },
  )

  test.each<[string, Call, unknown]>([
    ['remove', remove, false],
    ['get', get, null],
    ['getEvent', getEvent, null],
  ])('is a normal answer of %s', async (_, call, expected) => {
    for (const respond of [vendorError(404, 'FST_ERR_X'), noMessage]) {
      server.answer(respond)
      expect(await call()).toBe(expected)
    }
  })

  test.each(Object.entries({ listRaw, create, list }))('is a rejection in %s', async (_, call) => {
    server.answer(vendorError(404, 'FST_ERR_X'))
    expect(await failureOf(call())).toMatchObject({ name: 'PermanentError', code: 'VENDOR_REJECTED' })
  })

  test.each(Object.entries(calls))('from somebody other than the vendor never means "gone": %s', async (name, call) => {
    for (const respond of [text(404, '<html>'), wrongRoute]) {
      server.answer(respond)
      const expected = { name: 'RetryableError', code: 'VENDOR_PROTOCOL', outcomeUnknown: name in writes }
      expect(await failureOf(call())).toMatchObject(expected)
    }
  })
})

describe('connecting a calendar', () => {
  const limited = (headers: Record<string, string>, more: object = {}) =>
    json(429, { success: false, error: 'Rate Limited', code: 'FST_ERR_X', statusCode: 429, ...more }, headers)

  test.each<[string, Respond, object]>([
    ['409', vendorError(409, 'X'), { name: 'PermanentError', code: 'VENDOR_CALENDAR_EXISTS', upstreamStatus: 409 }],
    [
      '409 of a gateway',
      text(409, '<html>'),
      { name: 'RetryableError', code: 'VENDOR_PROTOCOL', outcomeUnknown: true },
    ],
    ['429', limited({}), { name: 'PermanentError', code: 'CALENDAR_LIMIT_REACHED', upstreamStatus: 429 }],
    [
      '429 by its code',
      vendorError(429, 'FST_ERR_TOO_MANY_REQUESTS'),
      { code: 'VENDOR_RATE_LIMITED', retryAfterMs: undefined },
    ],
    ['429 with a header', limited({ 'retry-after': '7' }), { code: 'VENDOR_RATE_LIMITED', retryAfterMs: 7_000 }],
    ['429 with a time', limited({}, { retryAfter: 3 }), { code: 'VENDOR_RATE_LIMITED', retryAfterMs: 3_000 }],
    ['429 of a gateway', text(429, '<html>'), { name: 'RetryableError', code: 'VENDOR_RATE_LIMITED' }],
    ['400', vendorError(400, 'X'), { name: 'PermanentError', code: 'VENDOR_REJECTED' }],
    ['500', vendorError(500, 'X'), { code: 'VENDOR_UNAVAILABLE', outcomeUnknown: true }],
    ['201 without an id', json(201, { success: true, data: {} }), { code: 'VENDOR_PROTOCOL', outcomeUnknown: true }],
  ])('%s', async (_, respond, expected) => {
    server.answer(respond)
    expect(await failureOf(create())).toMatchObject(expected)
    expect(server.requests).toHaveLength(1)
  })

  const { create: _, ...others } = calls
  test.each(Object.entries(others))('429 and 409 mean nothing else in %s', async (_, call) => {
    server.answer(limited({}))
    expect(await failureOf(call())).toMatchObject({ name: 'RetryableError', code: 'VENDOR_RATE_LIMITED' })
    server.answer(vendorError(409, 'X'))
    expect(await failureOf(call())).toMatchObject({ name: 'PermanentError', code: 'VENDOR_CONFLICT' })
  })
})

describe('the outcome', () => {
  test.each(Object.entries(calls))('is unknown only for a write without an answer: %s', async (name, call) => {
    const outcomeUnknown = name in writes
    server.answer((response) => void response.destroy())
    expect(await failureOf(call())).toMatchObject({ code: 'VENDOR_UNAVAILABLE', outcomeUnknown })
    server.answer(vendorError(503, 'X'))
    expect(await failureOf(call())).toMatchObject({ code: 'VENDOR_UNAVAILABLE', outcomeUnknown })
    server.answer(text(200, '<html>'))
    expect(await failureOf(call())).toMatchObject({ code: 'VENDOR_PROTOCOL', outcomeUnknown })
  })

  test('of a write is unknown when the vendor hangs, and every call ends at the deadline', async () => {
    const hurried = open({ timeoutMs: 150 })
    server.answer(() => undefined)
    const startedAt = performance.now()
    const failures = Object.entries(calls).map(async ([name, call]) => {
      const expected = { code: 'VENDOR_TIMEOUT', outcomeUnknown: name in writes }
      expect(await failureOf(call(hurried))).toMatchObject(expected)
    })
    await Promise.all(failures)
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    await hurried.close()
  })
})

test('reading events keeps its deadline even when the calendar must be read, too', async () => {
  const hurried = open({ timeoutMs: 2_400 })
  const empty = json(200, { success: true, data: [], cursor: null, prev_cursor: null })
  server.answer((response, captured) => {
    if (captured.path.includes('/events?')) setTimeout(() => empty(response, captured), 1_200)
  })
  expect(await failureOf(listEvents(hurried))).toMatchObject({ code: 'VENDOR_TIMEOUT', outcomeUnknown: false })
  expect(lines).toMatchObject([{ status: 200 }, { path: '/v2/calendars/:calendarId', status: null }])
  expect((lines[1] as { durationMs: number }).durationMs).toBeLessThan(2_400)
  await hurried.close()
})

describe('secrets', () => {
  const all = Object.values(secrets)
  /** What is known without a grant. */
  const ours = [secrets.apiKey, secrets.clientSecret]

  test.each<[string, Call, string[]]>([
    ['listRaw', listRaw, all],
    ['create', create, all],
    ['update', update, all],
    ['sync', sync, ours],
    ['resubscribe', resubscribe, ours],
  ])('that the vendor repeats are not passed on: %s', async (_, call, said) => {
    server.answer(vendorError(400, `X ${said}`, { message: `No good: ${said.join(' ')}` }))
    const error = await failureOf(call())
    expect(error.message).toMatch(/No good: \[secret\] \[secret\]/)
  })

  test('are hidden whole, even where a long message is cut', async () => {
    server.answer(vendorError(400, 'X', { message: `${'x'.repeat(290)}${grant.refreshToken}` }))
    expect((await failureOf(create())).message).not.toContain('1//')
  })
})

test.each(Object.entries({ listRaw, create, update }))(
  'without an app of the provider %s is not sent',
  async (name) => {
    server.answer(json(200, {}))
    const other: CalendarGrant = { provider: 'microsoft', refreshToken: grant.refreshToken }
    const attempts: Record<string, () => Promise<unknown>> = {
      listRaw: () => vendor.listRawCalendars(other),
      create: () => vendor.createCalendar(other, 'c-1'),
      update: () => vendor.updateCalendar(calendarId, other),
    }
    const expected = { name: 'PermanentError', code: 'CALENDAR_PROVIDER_NOT_CONFIGURED' }
    expect(await failureOf(attempts[name]?.() ?? expect.unreachable())).toMatchObject(expected)
    expect(server.requests).toHaveLength(0)
  },
)
