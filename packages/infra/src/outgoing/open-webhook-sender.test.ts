import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type OpenWebhookSender, openWebhookSender } from './open-webhook-sender.ts'

type Handle = (request: IncomingMessage, response: ServerResponse) => void

let handle: Handle
let port: number
/** Bytes that the receiver could write before it was cut off. */
let written = 0
const server = createServer((request, response) => {
  response.on('error', () => {})
  handle(request, response)
})
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  port = (server.address() as AddressInfo).port
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const addresses = { anyAddress: false, privateHosts: ['127.0.0.1'], httpsOnly: true }
const timeoutMs = 400
let sender: OpenWebhookSender
beforeEach(() => {
  sender = openWebhookSender({ addresses, timeoutMs })
})
afterEach(async () => {
  await sender.close()
})

const order = { headers: { 'webhook-id': 'evt_1', authorization: 'Bearer a' }, body: '{"type":"bot_joining"}' }
const send = (url = `http://127.0.0.1:${port}/hook`, signal = new AbortController().signal) =>
  sender.send({ ...order, url }, signal)

test('sends the body with the headers, and tells what was answered', async () => {
  const got = new Promise<unknown>((resolve) => {
    handle = async (request, response) => {
      const { method, url, headers } = request
      resolve({ method, url, headers, body: await text(request) })
      response.writeHead(200).end('thank you')
    }
  })
  expect(await send()).toEqual({
    status: 200,
    durationMs: expect.any(Number),
    answer: 'thank you',
    problem: null,
    detail: null,
    retryAfterMs: null,
  })
  expect(await got).toMatchObject({
    method: 'POST',
    url: '/hook',
    headers: { ...order.headers, 'user-agent': 'Seer-Webhooks/1', 'content-length': String(order.body.length) },
    body: order.body,
  })
})

test.each([
  [204, {}, null],
  [302, { location: 'http://127.0.0.1:1/' }, null],
  [410, {}, null],
  [429, { 'retry-after': '120' }, 120_000],
  [503, { 'retry-after': '7200' }, 7_200_000],
  [503, { 'retry-after': '86400' }, 86_400_000],
  [503, { 'retry-after': '999999' }, 86_400_000],
  [503, { 'retry-after': '1790000000' }, null],
  [503, { 'retry-after': 'soon' }, null],
])('status %i with %j is told as it is, and no redirect is followed', async (status, headers, retryAfterMs) => {
  handle = (_, response) => response.writeHead(status, headers).end()
  expect(await send()).toMatchObject({ status, answer: '', problem: null, retryAfterMs })
})

describe('a receiver', () => {
  test('that never answers is given up', async () => {
    handle = () => {}
    const answer = await send()
    expect(answer).toMatchObject({ status: null, answer: null, problem: 'timed_out' })
    expect(answer.detail).toMatch(/had not come after 0\.4 s/)
    expect(answer.durationMs).toBeGreaterThanOrEqual(timeoutMs - 5)
  })

  test('that answers byte by byte is given up at the same time', async () => {
    handle = (_, response) => {
      response.writeHead(200)
      const timer = setInterval(() => response.write('.'), 20)
      response.on('close', () => clearInterval(timer))
    }
    const answer = await send()
    expect(answer).toMatchObject({ status: 200, problem: 'timed_out' })
    expect(answer.answer).toMatch(/^\.{5,}$/)
    expect(answer.durationMs).toBeLessThan(timeoutMs * 3)
  })

  test('that answers with 100 MB is cut off after a few kB', async () => {
    written = 0
    const closed = new Promise<void>((resolve) => {
      handle = (_, response) => {
        response.writeHead(200)
        response.on('close', resolve)
        const fill = () => {
          while (written < 100e6 && !response.destroyed) {
            written += 65_536
            if (!response.write(Buffer.alloc(65_536, 'x'))) return response.once('drain', fill)
          }
          return response.end()
        }
        fill()
      }
    })
    const answer = await send()
    expect(answer).toMatchObject({ status: 200, problem: null })
    expect(answer.answer).toBe('x'.repeat(4_096))
    await closed
    expect(written).toBeLessThan(20e6)
  })

  test('whose answer is no text gives a text that can be kept', async () => {
    handle = (_, response) => response.writeHead(500).end(Buffer.from([0, 0xff, 0x41]))
    expect(await send()).toMatchObject({ status: 500, answer: '\uFFFD\uFFFDA' })
  })

  test('that breaks the connection is unreachable', async () => {
    handle = (request) => request.socket.destroy()
    expect(await send()).toMatchObject({ status: null, problem: 'unreachable' })
    expect(await send('http://127.0.0.1:1/')).toMatchObject({
      problem: 'unreachable',
      detail: expect.stringMatching(/ECONNREFUSED/),
    })
  })
})

test('sends nothing to addresses that are not allowed, and says so beforehand where the text tells', async () => {
  expect(await send('https://10.0.0.1/')).toMatchObject({ status: null, problem: 'not_allowed' })
  expect(await send('https://localhost/')).toMatchObject({ problem: 'not_allowed' })
  expect(sender.whyNot('https://10.0.0.1/')).toMatch(/not on the internet/)
  expect(sender.whyNot('http://example.com/')).toMatch(/must be called by https/)
  expect(sender.whyNot('https://example.com/')).toBeNull()
  expect(sender.whyNot('nonsense')).toMatch(/not a URL/)
})

test('a name that leads elsewhere at the next attempt is judged again', async () => {
  const found = ['127.0.0.1', '10.0.0.1']
  handle = (_, response) => response.setHeader('connection', 'close').end()
  const changing = openWebhookSender({
    addresses: { ...addresses, httpsOnly: false },
    timeoutMs,
    resolve: (_name, _options, callback) => callback(null, [{ address: found.shift() as string, family: 4 }]),
  })
  const attempt = () => changing.send({ ...order, url: `http://hook.example:${port}/` }, new AbortController().signal)
  expect(await attempt()).toMatchObject({ status: 200 })
  expect(await attempt()).toMatchObject({ status: null, problem: 'not_allowed' })
  await changing.close()
})

test('is interrupted by its signal', async () => {
  handle = () => ending.abort(new Error('the worker stops'))
  const ending = new AbortController()
  await expect(send(undefined, ending.signal)).rejects.toThrow('the worker stops')
})
