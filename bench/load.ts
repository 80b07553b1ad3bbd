import { setTimeout as delay } from 'node:timers/promises'
import autocannon from 'autocannon'

export type Load = {
  url: string
  /** Makes the next request. Called for each request, so it must be cheap. */
  next: () => { path: string; headers: Record<string, string>; body: string }
  seconds: number
  connections: number
}

export type LoadResult = { perSecond: number; accepted: number; failed: number; p50Ms: number; p99Ms: number }

/** Sends requests over keep-alive connections for some time. Each connection sends as soon as it has its answer. */
export async function sendLoad({ url, next, seconds, connections }: Load): Promise<LoadResult> {
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    method: 'POST',
    requests: [{ setupRequest: (request) => ({ ...request, ...next() }) }],
  })
  const failed = result.non2xx + result.errors + result.timeouts
  return {
    perSecond: result['2xx'] / result.duration,
    accepted: result['2xx'],
    failed,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
  }
}

/**
 * Sends requests one by one at equal distances, without waiting for answers. autocannon would send them in bursts.
 * @returns how many were answered with 2xx
 */
export async function sendSteadily({ url, next, count, perSecond }: SteadyLoad): Promise<number> {
  const startedAt = performance.now()
  const answers: Promise<boolean>[] = []
  for (let i = 0; i < count; i++) {
    await delay(Math.max(0, startedAt + (i * 1_000) / perSecond - performance.now()))
    const { path, headers, body } = next()
    const response = fetch(url + path, { method: 'POST', headers, body })
    answers.push(response.then(async (answer) => (await answer.arrayBuffer(), answer.ok)))
  }
  return (await Promise.all(answers)).filter(Boolean).length
}

type SteadyLoad = Pick<Load, 'url' | 'next'> & { count: number; perSecond: number }

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** A text for the output: half of the times were no longer than the first figure, 95 of a hundred than the second. */
export function percentiles(timesMs: number[]): string {
  const sorted = [...timesMs].sort((a, b) => a - b)
  const at = (share: number) => Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN)
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, longest ${at(1)} ms (${sorted.length})`
}
