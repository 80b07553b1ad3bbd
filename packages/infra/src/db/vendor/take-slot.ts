import { type Urgency, urgency as urgencies } from '@seer/core/jobs/urgency'
import { type Named, type Queries, returns, statement } from '../statement.ts'

/** A slot and the end of its hold. The end also tells who holds it. */
export type Held = { slot: number; heldUntil: string }

/** Longer than any call (20 s). After this time the slot of a dead process is free. */
const heldMs = 30_000
/** A waiting process looks again at least every half second. A dead one holds others back no longer than this. */
const waitsMs = 1_200

const addSlots = statement(
  'limits-add-slots',
  (p: Named<{ count: number }>) => `
    INSERT INTO vendor_write_slots (slot, free_at) SELECT slot, now() FROM generate_series(0, ${p.count} - 1) AS slot
    ON CONFLICT DO NOTHING`,
  { isPrepared: false },
)

const forgetWaiters = statement(
  'limits-forget-waiters',
  () => `DELETE FROM vendor_write_waiters WHERE until < now() - interval '1 hour'`,
  { isPrepared: false },
)

/** Makes a row for each write that a second allows, and forgets waiting processes that are gone. */
export async function makeSlots(db: Queries, count: number): Promise<void> {
  await addSlots.count(db, { count })
  await forgetWaiters.count(db, {})
}

export type Attempt = {
  held: Held | null
  freeInMs: number
  pausedMs: number
  /** Somebody more urgent waits in another process. */
  isBehind: boolean
}

type Taking = { count: number; waiter: string; urgency: Urgency }
type TakingValues = Taking & { heldMs: number; waitsMs: number; urgencyTold: Urgency }

const take = statement(
  'limits-take-slot',
  (p: Named<TakingValues>) => `
  WITH pause AS (
    SELECT paused_until FROM vendor_limits WHERE name = 'writes' AND paused_until > clock_timestamp()),
  ahead AS (
    SELECT FROM vendor_write_waiters WHERE waiter <> ${p.waiter} AND urgency < ${p.urgency} AND until > clock_timestamp() LIMIT 1),
  free AS (
    SELECT slot FROM vendor_write_slots
    WHERE slot < ${p.count} AND free_at <= clock_timestamp() AND NOT EXISTS (SELECT FROM pause) AND NOT EXISTS (SELECT FROM ahead)
    ORDER BY free_at LIMIT 1 FOR UPDATE SKIP LOCKED),
  taken AS (
    UPDATE vendor_write_slots SET free_at = clock_timestamp() + ${p.heldMs} * interval '1 millisecond'
    FROM free WHERE vendor_write_slots.slot = free.slot
    RETURNING vendor_write_slots.slot, free_at::text AS "heldUntil"),
  told AS (
    INSERT INTO vendor_write_waiters (waiter, urgency, until)
    SELECT ${p.waiter}, ${p.urgency}, clock_timestamp() + ${p.waitsMs} * interval '1 millisecond' WHERE ${p.urgency} <= ${p.urgencyTold} AND NOT EXISTS (SELECT FROM taken)
    ON CONFLICT (waiter) DO UPDATE SET urgency = excluded.urgency, until = excluded.until),
  gone AS (
    DELETE FROM vendor_write_waiters WHERE waiter = ${p.waiter} AND EXISTS (SELECT FROM taken))
  SELECT (SELECT to_json(taken) FROM taken) AS held, EXISTS (SELECT FROM ahead) AS "isBehind",
    extract(epoch FROM (SELECT min(free_at) FROM vendor_write_slots WHERE slot < ${p.count}) - clock_timestamp())::float8
      * 1000 AS "freeInMs",
    coalesce(extract(epoch FROM (SELECT paused_until FROM pause) - clock_timestamp())::float8 * 1000, 0) AS "pausedMs"`,
  { returns: returns<Attempt>({ held: 'json', isBehind: 'boolean', freeInMs: 'float8', pausedMs: 'float8' }) },
)

/**
 * Takes a slot if one is free and nobody more urgent waits elsewhere. Tells other processes when somebody waits for it.
 */
export async function tryToTake(db: Queries, taking: Taking): Promise<Attempt> {
  return await take.only(db, { ...taking, heldMs, waitsMs, urgencyTold: urgencies.now })
}
