import type { ClosedCode, ProviderLimits } from '@seer/core/bots/provider-limits'
import { PostponedError } from '@seer/core/errors'
import type pg from 'pg'
import { type DatabaseClock, openDatabaseClock } from './database-clock.ts'
import { meetPlace, usedShare } from './meet-place.ts'

/** A place that is free at once is this far away, so that the database's answer is here before it. */
const leadMs = 30

/**
 * The vendor limiter in Postgres: one row holds the time of the next free write, and taking a place moves it on by the
 * interval between two writes. Every process shares the row, whatever the queue runs on, and writes are spaced evenly,
 * so that no second of the vendor's clock sees more than the rate allows (docs/adr/0004).
 */
export function openProviderLimits(pool: pg.Pool, writesPerSecond: number): ProviderLimits {
  const intervalMs = 1_000 / (writesPerSecond * usedShare)
  const clock = openDatabaseClock()
  return {
    async takeWriteSlot(kind) {
      if (kind === 'create') await refuseWhilePaused(pool)
      await meetPlace((furthestMs) => reserve(pool, clock, { intervalMs, furthestMs }))
    },
    pauseWrites: ({ delayMs, reason }) => pause(pool, 'writes', delayMs, reason),
    pauseCreates: ({ delayMs, reason, code }) => pause(pool, 'creates', delayMs, reason, code),
    async pauses() {
      const { rows } = await pool.query(
        `SELECT name AS kind, paused_until AS until, pause_reason AS reason FROM provider_limits
          WHERE paused_until > now() ORDER BY name`,
      )
      return rows
    },
  }
}

async function refuseWhilePaused(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ delayMs: number; reason: string; code: ClosedCode | null }>({
    name: 'limits-creates-paused',
    text: `SELECT extract(epoch FROM paused_until - now())::float8 * 1000 AS "delayMs", pause_reason AS reason,
        pause_code AS code
      FROM provider_limits WHERE name = 'creates' AND paused_until > now()`,
  })
  if (!rows[0]) return
  const { delayMs, reason: detail, code } = rows[0]
  throw new PostponedError(code ?? 'PROVIDER_DAILY_CAP', { delayMs, detail })
}

type Place = { place: number; shown: number }

/** Takes the next free place and says when it is, by our clock. */
async function reserve(
  pool: pg.Pool,
  clock: DatabaseClock,
  { intervalMs, furthestMs }: { intervalMs: number; furthestMs: number },
): Promise<number> {
  const asked = performance.now()
  const { rows } = await pool.query<Place>({
    name: 'limits-reserve',
    text: `INSERT INTO provider_limits (name, next_at)
      VALUES ('writes', clock_timestamp() + ($1::float8 + $2::float8) * interval '1 millisecond')
      ON CONFLICT (name) DO UPDATE SET
        next_at = greatest(provider_limits.next_at, provider_limits.paused_until,
          clock_timestamp() + $2 * interval '1 millisecond') + $1 * interval '1 millisecond'
      WHERE greatest(provider_limits.next_at, provider_limits.paused_until)
        <= clock_timestamp() + $3 * interval '1 millisecond'
      RETURNING extract(epoch FROM next_at)::float8 * 1000 - $1 AS place,
        extract(epoch FROM clock_timestamp())::float8 * 1000 AS shown`,
    values: [intervalMs, leadMs, furthestMs],
  })
  const answered = performance.now()
  if (rows[0]) return clock.toOurs(rows[0].place, { shown: rows[0].shown, asked, answered })
  // So long all places are taken: whoever comes back then leaves none empty.
  throw new PostponedError('PROVIDER_RATE_LIMITED', {
    delayMs: Math.max(0, furthestMs),
    detail: 'Writes to Meeting BaaS wait for their turn under MEETINGBAAS_WRITES_PER_SECOND.',
  })
}

async function pause(
  pool: pg.Pool,
  name: 'writes' | 'creates',
  delayMs: number,
  reason: string,
  code: ClosedCode | null = null,
): Promise<void> {
  await pool.query(
    `INSERT INTO provider_limits (name, next_at, paused_until, pause_reason, pause_code)
      VALUES ($1, now(), now() + $2 * interval '1 millisecond', $3, $4)
      ON CONFLICT (name) DO UPDATE SET pause_reason = $3, pause_code = $4,
        paused_until = greatest(provider_limits.paused_until, excluded.paused_until)`,
    [name, delayMs, reason, code],
  )
}
