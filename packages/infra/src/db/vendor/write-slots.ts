import type { Urgency } from '@seer/core/jobs/urgency'
import { type Named, type Queries, statement } from '../statement.ts'
import { openSlotLine } from './slot-line.ts'
import type { Held } from './take-slot.ts'

const secondMs = 1_000
/** Times are kept in whole milliseconds. */
const roundingMs = 2
/** So many of the last answers tell how quick the vendor is. The first ones of a process are slow before they are sent. */
const answersKept = 50

/**
 * Slots for writes at the vendor, as many as it allows in a second, shared by all processes. A slot is held during a call
 * and free a second after its answer. A call has reached the vendor by the time it is answered, so however long it was on
 * its way, no second of the vendor's clock sees more calls than there are slots.
 *
 * Of the second, half of the time that the quickest recent answer took is taken off: that much lies between a call's
 * arrival and its answer.
 * @returns takes a slot, see slot-line.ts; the function that gives it back is to be called when the vendor has answered, or
 * will not. It throws PostponedError VENDOR_RATE_LIMITED when none is free for long
 */
export function openWriteSlots(pool: Queries, perSecond: number): (urgency: Urgency) => Promise<() => void> {
  const answers: number[] = []
  const line = openSlotLine(pool, perSecond)
  return async (urgency) => {
    const held = await line.wait(urgency)
    const takenAt = performance.now()
    return () => {
      answers.push(performance.now() - takenAt)
      if (answers.length > answersKept) answers.shift()
      // A slot that could not be given back is free when it is no longer held.
      const quickestMs = answers.length < answersKept ? 0 : Math.min(...answers)
      giveBack(pool, held, secondMs + roundingMs - quickestMs / 2).catch(() => {})
    }
  }
}

const putBack = statement(
  'limits-give-slot-back',
  (p: Named<Held & { freeInMs: number }>) => `
    UPDATE vendor_write_slots SET free_at = clock_timestamp() + ${p.freeInMs} * interval '1 millisecond'
    WHERE slot = ${p.slot} AND free_at = ${p.heldUntil}::timestamptz`,
)

async function giveBack(db: Queries, held: Held, freeInMs: number): Promise<void> {
  await putBack.count(db, { ...held, freeInMs })
}
