import { inspect } from 'node:util'
import { SeerError } from '@seer/core/basics/errors'
import type { BotRequest } from '@seer/core/vendor/vendor-bots'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  endless,
  json,
  openCaptureServer,
  type Respond,
  text,
  vendorError,
} from '../../../testing/vendor/capture-server.ts'
import { type OpenVendorBots, openVendorBots } from '../v2/open-vendor-bots.ts'

const botId = 'a3d95c20-4f1b-4e87-9b06-7d2c81f0e5a4'
const secrets = { apiKey: 'key-1234', callbackSecret: 'callback-5678' }
const callback = { url: 'https://seer.example.test/hook', secret: secrets.callbackSecret }

const request: BotRequest = {
  meetingId: '0f5e2c71-9b34-4d68-8a1f-c7d3e6b05942',
  meetingUrl: 'https://meet.google.com/abc-defg-hij',
  botName: 'Seer',
  config: {
    recordingMode: 'audio_only',
    speechToText: false,
    entryMessage: null,
    botImage: null,
    automaticLeave: { waitingRoomTimeout: 120, nooneJoinedTimeout: 300, silenceTimeout: 600 },
  },
  extra: null,
  joinAt: null,
}

let server: Awaited<ReturnType<typeof openCaptureServer>>
let vendor: OpenVendorBots
let lines: object[]

const open = (options: { apiKey?: string; baseUrl?: string; timeoutMs?: number }) =>
  openVendorBots({
    apiKey: secrets.apiKey,
    baseUrl: server.url,
    callback,
    log: (call) => void lines.push(call),
    ...options,
  })

beforeAll(async () => {
  server = await openCaptureServer()
  lines = []
  vendor = open({})
})
beforeEach(() => {
  lines = []
})
afterAll(async () => {
  await vendor.close()
  await server.close()
})

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

const write = () => vendor.createBot(request)
const writeToBot = () => vendor.leaveBot(botId)
const read = () => vendor.getBotStatus(botId)

describe('an answer becomes an error', () => {
  const duplicate = vendorError(409, 'FST_ERR_BOT_ALREADY_EXISTS')
  const noMessage = json(402, { success: false, error: 'Label', code: 'FST_ERR_INSUFFICIENT_TOKENS', statusCode: 402 })
  const route404 = json(404, { message: 'Route POST:/x not found', error: 'Not Found', statusCode: 404 })

  test.each<[string, Respond, object]>([
    ['400', vendorError(400, 'FST_ERR_VALIDATION'), { code: 'VENDOR_REJECTED', upstreamStatus: 400 }],
    ['422', vendorError(422, 'FST_ERR_CHAT_DISABLED'), { code: 'VENDOR_REJECTED', upstreamStatus: 422 }],
    ['401', vendorError(401, 'X'), { code: 'VENDOR_UNAUTHORIZED', upstreamStatus: 401 }],
    ['403', vendorError(403, 'FST_ERR_FORBIDDEN'), { code: 'VENDOR_UNAUTHORIZED', upstreamCode: 'FST_ERR_FORBIDDEN' }],
    ['402', vendorError(402, 'FST_ERR_INSUFFICIENT_TOKENS'), { code: 'VENDOR_INSUFFICIENT_TOKENS' }],
    ['402 without message', noMessage, { code: 'VENDOR_INSUFFICIENT_TOKENS', upstreamStatus: 402 }],
    ['409 duplicate', duplicate, { code: 'VENDOR_DUPLICATE_BOT', upstreamStatus: 409 }],
    ['409', vendorError(409, 'FST_ERR_BOT_STATUS'), { code: 'VENDOR_CONFLICT', upstreamStatus: 409 }],
    ['408', text(408, ''), { code: 'VENDOR_TIMEOUT', outcomeUnknown: true }],
    [
      '429 daily cap',
      vendorError(429, 'FST_ERR_DAILY_BOT_CAP_REACHED'),
      { code: 'VENDOR_DAILY_CAP', outcomeUnknown: false },
    ],
    ['429', vendorError(429, 'FST_ERR_TOO_MANY_REQUESTS'), { code: 'VENDOR_RATE_LIMITED', retryAfterMs: undefined }],
    ['429 of a proxy', text(429, '<html>'), { code: 'VENDOR_RATE_LIMITED', upstreamStatus: 429 }],
    ['500', vendorError(500, 'X'), { code: 'VENDOR_UNAVAILABLE', outcomeUnknown: true, upstreamStatus: 500 }],
    ['503 without body', text(503, ''), { code: 'VENDOR_UNAVAILABLE', outcomeUnknown: true, upstreamStatus: 503 }],
    ['404 of a wrong address', route404, { code: 'VENDOR_PROTOCOL', outcomeUnknown: true, upstreamStatus: 404 }],
    [
      'a redirect',
      (r) => void r.writeHead(302, { location: '/x' }).end(),
      { code: 'VENDOR_PROTOCOL', outcomeUnknown: true },
    ],
    ['200 with HTML', text(200, '<html>'), { code: 'VENDOR_PROTOCOL', outcomeUnknown: true }],
    ['200 without body', text(200, ''), { code: 'VENDOR_PROTOCOL', outcomeUnknown: true }],
    ['200 of another shape', json(200, { success: true, data: [] }), { code: 'VENDOR_PROTOCOL', outcomeUnknown: true }],
    [
      '200 around an error',
      json(200, { success: false, error: 'Label', code: 'T', statusCode: 402 }),
      { code: 'VENDOR_INSUFFICIENT_TOKENS' },
    ],
  ])('%s', async (_, respond, expected) => {
    server.answer(respond)
    expect(await failureOf(write())).toMatchObject(expected)
    expect(server.requests).toHaveLength(1)
    expect(lines).toHaveLength(1)
  })

  test.each([
    [400, 500],
    [401, 501],
    [402, 502],
    [403, 503],
    [404, 429],
    [409, 509],
    [422, 522],
  ])('%i is permanent, %i is not', async (status, temporary) => {
    server.answer(vendorError(status, 'X'))
    expect((await failureOf(write())).name).toBe('PermanentError')
    server.answer(vendorError(temporary, 'X'))
    expect((await failureOf(read())).name).toBe('RetryableError')
  })

  test.each<[string, Respond, object]>([
    ['404', vendorError(404, 'FST_ERR_BOT_NOT_FOUND_BY_ID'), { code: 'VENDOR_BOT_NOT_FOUND', upstreamStatus: 404 }],
    ['404 of a proxy', text(404, '<html>'), { code: 'VENDOR_PROTOCOL', upstreamStatus: 404 }],
    ['409', vendorError(409, 'FST_ERR_BOT_STATUS'), { code: 'VENDOR_CONFLICT' }],
    ['500', vendorError(500, 'X'), { code: 'VENDOR_UNAVAILABLE' }],
    ['200 with HTML', text(200, '<html>'), { code: 'VENDOR_PROTOCOL' }],
  ])('%s about one bot, with and without the SDK', async (_, respond, expected) => {
    server.answer(respond)
    expect(await failureOf(read())).toMatchObject(expected)
    expect(await failureOf(writeToBot())).toMatchObject(expected)
  })

  test('200 of another shape about one bot', async () => {
    server.answer(json(200, { success: true }))
    expect(await failureOf(read())).toMatchObject({ code: 'VENDOR_PROTOCOL' })
  })

  test('the outcome of a read is never unknown', async () => {
    for (const respond of [vendorError(500, 'X'), text(200, '<html>'), (r) => void r.destroy()] as Respond[]) {
      server.answer(respond)
      expect(await failureOf(read())).toMatchObject({ outcomeUnknown: false })
    }
  })

  test('the error repeats the vendor’s message in one safe line', async () => {
    const message = `Bad key ${secrets.apiKey}\nor secret ${secrets.callbackSecret}${'!'.repeat(1_000)}`
    server.answer(vendorError(400, 'FST_ERR_VALIDATION', { message }))
    for (const call of [write, read]) {
      const error = await failureOf(call())
      expect(error.message).toMatch(
        /^Meeting BaaS answered 400 FST_ERR_VALIDATION: Bad key \[secret\] or secret \[secret\]!/,
      )
      expect(error.message.length).toBeLessThan(400)
    }
  })
})

describe('the time to wait', () => {
  const limited = (headers: Record<string, string>, more: object = {}) =>
    json(429, { success: false, error: 'X', code: 'FST_ERR_TOO_MANY_REQUESTS', statusCode: 429, ...more }, headers)

  test.each<[string, Respond, unknown]>([
    ['a header', limited({ 'retry-after': '7' }), 7_000],
    ['the body', limited({}, { retryAfter: 3 }), 3_000],
    ['both', limited({ 'retry-after': '7' }, { retryAfter: 3 }), 7_000],
    ['a past date, which counts as none', limited({ 'retry-after': 'Wed, 01 Jan 2020 00:00:00 GMT' }), undefined],
    ['the body when the header is nonsense', limited({ 'retry-after': '120;' }, { retryAfter: 3 }), 3_000],
    ['half a second', limited({ 'retry-after': '0.5' }), 1_000],
    ['an hour', limited({ 'retry-after': '3600' }), 120_000],
    ['a century, which counts as none', limited({ 'retry-after': '3153600000' }), undefined],
    ['nonsense, which counts as none', limited({ 'retry-after': 'soon' }), undefined],
  ])('is read from %s', async (_, respond, retryAfterMs) => {
    server.answer(respond)
    expect(await failureOf(write())).toMatchObject({ code: 'VENDOR_RATE_LIMITED', retryAfterMs })
  })
})

describe('a vendor that cannot be reached', () => {
  test('was sent nothing if the connection was refused or the host is unknown', async () => {
    const gone = await openCaptureServer()
    await gone.close()
    for (const baseUrl of [gone.url, 'http://no-such-host.invalid']) {
      const other = open({ baseUrl })
      const expected = { code: 'VENDOR_UNAVAILABLE', outcomeUnknown: false }
      expect(await failureOf(other.createBot(request))).toMatchObject(expected)
      expect(await failureOf(other.getBot(botId))).toMatchObject(expected)
      expect(lines.at(-1)).toMatchObject({ status: null, errorCode: 'VENDOR_UNAVAILABLE' })
      await other.close()
    }
  })

  test('may have carried out a write if the connection breaks', async () => {
    server.answer((response) => void response.destroy())
    expect(await failureOf(write())).toMatchObject({ code: 'VENDOR_UNAVAILABLE', outcomeUnknown: true })
    expect(await failureOf(read())).toMatchObject({ code: 'VENDOR_UNAVAILABLE', outcomeUnknown: false })
  })

  test('may have carried out a write if its answer breaks off', async () => {
    server.answer((response) => {
      response.writeHead(201, { 'content-type': 'application/json', 'content-length': '100' })
      response.write('{"success":true', () => response.destroy())
    })
    expect(await failureOf(write())).toMatchObject({ code: 'VENDOR_UNAVAILABLE', outcomeUnknown: true })
    expect(await failureOf(read())).toMatchObject({ code: 'VENDOR_PROTOCOL', outcomeUnknown: false })
  })

  test('has its endless answer cut off', async () => {
    server.answer(endless)
    expect(await failureOf(write())).toMatchObject({ code: 'VENDOR_PROTOCOL', outcomeUnknown: true })
  })
})

describe('a vendor that is slow', () => {
  const hang: Respond = () => undefined
  /** Sends a byte so often that a timeout for inactivity never strikes. */
  const drip: Respond = (response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const timer = setInterval(() => response.write(' '), 20)
    response.on('close', () => clearInterval(timer))
  }

  test.each([
    ['hangs', hang],
    ['drips', drip],
  ])('%s, and every call ends at the deadline', async (_, respond) => {
    const hurried = open({ timeoutMs: 150 })
    server.answer(respond)
    const startedAt = performance.now()
    const calls: [Promise<unknown>, boolean][] = [
      [hurried.createBot(request), true],
      [hurried.leaveBot(botId), true],
      [hurried.updateScheduledBot(botId, { ...request, joinAt: new Date() }), true],
      [hurried.cancelScheduledBot(botId), true],
      [hurried.deleteBotData(botId), true],
      [hurried.getBot(botId), false],
      [hurried.getBotStatus(botId), false],
      [hurried.listActiveBots(null), false],
      [hurried.findBots(request.meetingId), false],
    ]
    const failures = await Promise.all(calls.map(([call]) => failureOf(call)))
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    failures.forEach((failure, index) => {
      expect(failure).toMatchObject({ code: 'VENDOR_TIMEOUT', outcomeUnknown: calls[index]?.[1] })
    })
    await hurried.close()
  })
})

test('closing does not wait for a vendor that hangs, and the outcome of the call stays unknown', async () => {
  const closing = open({})
  const sent = new Promise<void>((resolve) => server.answer(() => resolve()))
  const failure = failureOf(closing.createBot(request))
  await sent
  await closing.close()
  expect(await failure).toMatchObject({ code: 'VENDOR_UNAVAILABLE', outcomeUnknown: true })
})

describe('a call that is not sent', () => {
  test('fails for good when the SDK refuses the id', async () => {
    server.answer(json(200, {}))
    const error = await failureOf(vendor.getBot('no-uuid'))
    expect(error).toMatchObject({ name: 'PermanentError', code: 'VENDOR_REJECTED', upstreamCode: 'VALIDATION_ERROR' })
    expect(server.requests).toHaveLength(0)
  })

  test('fails for good when there is no API key', async () => {
    const keyless = open({ apiKey: '' })
    server.answer(vendorError(403, 'FST_ERR_FORBIDDEN'))
    for (const call of [keyless.getBot(botId), keyless.createBot(request)]) {
      expect(await failureOf(call)).toMatchObject({ name: 'PermanentError', code: 'VENDOR_UNAUTHORIZED' })
    }
    await keyless.close()
  })
})
