import { setTimeout as sleep } from 'node:timers/promises'
import type { ClosedCode, ProviderLimits } from '@seer/core/bots/provider-limits'
import { PostponedError } from '@seer/core/errors'
import type pg from 'pg'

/** A place further away than this is not waited for: the job is put back and its worker does something else. */
const longestWaitMs = 15_000

/**
 * The share of the allowed rate that is used. Requests reach the vendor a few milliseconds earlier or later than their
 * place says; without slack, its second would now and then see one too many.
 */
const usedShare = 0.97

/**
 * The vendor limiter in Postgres: one row holds the time of the next free write, and taking a place moves it on by the
 * interval between two writes. Every process shares the row, whatever the queue runs on, and writes are spaced evenly,
 * so that no second of the vendor's clock sees more than the rate allows (docs/adr/0004).
 */
export function openProviderLimits(pool: pg.Pool, writesPerSecond: number): ProviderLimits {
  const intervalMs = 1_000 / (writesPerSecond * usedShare)
  return {
    async takeWriteSlot(kind) {
      if (kind === 'create') await refuseWhilePaused(pool)
      const waitMs = await reserve(pool, intervalMs)
      if (waitMs > 0) await sleep(waitMs)
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

/** Takes the next free place and says how far away it is, in milliseconds. */
async function reserve(pool: pg.Pool, intervalMs: number): Promise<number> {
  const { rows } = await pool.query<{ waitMs: number }>({
    name: 'limits-reserve',
    text: `INSERT INTO provider_limits (name, next_at)
      VALUES ('writes', clock_timestamp() + $1 * interval '1 millisecond')
      ON CONFLICT (name) DO UPDATE SET
        next_at = greatest(provider_limits.next_at, provider_limits.paused_until, clock_timestamp())
          + $1 * interval '1 millisecond'
      WHERE greatest(provider_limits.next_at, provider_limits.paused_until)
        <= clock_timestamp() + $2 * interval '1 millisecond'
      RETURNING extract(epoch FROM next_at - clock_timestamp())::float8 * 1000 - $1 AS "waitMs"`,
    values: [intervalMs, longestWaitMs],
  })
  if (rows[0]) return rows[0].waitMs
  throw new PostponedError('PROVIDER_RATE_LIMITED', {
    delayMs: longestWaitMs,
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
