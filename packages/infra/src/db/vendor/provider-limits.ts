import { PostponedError } from '@seer/core/basics/errors'
import type { ClosedCode, ProviderLimits } from '@seer/core/vendor/provider-limits'
import type pg from 'pg'
import { openWriteSlots } from './write-slots.ts'

/** The vendor limiter in Postgres, which every process shares, whatever the queue runs on (docs/adr/0004). */
export function openProviderLimits(pool: pg.Pool, writesPerSecond: number): ProviderLimits {
  const takeSlot = openWriteSlots(pool, writesPerSecond)
  return {
    async takeWriteSlot(kind, urgency) {
      if (kind === 'create') await refuseWhilePaused(pool)
      return await takeSlot(urgency)
    },
    pauseWrites: ({ delayMs, reason }) => pause(pool, 'writes', delayMs, reason),
    pauseCreates: ({ delayMs, reason, code }) => pause(pool, 'creates', delayMs, reason, code),
    async pauses() {
      const { rows } = await pool.query(
        `SELECT name AS kind, paused_until AS until, pause_reason AS reason, pause_code AS code FROM provider_limits
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
