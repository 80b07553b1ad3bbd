import { type Dispatcher, EnvHttpProxyAgent, request } from 'undici'
import { readRetryAfterHeader } from './retry-after.ts'
import { asTransportFailure, TransportFailure } from './transport-failure.ts'
import { parseJson, type VendorAnswer } from './vendor-answer.ts'

type HttpCall = {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** The path with its ids filled in. */
  path: string
  query?: Record<string, string | undefined>
  /** Sent as JSON. Without a body, all methods but GET send `{}`. */
  body?: object
}

export type VendorHttp = {
  /** @throws TransportFailure */
  send(call: HttpCall, signal: AbortSignal): Promise<VendorAnswer>
  /** Closes all connections, also those that wait for an answer: a vendor that hangs must not delay a shutdown. */
  close(): Promise<void>
}

/** A list of 250 bots with generous `extra` is far smaller. */
const largestAnswerBytes = 16 * 1024 * 1024

/**
 * Plain HTTP to the vendor. It follows no redirects, adds nothing to the request, and limits the size of answers. Like
 * the SDK it honours `http_proxy`, `https_proxy` and `no_proxy`, so that all calls go the same way. With a proxy,
 * `no_proxy` must name a sandbox on loopback.
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
  // The live service refuses an empty body that is declared as JSON. Newer SDKs send `{}` instead.
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
  // Throwing out of the loop destroys the stream and its connection.
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > largestAnswerBytes) throw new TransportFailure('too_large', 'its answer is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
