import { Agent, request } from 'undici'

/** The result of one attempt. Exactly one of `status` and `error` is set. `durationMs` is real time. */
export type PostResult = { status: number | null; error: string | null; timedOut: boolean; durationMs: number }

export type Post = { method: 'POST' | 'PUT'; url: string; headers: Record<string, string>; body: string }

/** Sends notifications. It follows no redirects, because the vendor counts only 2xx as success. */
export class HttpPoster {
  readonly #agent: Agent
  readonly #timeoutMs: number
  readonly #closing = new AbortController()

  /** `timeoutMs`: real milliseconds from the first byte sent to the last byte read. */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
    this.#agent = new Agent({ connections: 32, pipelining: 1 })
  }

  async post({ method, url, headers, body }: Post): Promise<PostResult> {
    const began = performance.now()
    const timeout = AbortSignal.timeout(this.#timeoutMs)
    const durationMs = () => Math.round(performance.now() - began)
    try {
      const signal = AbortSignal.any([timeout, this.#closing.signal])
      const response = await request(url, { method, headers, body, signal, dispatcher: this.#agent })
      await response.body.dump({ limit: 64 * 1024, signal })
      return { status: response.statusCode, error: null, timedOut: false, durationMs: durationMs() }
    } catch (error) {
      return { status: null, error: describe(error), timedOut: timeout.aborted, durationMs: durationMs() }
    }
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#agent.destroy()
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = (error as NodeJS.ErrnoException).code
  return code && !error.message.includes(code) ? `${code}: ${error.message}` : error.message || error.name
}
