/**
 * An answer without the vendor's shape comes from something in between: a gateway, a proxy, a captive portal.
 * Whatever its status is, it says nothing about what was asked of the vendor. This holds for every call.
 */

import { aMeeting } from '@seer/core/testing/meetings/builders'
import { vendorWrites } from '@seer/core/testing/vendor/checked-writes'
import type { BotRequest } from '@seer/core/vendor/vendor-bots'
import type { CalendarGrant } from '@seer/core/vendor/vendor-calendars'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  fastifyError,
  json,
  openCaptureServer,
  type Respond,
  text,
  vendorError,
} from '../../../testing/vendor/capture-server.ts'
import { type OpenVendorBots, openVendorBots } from '../v2/open-vendor-bots.ts'
import { type OpenVendorCalendars, openVendorCalendars } from '../v2/open-vendor-calendars.ts'

const id = '84e7d1a9-63f0-4b2c-a58d-1c09f6b7e340'
const grant: CalendarGrant = { provider: 'google', refreshToken: '1//refresh' }
const { id: meetingId, meetingUrl, botName, botConfig: config } = aMeeting()
const request: BotRequest = { meetingId, meetingUrl, botName, config, extra: null, joinAt: null }
const later = { ...request, joinAt: new Date('2026-07-09T00:00:00Z') }

let server: Awaited<ReturnType<typeof openCaptureServer>>
let bots: OpenVendorBots
let calendars: OpenVendorCalendars

beforeAll(async () => {
  server = await openCaptureServer()
  const options = { apiKey: 'key-1234', baseUrl: server.url }
  bots = openVendorBots({ ...options, callback: { url: 'https://seer.example.test/hook', secret: 'callback-5678' } })
  calendars = openVendorCalendars({ ...options, oauthClients: { google: { clientId: 'id', clientSecret: 'secret' } } })
})
afterAll(async () => {
  await bots.close()
  await calendars.close()
  await server.close()
})

/** Every method of both ports. If one is missing, this does not compile. */
const botCalls: Record<Exclude<keyof OpenVendorBots, 'close'>, () => Promise<unknown>> = {
  createBot: () => bots.createBot(request),
  leaveBot: () => bots.leaveBot(id),
  updateScheduledBot: () => bots.updateScheduledBot(id, later),
  cancelScheduledBot: () => bots.cancelScheduledBot(id),
  retranscribe: () => bots.retranscribe(id, { apiKey: null }),
  deleteBotData: () => bots.deleteBotData(id),
  findBots: () => bots.findBots(meetingId),
  listActiveBots: () => bots.listActiveBots(null),
  listBotsSince: () => bots.listBotsSince(new Date('2026-07-01T00:00:00Z'), null),
  getBot: () => bots.getBot(id),
  getBotStatus: () => bots.getBotStatus(id),
}
const calendarCalls: Record<Exclude<keyof OpenVendorCalendars, 'close'>, () => Promise<unknown>> = {
  createCalendar: () => calendars.createCalendar(grant, 'c-1'),
  updateCalendar: () => calendars.updateCalendar(id, grant),
  deleteCalendar: () => calendars.deleteCalendar(id),
  syncCalendar: () => calendars.syncCalendar(id),
  resubscribeCalendar: () => calendars.resubscribeCalendar(id),
  listRawCalendars: () => calendars.listRawCalendars(grant),
  listCalendars: () => calendars.listCalendars({}, null),
  getCalendar: () => calendars.getCalendar(id),
  listEvents: () => calendars.listEvents(id, new Date('2026-07-09T00:00:00Z'), null),
  getEvent: () => calendars.getEvent(id, id),
}
const calls = Object.entries({ ...botCalls, ...calendarCalls })
/** The SDK hides the status of an answer behind the one in its body, and rebuilds lists. */
const throughSdk = [
  'findBots',
  'listActiveBots',
  'listBotsSince',
  'getBot',
  'getBotStatus',
  'listCalendars',
  'getCalendar',
  'getEvent',
]
const withoutSdk = calls.filter(([name]) => !throughSdk.includes(name))
const isRead = (name: string) => /^(get|find|list)/.test(name)

test.each(calls)('%s is a write exactly if the vendor counts it as one', async (name, call) => {
  server.answer(text(500, ''))
  await failureOf(call)
  const counted = server.requests.filter(({ method }) => method !== 'GET')
  expect(counted.length > 0).toBe(vendorWrites[name as keyof typeof vendorWrites])
  expect(server.requests.length).toBeGreaterThan(0)
})

async function failureOf(call: () => Promise<unknown>) {
  return await call().then(
    (value) => expect.unreachable(`the call succeeded with ${JSON.stringify(value)}`),
    (error: unknown) => error,
  )
}

const refusals = {
  VENDOR_PROTOCOL: [400, 401, 402, 403, 404, 405, 409, 410, 413, 415, 422, 431, 451],
  VENDOR_UNAVAILABLE: [500, 502, 503, 504],
}
const page = '<html><body><h1>Access denied</h1></body></html>'

const bodies: Record<string, (status: number) => Respond> = {
  'a page': (status) => text(status, page),
  nothing: (status) => text(status, ''),
  'the JSON of an API gateway': (status) => json(status, { message: 'Forbidden' }),
  'the JSON of a CDN': (status) => json(status, { success: false, errors: [{ code: 1020, message: 'Access denied' }] }),
  'the JSON of a proxy': (status) => json(status, { success: false, error: 'denied', message: 'Blocked by policy.' }),
  'a framework’s error without a code': (status) => json(status, { statusCode: status, error: 'X', message: 'Y' }),
  'a list': (status) => json(status, [{ success: false, error: 'X', code: 'X', statusCode: status }]),
  'a text': (status) => json(status, 'Not found'),
}

describe.each(Object.entries(bodies))('%s', (_, body) => {
  test.each(calls)('is no verdict on %s', async (name, call) => {
    for (const [code, statuses] of Object.entries(refusals)) {
      for (const status of statuses) {
        server.answer(body(status))
        const expected = { name: 'RetryableError', code, outcomeUnknown: !isRead(name), upstreamStatus: status }
        expect(await failureOf(call), `${status}`).toMatchObject(expected)
      }
    }
  })
})

test.each(withoutSdk)('a body whose status differs from that of the answer is no verdict on %s', async (name, call) => {
  const body = { success: false, error: 'X', code: 'X', message: 'Y' }
  for (const [status, statusCode] of [
    [403, 404],
    [502, 404],
    [404, 500],
    [404, '404'],
    [404, undefined],
  ] as const) {
    server.answer(json(status, { ...body, statusCode }))
    expect(await failureOf(call)).toMatchObject({ name: 'RetryableError', outcomeUnknown: !isRead(name) })
  }
})

test.each(withoutSdk)('the success of another call is no success of %s', async (name, call) => {
  server.answer(json(200, { success: 'true', data: [], cursor: null }))
  const expected = { name: 'RetryableError', code: 'VENDOR_PROTOCOL', outcomeUnknown: !isRead(name) }
  expect(await failureOf(call)).toMatchObject(expected)
})

describe('a success that is not the vendor’s', () => {
  const empty = { data: [], cursor: null }
  test.each<[string, Respond]>([
    ['a page', text(200, page)],
    ['nothing', text(200, '')],
    ['no content', (response) => void response.writeHead(204).end()],
    ['other JSON', json(200, { message: 'ok' })],
    ['an empty list of something else', json(200, empty)],
    ['an error of something else', json(200, { ...empty, success: false, message: 'Please sign in.' })],
    ['null', json(200, null)],
  ])('%s', async (_, respond) => {
    for (const [name, call] of calls) {
      server.answer(respond)
      const error = await failureOf(call)
      expect(error, name).toMatchObject({ name: 'RetryableError', outcomeUnknown: !isRead(name) })
      // The SDK turns some of these into failures of its own.
      expect(['VENDOR_PROTOCOL', 'VENDOR_UNAVAILABLE'], name).toContain((error as { code: string }).code)
    }
  })
})

describe('a redirect to another host', () => {
  test.each([301, 302, 303, 307, 308])('%i is not followed and gives no verdict', async (status) => {
    const portal = await openCaptureServer()
    portal.answer(text(200, page))
    for (const [name, call] of calls) {
      server.answer((response) => void response.writeHead(status, { location: `${portal.url}/login` }).end())
      const expected = { name: 'RetryableError', code: 'VENDOR_PROTOCOL', outcomeUnknown: !isRead(name) }
      expect(await failureOf(call), name).toMatchObject(expected)
    }
    await portal.close()
  })
})

test.each<[number, object]>([
  [407, { code: 'VENDOR_UNAVAILABLE', outcomeUnknown: false }],
  [421, { code: 'VENDOR_UNAVAILABLE', outcomeUnknown: false }],
  [425, { code: 'VENDOR_UNAVAILABLE', outcomeUnknown: false }],
  [429, { code: 'VENDOR_RATE_LIMITED', outcomeUnknown: false }],
])('%i means that nothing was carried out, whoever sends it', async (status, expected) => {
  for (const [name, call] of calls) {
    server.answer(text(status, page))
    expect(await failureOf(call), name).toMatchObject({ name: 'RetryableError', ...expected })
  }
})

test('the wait that a gateway asks for is kept', async () => {
  server.answer((response) => void response.writeHead(503, { 'retry-after': '1.5' }).end(page))
  expect(await failureOf(botCalls.createBot)).toMatchObject({ code: 'VENDOR_UNAVAILABLE', retryAfterMs: 2_000 })
})

describe('the vendor’s own verdicts', () => {
  const noMessage = json(409, { success: false, error: 'Conflict', code: 'FST_ERR_BOT_STATUS', statusCode: 409 })

  test.each<[string, Respond, string]>([
    ['in full', vendorError(409, 'FST_ERR_BOT_STATUS'), 'VENDOR_CONFLICT'],
    ['without a message', noMessage, 'VENDOR_CONFLICT'],
    ['of its framework', fastifyError(400, 'FST_ERR_VALIDATION'), 'VENDOR_REJECTED'],
  ])('%s are accepted', async (_, respond, code) => {
    for (const name of ['leaveBot', 'getBotStatus'] as const) {
      server.answer(respond)
      expect(await failureOf(botCalls[name]), name).toMatchObject({ name: 'PermanentError', code })
    }
  })

  test('of its framework never mean that a bot or calendar is gone', async () => {
    for (const [name, call] of calls) {
      server.answer(fastifyError(404, 'FST_ERR_NOT_FOUND'))
      expect(await failureOf(call), name).toMatchObject({ name: 'RetryableError', code: 'VENDOR_PROTOCOL' })
    }
  })
})
