import autocannon from 'autocannon'

export type Load = {
  url: string
  /** Makes the next request; called once per request, so it must be cheap. */
  next: () => { path: string; headers: Record<string, string>; body: string }
  seconds: number
  connections: number
  /** As fast as answers come, when not given. */
  perSecond?: number
}

export type LoadResult = { perSecond: number; accepted: number; failed: number; p50Ms: number; p99Ms: number }

/** Sends requests over keep-alive connections for a time, each as soon as the one before it was answered. */
export async function sendLoad({ url, next, seconds, connections, perSecond }: Load): Promise<LoadResult> {
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    ...(perSecond === undefined ? {} : { overallRate: perSecond }),
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

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
