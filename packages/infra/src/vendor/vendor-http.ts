import { type Dispatcher, EnvHttpProxyAgent, request } from 'undici'
import { readRetryAfterHeader } from './retry-after.ts'
import { asTransportFailure, TransportFailure } from './transport-failure.ts'
import { parseJson, type VendorAnswer } from './vendor-answer.ts'

type HttpCall = {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** With the ids filled in. */
  path: string
  query?: Record<string, string | undefined>
  /** JSON; all but GET send `{}` without one. */
  body?: object
}

export type VendorHttp = {
  /** @throws TransportFailure */
  send(call: HttpCall, signal: AbortSignal): Promise<VendorAnswer>
  /** Ends the connections, also those on which an answer is awaited: a vendor that hangs must not hold up a shutdown. */
  close(): Promise<void>
}

/** A list of 250 bots with generous `extra` stays far below. */
const largestAnswerBytes = 16 * 1024 * 1024

/**
 * Plain HTTP to the vendor. Follows no redirects, sends what it is given and nothing else, bounds the size of answers.
 * Like the SDK it honours `http_proxy`, `https_proxy` and `no_proxy`, so that all calls take one way; where a proxy is
 * set, a sandbox on loopback must be named in `no_proxy`.
 */
export function openVendorHttp(options: { apiKey: string; baseUrl: string }): VendorHttp {
  const dispatcher = new EnvHttpProxyAgent()
  const base = options.baseUrl.replace(/\/+$/, '')
  return {
    async send(call, signal) {
      const url = new URL(base + call.path)
      for (const [name, value] of Object.entries(call.query ?? {})) {
        if (value !== undefined) url.searchParams.set(name, value)
      }
      try {
        return await exchange(dispatcher, url, call, options.apiKey, signal)
      } catch (error) {
        throw asTransportFailure(error)
      }
    },
    close: () => dispatcher.destroy(),
  }
}

async function exchange(
  dispatcher: Dispatcher,
  url: URL,
  { method, body }: HttpCall,
  apiKey: string,
  signal: AbortSignal,
): Promise<VendorAnswer> {
  const headers: Record<string, string> = { accept: 'application/json', 'x-meeting-baas-api-key': apiKey }
  // An empty body that is declared as JSON is refused by the live service; `{}` is what newer SDKs send instead.
  const text = method === 'GET' ? null : JSON.stringify(body ?? {})
  if (text !== null) headers['content-type'] = 'application/json'
  const answer = await request(url, { dispatcher, method, headers, body: text, signal })
  return {
    status: answer.statusCode,
    body: parseJson(await readBounded(answer.body)),
    retryAfterMs: readRetryAfterHeader(answer.headers['retry-after']),
  }
}

async function readBounded(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  // Leaving the loop by an error destroys the stream and with it the connection.
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > largestAnswerBytes) throw new TransportFailure('too_large', 'its answer is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
