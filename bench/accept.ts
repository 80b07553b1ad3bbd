import { freePort } from '../scripts/local/ports.ts'
import { createProcessGroup, type ProcessGroup } from '../scripts/local/processes.ts'
import { untilHealthy } from '../scripts/local/until-healthy.ts'
import { type BenchEnvironment, builtApp, openEnvironment, query } from './environment.ts'
import { type LoadResult, median, sendLoad } from './load.ts'
import { botOrder, makeWebhooks, signingSecret } from './requests.ts'
import { calendarSecrets, sandboxApiKey } from './sandbox.ts'

const rounds = 3
const secondsEach = 5
const warmUpSeconds = 2
const connections = 64

type Row = { name: string; results: LoadResult[] }

/**
 * Accepting, side by side in one run: the bare HMAC route and the webhooks route, a bare inserting route and the bots
 * route, taking turns, so that a slow minute of the machine hits all of them. One API process, one bare process.
 */
export async function benchAccept(): Promise<void> {
  const environment = await openEnvironment()
  const group = createProcessGroup()
  try {
    console.log(`${environment.origins}; ${connections} connections, ${rounds} rounds of ${secondsEach} s each`)
    const [api, bare] = [await startApi(group, environment), await startBare(group, environment)]
    const rows = await measure(api, bare, environment)
    report(rows)
    await reportDurability(rows, environment)
  } finally {
    await group.stop()
    await environment.close()
  }
}

/** The API as in production, on the bench's own database and queue; gives its address. */
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
  const settings = [String(port), signingSecret, environment.databaseUrl]
  await group.start('bare', [...args, ...settings], {
    env: { ...process.env, NODE_ENV: 'production' },
    readyLine: /listening/,
  })
  return `http://127.0.0.1:${port}`
}

async function measure(api: string, bare: string, { apiKey }: BenchEnvironment): Promise<Row[]> {
  const json = { 'content-type': 'application/json' }
  const order = (headers: Record<string, string>, path: string) => () => ({ path, headers, body: botOrder() })
  const authorized = { ...json, authorization: `Bearer ${apiKey}` }
  const loads = [
    { name: 'bare route, HMAC only', url: bare, path: '/hmac' },
    { name: 'POST /webhooks', url: api, path: '/api/meetingbaas/webhooks' },
    { name: 'bare route, one insert', url: bare, next: order(json, '/insert') },
    { name: 'POST /bots', url: api, next: order(authorized, '/api/meetingbaas/bots') },
  ]
  const rows: Row[] = loads.map(({ name }) => ({ name, results: [] }))
  for (let round = 0; round <= rounds; round++) {
    for (const [i, load] of loads.entries()) {
      const seconds = round === 0 ? warmUpSeconds : secondsEach
      const next = 'next' in load && load.next ? load.next : webhooks(load.path as string, seconds)
      const result = await sendLoad({ url: load.url, next, seconds, connections })
      if (round > 0) rows[i]?.results.push(result)
      else if (result.failed > 0) throw new Error(`${load.name}: ${result.failed} requests failed while warming up.`)
    }
  }
  return rows
}

/** More than any machine sends in this time; a repeated message would be a duplicate and cheaper. */
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

function report(rows: Row[]): void {
  const middle = (row: Row | undefined, of: (result: LoadResult) => number) => median(row?.results.map(of) ?? [])
  console.table(
    rows.map((row) => ({
      route: row.name,
      'req/s (median)': Math.round(middle(row, (r) => r.perSecond)),
      'req/s (min-max)': rangeOf(row.results.map((r) => Math.round(r.perSecond))),
      'p50 ms': middle(row, (r) => r.p50Ms),
      'p99 ms': middle(row, (r) => r.p99Ms),
      failed: row.results.reduce((sum, r) => sum + r.failed, 0),
    })),
  )
  const ratio = (a: number, b: number) =>
    rows[a]?.results.map((result, i) => result.perSecond / (rows[b]?.results[i]?.perSecond ?? Number.NaN)) ?? []
  console.log(`webhooks / bare HMAC:  ${show(ratio(1, 0))}   goal 0.5 or more; p99 under 50 ms`)
  console.log(`bots / bare insert:    ${show(ratio(3, 2))}   goal 0.25 or more`)
}

function show(ratios: number[]): string {
  return `${median(ratios).toFixed(2)} (${rangeOf(ratios.map((ratio) => ratio.toFixed(2)))})`
}

function rangeOf(values: (number | string)[]): string {
  const sorted = values.map(Number).sort((a, b) => a - b)
  return `${sorted[0]}-${sorted.at(-1)}`
}

/** Every 2xx must be a row: the load above is also a test. The warm-up is in the table as well. */
async function reportDurability(rows: Row[], { databaseUrl }: BenchEnvironment): Promise<void> {
  const acknowledged = rows[1]?.results.reduce((sum, { accepted }) => sum + accepted, 0) ?? 0
  const [found] = await query<{ count: string }>(databaseUrl, 'SELECT count(*) FROM webhook_events')
  const stored = Number(found?.count)
  console.log(`${acknowledged} webhooks acknowledged in the counted rounds, ${stored} rows in all (with warm-up)`)
  if (stored < acknowledged) throw new Error('Webhooks were acknowledged that are not in the database.')
}
