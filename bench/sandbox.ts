import type { ProcessGroup } from '../scripts/local/processes.ts'
import { builtApp } from './environment.ts'

/** Visibly fake: only for the benchmark. */
export const sandboxApiKey = 'fake-key-of-the-benchmark'
/** An OAuth client, which the sandbox does not check, and a key for tokens. These are no secrets either. */
export const calendarSecrets = {
  GOOGLE_CLIENT_ID: 'benchmark',
  GOOGLE_CLIENT_SECRET: 'not-a-secret',
  ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'),
}

export type BenchSandbox = {
  url: string
  /** Sends a request to the sandbox's control API. */
  control<T>(method: string, path: string, body?: object): Promise<T>
}

/** Starts a sandbox without a daily cap as a separate process. */
export async function startSandbox(group: ProcessGroup, options: string[]): Promise<BenchSandbox> {
  const args = [builtApp('sandbox'), '--port', '0', '--api-key', sandboxApiKey, '--daily-cap', '0', ...options]
  const line = await group.start('sandbox', args, { readyLine: /listening on/ })
  const url = /http\S+/.exec(line)?.[0] ?? ''
  return { url, control: (method, path, body) => control(url, method, path, body) }
}

async function control<T>(url: string, method: string, path: string, body?: object): Promise<T> {
  const headers: Record<string, string> = body ? { 'content-type': 'application/json' } : {}
  const answer = await fetch(`${url}/sandbox${path}`, { method, headers, body: body && JSON.stringify(body) })
  if (!answer.ok) throw new Error(`The sandbox answered ${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as T
}

/**
 * Delays every request to the vendor's API, and counts them from now on: the sandbox counts the requests that it
 * delays.
 * @returns gives the number of requests so far
 */
export async function countVendorCalls({ control }: BenchSandbox, latencyMs: number): Promise<() => Promise<number>> {
  const fault = { kind: 'latency', match: { path: '/v2/' }, ms: latencyMs }
  const { id } = await control<{ id: string }>('POST', '/faults', fault)
  return async () => {
    const { faults } = await control<{ faults: { id: string; struck: number }[] }>('GET', '/faults')
    return faults.find((each) => each.id === id)?.struck ?? 0
  }
}
