import { PostponedError } from '@seer/core/basics/errors'
import type { ClosedCode, VendorLimits } from '@seer/core/vendor/vendor-limits'
import type pg from 'pg'
import { type Named, returns, statement } from '../statement.ts'
import { openWriteSlots } from './write-slots.ts'

/** The vendor limiter in Postgres. All processes share it, whatever the queue runs on (docs/adr/0004). */
export function openVendorLimits(pool: pg.Pool, writesPerSecond: number): VendorLimits {
  const takeSlot = openWriteSlots(pool, writesPerSecond)
  return {
    async takeWriteSlot(kind, urgency) {
      if (kind === 'create') await refuseWhilePaused(pool)
      return await takeSlot(urgency)
    },
    pauseWrites: async ({ delayMs, reason }) => {
      await pause.count(pool, { name: 'writes', delayMs, reason, code: null })
    },
    pauseCreates: async ({ delayMs, reason, code }) => {
      await pause.count(pool, { name: 'creates', delayMs, reason, code })
    },
    pauses: () => pauses.all(pool, {}),
  }
}

type Pause = Awaited<ReturnType<VendorLimits['pauses']>>[number]

const pauses = statement(
  'limits-pauses',
  () => `SELECT name AS kind, paused_until AS until, pause_reason AS reason, pause_code AS code FROM vendor_limits
    WHERE paused_until > now() ORDER BY name`,
  {
    returns: returns<Pause>({ kind: 'text', until: 'timestamptz', reason: 'text', code: 'text' }),
    isPrepared: false,
  },
)

type CreatesPause = { delayMs: number; reason: string; code: ClosedCode | null }

const createsPaused = statement(
  'limits-creates-paused',
  () => `SELECT extract(epoch FROM paused_until - now())::float8 * 1000 AS "delayMs", pause_reason AS reason,
      pause_code AS code
    FROM vendor_limits WHERE name = 'creates' AND paused_until > now()`,
  { returns: returns<CreatesPause>({ delayMs: 'float8', reason: 'text', code: 'text' }) },
)

async function refuseWhilePaused(pool: pg.Pool): Promise<void> {
  const paused = await createsPaused.first(pool, {})
  if (!paused) return
  const { delayMs, reason: detail, code } = paused
  throw new PostponedError(code ?? 'VENDOR_DAILY_CAP', { delayMs, detail })
}

type NewPause = { name: Pause['kind']; delayMs: number; reason: string; code: ClosedCode | null }

const pause = statement(
  'limits-pause',
  (p: Named<NewPause>) => `
    INSERT INTO vendor_limits (name, next_at, paused_until, pause_reason, pause_code)
    VALUES (${p.name}, now(), now() + ${p.delayMs} * interval '1 millisecond', ${p.reason}, ${p.code})
    ON CONFLICT (name) DO UPDATE SET pause_reason = ${p.reason}, pause_code = ${p.code},
      paused_until = greatest(vendor_limits.paused_until, excluded.paused_until)`,
  { isPrepared: false },
)
