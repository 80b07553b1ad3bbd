import { setTimeout as sleep } from 'node:timers/promises'
import { PostponedError } from '@seer/core/errors'
import type pg from 'pg'

/** Who has waited that long is put back, and its worker does something else. */
const longestWaitMs = 15_000
/** Longer than any call (20 s). The slot of a process that died is free then. */
const heldMs = 30_000
const secondMs = 1_000
/** Times are kept in whole milliseconds. */
const roundingMs = 2
/** A slot that is given back from now on is free later than that, so nobody has to look sooner for it. */
const lookAgainMs = 500
/** So many of the last answers tell how quick the vendor is. The first ones of a process are slow before they are sent. */
const answersKept = 50

type Queries = Pick<pg.Pool, 'query'>

/** A slot and until when it is held, which tells whose it is. */
type Held = { slot: number; heldUntil: string }

/**
 * Slots for writes at the vendor, as many as it allows in a second, shared by all processes. A slot is held during a call
 * and free a second after its answer. A call has reached the vendor by the time it is answered, so however long it was on
 * its way, no second of the vendor's clock sees more calls than there are slots.
 *
 * Of the second, half of the time that the quickest recent answer took is taken off: that much lies between a call's
 * arrival and its answer.
 * @returns takes a slot; the function that gives it back is to be called when the vendor has answered, or will not.
 * It throws PostponedError PROVIDER_RATE_LIMITED when none is free for long
 */
export function openWriteSlots(pool: Queries, perSecond: number): () => Promise<() => void> {
  const answers: number[] = []
  let made: Promise<unknown> | null = null
  let queue: Promise<unknown> = Promise.resolve()

  async function take(enteredAt: number): Promise<() => void> {
    made ??= makeSlots(pool, perSecond)
    await made.catch((error: unknown) => {
      made = null
      throw error
    })
    const held = await waitForSlot(pool, perSecond, enteredAt + longestWaitMs)
    const takenAt = performance.now()
    return () => {
      answers.push(performance.now() - takenAt)
      if (answers.length > answersKept) answers.shift()
      // A slot that could not be given back is free when it is no longer held.
      const quickestMs = answers.length < answersKept ? 0 : Math.min(...answers)
      giveBack(pool, held, secondMs + roundingMs - quickestMs / 2).catch(() => {})
    }
  }

  return () => {
    // One of a process looks for a slot at a time, so that many who wait do not ask the database all at once.
    const enteredAt = performance.now()
    const mine = queue.then(() => take(enteredAt))
    queue = mine.catch(() => {})
    return mine
  }
}

async function makeSlots(pool: Queries, count: number): Promise<void> {
  await pool.query(
    `INSERT INTO provider_write_slots (slot, free_at) SELECT slot, now() FROM generate_series(0, $1 - 1) AS slot
      ON CONFLICT DO NOTHING`,
    [count],
  )
}

async function waitForSlot(pool: Queries, count: number, until: number): Promise<Held> {
  for (;;) {
    const { held, freeInMs, pausedMs } = await tryToTake(pool, count)
    if (held) return held
    const waitMs = Math.max(1, pausedMs, Math.min(freeInMs, lookAgainMs))
    if (performance.now() + waitMs > until) throw tooFarAway(waitMs)
    await sleep(waitMs)
  }
}

function tooFarAway(waitMs: number): PostponedError {
  return new PostponedError('PROVIDER_RATE_LIMITED', {
    delayMs: Math.max(waitMs, secondMs),
    detail: 'Writes to Meeting BaaS wait for their turn under MEETINGBAAS_WRITES_PER_SECOND.',
  })
}

type Attempt = { held: Held | null; freeInMs: number; pausedMs: number }

const takeText = `
  WITH pause AS (
    SELECT paused_until FROM provider_limits WHERE name = 'writes' AND paused_until > clock_timestamp()),
  free AS (
    SELECT slot FROM provider_write_slots
    WHERE slot < $1 AND free_at <= clock_timestamp() AND NOT EXISTS (SELECT FROM pause)
    ORDER BY free_at LIMIT 1 FOR UPDATE SKIP LOCKED),
  taken AS (
    UPDATE provider_write_slots SET free_at = clock_timestamp() + $2 * interval '1 millisecond'
    FROM free WHERE provider_write_slots.slot = free.slot
    RETURNING provider_write_slots.slot, free_at::text AS "heldUntil")
  SELECT (SELECT to_json(taken) FROM taken) AS held,
    extract(epoch FROM (SELECT min(free_at) FROM provider_write_slots WHERE slot < $1) - clock_timestamp())::float8
      * 1000 AS "freeInMs",
    coalesce(extract(epoch FROM (SELECT paused_until FROM pause) - clock_timestamp())::float8 * 1000, 0) AS "pausedMs"`

async function tryToTake(pool: Queries, count: number): Promise<Attempt> {
  const values = [count, heldMs]
  const { rows } = await pool.query<Attempt>({ name: 'limits-take-slot', text: takeText, values })
  return rows[0] as Attempt
}

async function giveBack(pool: Queries, { slot, heldUntil }: Held, freeInMs: number): Promise<void> {
  await pool.query({
    name: 'limits-give-slot-back',
    text: `UPDATE provider_write_slots SET free_at = clock_timestamp() + $3 * interval '1 millisecond'
      WHERE slot = $1 AND free_at = $2::timestamptz`,
    values: [slot, heldUntil, freeInMs],
  })
}
