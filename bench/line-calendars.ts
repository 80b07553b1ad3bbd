import { setTimeout as delay } from 'node:timers/promises'
import type { Database } from '@seer/infra/db/open-db'
import { createLogger } from '@seer/infra/observe/logger'
import { openQueue } from '@seer/infra/queue/open-queue'
import { openVendorCalendars } from '@seer/infra/vendor/v2/open-vendor-calendars'
import { connectCalendars } from './connected-calendars.ts'
import { type LineBench, untilRow } from './line-bench.ts'
import { percentiles } from './load.ts'
import { type BenchSandbox, sandboxApiKey } from './sandbox.ts'

const calendars = 10_000
const eventsPerCalendar = 5
const calendarsPerUser = 2
const setups = 30
const setupsApartMs = 1_000
const goalMs = 1_000

/**
 * Connects calendars that nobody has asked to read yet. They belong to many users, as in any company, because after a
 * sync Seer plans the recordings of one user.
 */
export async function seedCalendars(sandbox: BenchSandbox, db: Database): Promise<void> {
  await sandbox.control('POST', '/calendars/seed', { calendars, eventsPerCalendar })
  const owners = await addUsers(db, calendars / calendarsPerUser)
  let next = 0
  const vendor = openVendorCalendars({ apiKey: sandboxApiKey, baseUrl: sandbox.url, oauthClients: {} })
  try {
    const connected = await connectCalendars({ db, vendor }, () => owners[next++ % owners.length] as string)
    await db.pool.query(`UPDATE calendar_integrations SET next_sync_at = now() + interval '1 hour'`)
    console.log(`${connected} calendars with ${eventsPerCalendar} events each`)
  } finally {
    await vendor.close()
  }
}

async function addUsers(db: Database, count: number): Promise<string[]> {
  const { rows } = await db.pool.query<{ id: string }>(
    `INSERT INTO users (id, name) SELECT id, id::text FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, $1)) AS made
      RETURNING id`,
    [count],
  )
  return rows.map(({ id }) => id)
}

/**
 * Connects new calendars while all others are due to be read, and while the bookings still wait for the vendor's rate.
 */
export async function measureSetups({ api, db, environment }: LineBench): Promise<void> {
  const { redisUrl, redisPrefix: prefix, databaseUrl } = environment
  const log = createLogger({ level: 'warn', name: 'bench' })
  const queue = openQueue({ redisUrl: redisUrl ?? undefined, prefix, databaseUrl, log })
  const [answered, read]: [number[], number[]] = [[], []]
  try {
    await db.pool.query('UPDATE calendar_integrations SET next_sync_at = now()')
    await queue.enqueue('sync-calendars', {})
    await delay(setupsApartMs)
    for (let i = 0; i < setups; i++) {
      const startedAt = performance.now()
      const setup = JSON.stringify({ provider: 'google', refreshToken: `newcomer-${i}@line.test` })
      const { id } = await api<{ id: string }>('POST', '/calendar/setup', setup)
      answered.push(performance.now() - startedAt)
      await untilRow(db, 'calendar_integrations', id, 'last_synced_at IS NOT NULL')
      read.push(performance.now() - startedAt)
      await delay(setupsApartMs)
    }
    const counts = await queue.counts()
    const waiting = counts.find((each) => each.queue === 'calendars')?.waiting
    console.log(`calendars that still wait:        ${waiting} of ${calendars}`)
  } finally {
    await queue.close()
  }
  console.log(`setup, until it is answered:      ${percentiles(answered)}   goal ${goalMs} ms`)
  console.log(`setup, until its events are here: ${percentiles(read)}`)
}
