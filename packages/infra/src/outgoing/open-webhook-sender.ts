import { performance } from 'node:perf_hooks'
import type {
  WebhookAnswer,
  WebhookProblem,
  WebhookRequest,
  WebhookSender,
} from '@seer/core/log/deliveries/webhook-sender'
import { type Agent, type Dispatcher, request } from 'undici'
import { readRetryAfterHeader } from '../vendor/wire/retry-after.ts'
import { AddressNotAllowed, type AddressRules, addressGuard, type Resolve, refusalIn } from './address-guard.ts'
import { guardedAgent } from './guarded-agent.ts'

export type OpenWebhookSender = WebhookSender & { close(): Promise<void> }

type Options = {
  addresses: AddressRules
  /** For tests. */
  timeoutMs?: number
  /** For tests. */
  resolve?: Resolve
}

/** The whole answer must have come by then. spec/standard-webhooks.md suggests 15 to 30 s. */
const answersWithinMs = 15_000
const connectMs = 10_000
/** No more of an answer is read. */
const bytesRead = 4_096
/** No wait is longer than a day: whoever wants no webhooks for longer pauses the endpoint. What has ten digits is a time. */
const retryAfterLimits = { mostMs: 24 * 3_600_000, plausibleSeconds: 999_999_999 }

const userAgent = 'Seer-Webhooks/1'

/** Sends webhooks over HTTP, by the guarded client. It follows no redirects. */
export function openWebhookSender({ addresses, timeoutMs = answersWithinMs, resolve }: Options): OpenWebhookSender {
  const guard = addressGuard(addresses)
  const limits = { connectMs, headersTimeout: timeoutMs, bodyTimeout: timeoutMs }
  const agent = guardedAgent(addresses, limits, resolve)
  return {
    whyNot(url) {
      try {
        guard.check(new URL(url))
        return null
      } catch (error) {
        return error instanceof AddressNotAllowed ? error.message : 'it is not a URL'
      }
    },
    send: (order, signal) => send(agent, order, { signal, timeoutMs }),
    close: () => agent.destroy(),
  }
}

type Limits = { signal: AbortSignal; timeoutMs: number }

async function send(agent: Agent, order: WebhookRequest, { signal, timeoutMs }: Limits): Promise<WebhookAnswer> {
  const begunAt = performance.now()
  const timeout = AbortSignal.timeout(timeoutMs)
  const got: { status: number | null; answer: string | null; retryAfterMs: number | null } = {
    status: null,
    answer: null,
    retryAfterMs: null,
  }
  const endedWith = (problem: WebhookProblem | null, detail: string | null): WebhookAnswer => ({
    ...got,
    durationMs: Math.round(performance.now() - begunAt),
    problem,
    detail,
  })
  try {
    const response = await post(agent, order, AbortSignal.any([signal, timeout]))
    got.status = response.statusCode
    got.retryAfterMs = readRetryAfterHeader(response.headers['retry-after'], retryAfterLimits) ?? null
    await readStart(response.body, (start) => {
      got.answer = start
    })
    return endedWith(null, null)
  } catch (error) {
    if (signal.aborted) throw signal.reason
    const refusal = refusalIn(error)
    if (refusal) return endedWith('not_allowed', `${capital(refusal.message)}.`)
    if (timeout.aborted) return endedWith('timed_out', `The answer had not come after ${timeoutMs / 1_000} s.`)
    return endedWith('unreachable', `The connection could not be opened, or broke (${reasonOf(error)}).`)
  }
}

function post(agent: Agent, { url, headers, body }: WebhookRequest, signal: AbortSignal) {
  return request(url, {
    method: 'POST',
    dispatcher: agent,
    signal,
    headers: { ...headers, 'user-agent': userAgent, accept: '*/*' },
    body,
  })
}

/** Reads the start of an answer. What is longer is cut off, together with the connection. */
async function readStart(body: Dispatcher.ResponseData['body'], note: (start: string) => void): Promise<void> {
  const chunks: Buffer[] = []
  let bytes = 0
  note('')
  for await (const chunk of body) {
    chunks.push(chunk as Buffer)
    bytes += (chunk as Buffer).length
    note(textOf(Buffer.concat(chunks).subarray(0, bytesRead)))
    // Leaving the loop destroys the body.
    if (bytes >= bytesRead) return
  }
}

/** PostgreSQL keeps no zero bytes in texts. */
const textOf = (bytes: Buffer) => bytes.toString('utf8').replaceAll('\0', '\uFFFD')

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

function reasonOf(error: unknown): string {
  const { code, cause, message } = error as { code?: string; message?: string; cause?: { code?: string } }
  return code ?? cause?.code ?? message ?? 'unknown error'
}
