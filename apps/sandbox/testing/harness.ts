import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { buildSandbox, type Sandbox, type SandboxOptions } from '../src/sandbox.ts'

/** When virtual time starts in tests, unless a test says otherwise. A whole minute. */
export const testStart = Date.parse('2026-03-11T14:00:00.000Z')

export const webhookSecret = 'whsec_bvcR4dOmUvur+8Zj+dY9T+DXbb1QcBgp'

export type Answer = { status: number; headers: Headers; body: any }

/** A sandbox with frozen time, no limits, and short-hands to talk to it. It is closed when the test ends. */
export type TestSandbox = Sandbox & {
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  get(path: string): Promise<Answer>
  post(path: string, body?: unknown): Promise<Answer>
  /** Sends a bot and returns its id. Fails when the bot is refused. */
  send(overrides?: Record<string, unknown>): Promise<string>
  /** Books a bot `seconds` from now and returns its id. */
  book(seconds: number, overrides?: Record<string, unknown>): Promise<string>
  status(botId: string): Promise<string>
  /** The status codes of a bot, in order. */
  history(botId: string): Promise<string[]>
}

export async function startSandbox(options: SandboxOptions = {}): Promise<TestSandbox> {
  const sandbox = await buildSandbox({ speed: 0, startAt: testStart, rateLimit: 0, dailyCap: 0, ...options })
  onTestFinished(() => sandbox.close())
  const call: TestSandbox['call'] = (method, path, body, headers) => send(sandbox.url, method, path, body, headers)
  const create = async (path: string, body: unknown) => {
    const answer = await call('POST', path, body)
    if (answer.status !== 201) throw new Error(`Not created: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body.data.bot_id as string
  }
  return {
    ...sandbox,
    call,
    get: (path) => call('GET', path),
    post: (path, body = {}) => call('POST', path, body),
    send: (overrides = {}) => create('/v2/bots', { ...botRequest, ...overrides }),
    book: (seconds, overrides = {}) => {
      const join_at = new Date(sandbox.now() + seconds * 1000).toISOString()
      return create('/v2/bots/scheduled', { ...botRequest, join_at, ...overrides })
    },
    status: async (botId) => (await call('GET', `/v2/bots/${botId}/status`)).body.data.status,
    history: async (botId) => {
      const { body } = await call('GET', `/sandbox/bots/${botId}`)
      return body.history.map((entry: { code: string }) => entry.code)
    },
  }
}

export const botRequest = { bot_name: 'Notetaker', meeting_url: 'https://meet.google.com/abc-defg-hij' }

async function send(
  base: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
  const response = await fetch(base + path, {
    method,
    headers: { 'x-meeting-baas-api-key': 'test-key', ...json, ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: parseIfJson(text) }
}

function parseIfJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

export type Received = { method: string; path: string; headers: IncomingHttpHeaders; raw: string; body: any }

/** A receiver of webhooks and callbacks. `answer` decides the status of the n-th request, counted from 0. */
export type Receiver = {
  url: string
  received: Received[]
  answer: (request: Received, count: number) => number | 'hang'
}

export async function startReceiver(answer: Receiver['answer'] = () => 200): Promise<Receiver> {
  const receiver: Receiver = { url: '', received: [], answer }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      const raw = Buffer.concat(chunks).toString('utf8')
      const { method = '', url: path = '', headers } = request
      const received = { method, path, headers, raw, body: parseIfJson(raw) }
      receiver.received.push(received)
      const status = receiver.answer(received, receiver.received.length - 1)
      if (status !== 'hang') response.writeHead(status).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  onTestFinished(() => stop(server))
  return receiver
}

function stop(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}

/** `bot.status_change:joining_call`, `bot.completed`, … */
export function label({ body }: Received): string {
  return body.event === 'bot.status_change' ? `${body.event}:${body.data.status.code}` : body.event
}
