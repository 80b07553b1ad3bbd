import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { jobsFor } from '@seer/core/webhooks/process-webhook-events'
import { openDb } from '@seer/infra/db/open-db'
import { newId } from '@seer/infra/ids'
import { createLogger } from '@seer/infra/observe/logger'
import { openQueue } from '@seer/infra/queue/open-queue'
import { Queue } from 'bullmq'
import { createProcessGroup, type ProcessGroup } from '../scripts/local/processes.ts'
import { startApi } from './accept.ts'
import { type BenchEnvironment, openEnvironment, query } from './environment.ts'
import { sendSteadily } from './load.ts'
import { makeWebhooks, type SignedWebhook, statusCodes } from './requests.ts'
import { startWorker } from './worker.ts'

const meetings = 4_000
const events = meetings * statusCodes.length
const steadyPerSecond = 200
const steadySeconds = 20
const waitAtMostMs = 120_000

/**
 * Measures how long one worker process takes to apply stored and queued events, and, in the same run, no-op jobs of
 * BullMQ. Then measures the way of an event through API, queue and worker at a steady rate.
 */
export async function benchWebhooks(): Promise<void> {
  const environment = await openEnvironment()
  const group = createProcessGroup()
  try {
    if (!environment.redisUrl) throw new Error('This benchmark measures the Redis backend, and there is no Redis.')
    console.log(environment.origins)
    const noop = await measureNoop(group, environment.redisUrl, environment.redisPrefix)
    const applied = await measureApplied(group, environment)
    console.log(`no-op jobs of BullMQ:   ${Math.round(noop)} jobs/s`)
    console.log(`events applied:         ${Math.round(applied)} events/s   goal 4000 or more`)
    console.log(`ratio:                  ${(applied / noop).toFixed(2)}`)
    await measureSteady(group, environment)
  } finally {
    await group.stop()
    await environment.close()
  }
}

async function measureNoop(group: ProcessGroup, redisUrl: string, prefix: string): Promise<number> {
  const url = new URL(redisUrl)
  const connection = { host: url.hostname, port: Number(url.port), db: Number(url.pathname.slice(1)) }
  const queue = new Queue('noop', { connection, prefix })
  for (let i = 0; i < events; i += 1_000) {
    await queue.addBulk(Array.from({ length: 1_000 }, () => ({ name: 'noop', data: { id: randomUUID() } })))
  }
  await queue.close()
  const args = ['--conditions=source', '--import', 'tsx', 'bench/noop-worker.ts', redisUrl, prefix, String(events)]
  const line = await group.start('noop', args, { env: process.env, readyLine: /noop done/ })
  return events / (Number(/([\d.]+) ms/.exec(line)?.[1]) / 1_000)
}

async function measureApplied(group: ProcessGroup, environment: BenchEnvironment): Promise<number> {
  const ids = await storeEvents(environment)
  const log = createLogger({ level: 'warn', name: 'bench' })
  const queue = openQueue({
    redisUrl: environment.redisUrl ?? undefined,
    prefix: environment.redisPrefix,
    databaseUrl: environment.databaseUrl,
    log,
  })
  await queue.enqueueMany('process-webhook-events', jobsFor(ids))
  await queue.close()
  await startWorker(group, environment, { vendorUrl: 'http://127.0.0.1:9', queues: 'webhooks' })
  await untilProcessed(environment, events)
  const [row] = await query<{ seconds: number; applied: string }>(
    environment.databaseUrl,
    `SELECT extract(epoch FROM max(processed_at) - min(processed_at))::float8 AS seconds,
      count(*) FILTER (WHERE outcome = 'applied') AS applied FROM webhook_events`,
  )
  if (Number(row?.applied) === 0) throw new Error('No event was applied.')
  console.log(`${row?.applied} of ${events} events applied, the others late (their meeting had moved on)`)
  return events / (row?.seconds ?? Number.NaN)
}

/** Stores meetings with bots at the vendor, and five unprocessed status events for each. */
async function storeEvents({ databaseUrl, userId }: BenchEnvironment): Promise<string[]> {
  const db = openDb({ databaseUrl, poolSize: 8, writesPerSecond: 1, onError: () => {} })
  await db.pool.query(
    `INSERT INTO meetings (id, user_id, meeting_url, platform, join_key, bot_name, bot_config, processing_status,
        meeting_baas_id)
      SELECT id, $1, 'https://meet.google.com/abc-defg-hij', 'meet', 'meet:' || id, 'bench', '{}', 'queued', id::text
      FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, $2)) AS made`,
    [userId, meetings],
  )
  const { rows } = await db.pool.query<{ id: string }>('SELECT id FROM meetings')
  const startedAt = Date.now()
  const stored = statusCodes.flatMap((code, step) =>
    rows.map(({ id: botId }) => statusEvent(botId, code, new Date(startedAt + step * 1_000))),
  )
  await Promise.all(stored.map((event) => db.inbox.store(event)))
  await db.close()
  return stored.map(({ id }) => id)
}

function statusEvent(botId: string, code: string, at: Date) {
  const status = { code, created_at: at.toISOString() }
  const body = JSON.stringify({
    event: 'bot.status_change',
    data: { bot_id: botId, event_id: null, status },
    extra: null,
  })
  const id = newId()
  return {
    id,
    source: 'v2_webhook',
    messageId: id,
    dedupeKey: `v2_webhook:${id}`,
    businessKey: `bot.status_change:${botId}:${code}:${at.toISOString()}`,
    eventType: 'bot.status_change',
    vendorBotId: botId,
    meetingId: null,
    body,
    receivedAt: new Date(),
    dueAt: new Date(Date.now() + 600_000),
  }
}

async function untilProcessed({ databaseUrl }: BenchEnvironment, count: number): Promise<void> {
  const deadline = Date.now() + waitAtMostMs
  while (Date.now() < deadline) {
    const [row] = await query<{ count: string }>(
      databaseUrl,
      `SELECT count(*) FROM webhook_events WHERE state = 'processed'`,
    )
    if (Number(row?.count) >= count) return
    await delay(250)
  }
  throw new Error(`Not all of the ${count} events were processed within ${waitAtMostMs / 1_000} s.`)
}

/** Runs API and worker at a rate far below their limit, and measures how long an event waits to be applied. */
async function measureSteady(group: ProcessGroup, environment: BenchEnvironment): Promise<void> {
  const api = await startApi(group, environment)
  const bots = await query<{ id: string }>(environment.databaseUrl, 'SELECT meeting_baas_id AS id FROM meetings')
  const count = steadyPerSecond * steadySeconds
  const ids = bots.map(({ id }) => id)
  const made = makeWebhooks(count, ids).values()
  const next = () => ({ path: '/api/meetingbaas/webhooks', ...(made.next().value as SignedWebhook) })
  const startedAt = performance.now()
  const accepted = await sendSteadily({ url: api, next, count, perSecond: steadyPerSecond })
  const perSecond = accepted / ((performance.now() - startedAt) / 1_000)
  await untilProcessed(environment, events + accepted)
  const [row] = await query<{ p50: number; p95: number; p99: number; count: string }>(
    environment.databaseUrl,
    `SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS p50,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY ms) AS p95, percentile_cont(0.99) WITHIN GROUP (ORDER BY ms) AS p99
      FROM (SELECT extract(epoch FROM processed_at - received_at)::float8 * 1000 AS ms FROM webhook_events
        WHERE message_id LIKE 'msg_%') AS steady`,
  )
  const ms = (value: number | undefined) => value?.toFixed(1)
  console.log(
    `steady ${Math.round(perSecond)} events/s (${row?.count} events): received to applied ` +
      `p50 ${ms(row?.p50)} ms, p95 ${ms(row?.p95)} ms, p99 ${ms(row?.p99)} ms   goal p95 under 50 ms`,
  )
}
