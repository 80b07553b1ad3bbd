import { freePort } from '../scripts/local/ports.ts'
import { createProcessGroup, type ProcessGroup } from '../scripts/local/processes.ts'
import { untilHealthy } from '../scripts/local/until-healthy.ts'
import { type BenchEnvironment, builtApp, openEnvironment, query } from './environment.ts'
import { type Load, type LoadResult, median, sendLoad } from './load.ts'
import { botOrder, makeWebhooks, signingSecret } from './requests.ts'
import { calendarSecrets, sandboxApiKey } from './sandbox.ts'

const rounds = 3
const secondsEach = 5
const warmUpSeconds = 2
const connections = 64

const routes = {
  hmac: 'bare route, HMAC only',
  queue: 'HMAC and one BullMQ job',
  inline: 'HMAC, select, update, insert',
  webhooks: 'POST /webhooks',
  insert: 'bare route, one insert',
  bots: 'POST /bots',
} as const
type Route = keyof typeof routes
type Results = Record<Route, LoadResult[]>

/**
 * Measures accepting in one run: the webhook route beside three bare routes, and the bot route beside a bare insert.
 * The routes take turns, so that a slow minute of the machine hits all of them. One API process, one bare process.
 */
export async function benchAccept(): Promise<void> {
  const environment = await openEnvironment()
  const group = createProcessGroup()
  try {
    console.log(`${environment.origins}; ${connections} connections, ${rounds} rounds of ${secondsEach} s each`)
    const [api, bare] = [await startApi(group, environment), await startBare(group, environment)]
    const results = await measure(api, bare, environment)
    report(results)
    await reportDurability(results, environment)
  } finally {
    await group.stop()
    await environment.close()
  }
}

/** Starts the API as in production, on the bench's database and queue. Returns its address. */
export async function startApi(
  group: ProcessGroup,
  environment: BenchEnvironment,
  { vendorUrl = 'http://127.0.0.1:9', writesPerSecond = 5 } = {},
): Promise<string> {
  const port = await freePort()
  const env = {
    ...process.env,
    DATABASE_URL: environment.databaseUrl,
    REDIS_URL: environment.redisUrl ?? '',
    REDIS_PREFIX: environment.redisPrefix,
    PORT: String(port),
    BASE_URL: `http://127.0.0.1:${port}`,
    MEETINGBAAS_API_KEY: sandboxApiKey,
    MEETINGBAAS_API_URL: vendorUrl,
    MEETINGBAAS_WRITES_PER_SECOND: String(writesPerSecond),
    ...calendarSecrets,
    // Receivers of the benchmark.
    PRIVATE_HOSTS: '127.0.0.1',
    MEETINGBAAS_WEBHOOK_SECRET: signingSecret,
    RATE_LIMIT_PER_MINUTE: '10000000',
    NODE_ENV: 'production',
    LOG_LEVEL: 'warn',
  }
  await group.start('api', [builtApp('api')], { env })
  await Promise.race([untilHealthy(`http://127.0.0.1:${port}/api/health/ready`), group.failed])
  return `http://127.0.0.1:${port}`
}

async function startBare(group: ProcessGroup, environment: BenchEnvironment): Promise<string> {
  const port = await freePort()
  const args = ['--conditions=source', '--import', 'tsx', 'bench/bare-server.ts']
  const { databaseUrl, redisUrl, redisPrefix } = environment
  const settings = [String(port), signingSecret, databaseUrl, redisUrl ?? '', redisPrefix]
  await group.start('bare', [...args, ...settings], {
    env: { ...process.env, NODE_ENV: 'production' },
    readyLine: /listening/,
  })
  return `http://127.0.0.1:${port}`
}

type Target = { url: string; next: (seconds: number) => Load['next'] }

async function measure(api: string, bare: string, { apiKey, redisUrl }: BenchEnvironment): Promise<Results> {
  const json = { 'content-type': 'application/json' }
  const orders = (url: string, path: string, headers: Record<string, string>): Target => {
    return { url, next: () => () => ({ path, headers, body: botOrder() }) }
  }
  const events = (url: string, path: string): Target => ({ url, next: (seconds) => webhooks(path, seconds) })
  const targets: Record<Route, Target | null> = {
    hmac: events(bare, '/hmac'),
    queue: redisUrl ? events(bare, '/queue') : null,
    inline: events(bare, '/inline'),
    webhooks: events(api, '/api/meetingbaas/webhooks'),
    insert: orders(bare, '/insert', json),
    bots: orders(api, '/api/meetingbaas/bots', { ...json, authorization: `Bearer ${apiKey}` }),
  }
  const results: Results = { hmac: [], queue: [], inline: [], webhooks: [], insert: [], bots: [] }
  for (let round = 0; round <= rounds; round++) {
    for (const route of Object.keys(routes) as Route[]) {
      const target = targets[route]
      if (!target) continue
      const seconds = round === 0 ? warmUpSeconds : secondsEach
      const result = await sendLoad({ url: target.url, next: target.next(seconds), seconds, connections })
      if (round > 0) results[route].push(result)
      else if (result.failed > 0) throw new Error(`${routes[route]}: ${result.failed} requests failed in the warm-up.`)
    }
  }
  return results
}

/** More than any machine sends in this time. A repeated message would be a duplicate, which costs less. */
const webhooksPerSecond = 45_000

function webhooks(path: string, seconds: number) {
  const made = makeWebhooks(webhooksPerSecond * seconds)
  let i = 0
  return () => {
    const webhook = made[i++]
    if (!webhook) throw new Error('Ran out of prepared webhooks.')
    return { path, ...webhook }
  }
}

function report(results: Results): void {
  const measured = (Object.keys(routes) as Route[]).filter((route) => results[route].length > 0)
  console.table(
    measured.map((route) => {
      const middle = (of: (result: LoadResult) => number) => median(results[route].map(of))
      return {
        route: routes[route],
        'req/s (median)': Math.round(middle((r) => r.perSecond)),
        'req/s (min-max)': rangeOf(results[route].map((r) => Math.round(r.perSecond))),
        'p50 ms': middle((r) => r.p50Ms),
        'p99 ms': middle((r) => r.p99Ms),
        failed: results[route].reduce((sum, r) => sum + r.failed, 0),
      }
    }),
  )
  const ratio = (a: Route, b: Route) =>
    show(results[a].map((result, i) => result.perSecond / (results[b][i]?.perSecond ?? Number.NaN)))
  console.log(`webhooks / HMAC and one BullMQ job:       ${ratio('webhooks', 'queue')}   goal 0.9 or more`)
  console.log(`webhooks / HMAC, select, update, insert:  ${ratio('webhooks', 'inline')}   goal 2 or more`)
  console.log(`webhooks / HMAC only:                     ${ratio('webhooks', 'hmac')}`)
  console.log(`bots / bare insert:                       ${ratio('bots', 'insert')}   goal 0.45 or more`)
}

function show(ratios: number[]): string {
  return `${median(ratios).toFixed(2)} (${rangeOf(ratios.map((ratio) => ratio.toFixed(2)))})`
}

function rangeOf(values: (number | string)[]): string {
  const sorted = values.map(Number).sort((a, b) => a - b)
  return `${sorted[0]}-${sorted.at(-1)}`
}

/** Checks that every 2xx became a row, so the load is also a test. The table also has the rows of the warm-up. */
async function reportDurability({ webhooks }: Results, { databaseUrl }: BenchEnvironment): Promise<void> {
  const acknowledged = webhooks.reduce((sum, { accepted }) => sum + accepted, 0)
  const [found] = await query<{ count: string }>(databaseUrl, 'SELECT count(*) FROM webhook_events')
  const stored = Number(found?.count)
  console.log(`${acknowledged} webhooks acknowledged in the counted rounds, ${stored} rows in all (with warm-up)`)
  if (stored < acknowledged) throw new Error('Webhooks were acknowledged that are not in the database.')
}
