import type { Urgency } from '@seer/core/jobs/urgency'
import { type Named, type Queries, statement } from '../statement.ts'
import { openSlotLine } from './slot-line.ts'
import type { Held } from './take-slot.ts'

const secondMs = 1_000
/** Times are kept in whole milliseconds. */
const roundingMs = 2
/** How many of the last answers are used to see how fast the vendor is. The first ones of a process are slow. */
const answersKept = 50

/**
 * Slots for writes at the vendor, as many as it allows in a second, shared by all processes. A slot is held during a
 * call and free a second after its answer. By its answer, a call has reached the vendor. So however long a call was on
 * its way, no second of the vendor's clock has more calls than there are slots.
 *
 * Half the time of the fastest recent answer is subtracted from the second, because that much lies between the arrival
 * of a call and its answer.
 * @returns takes a slot, see slot-line.ts. Call the function that it returns when the vendor has answered, or will not.
 * It throws PostponedError VENDOR_RATE_LIMITED when no slot is free for long
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
      // A slot that could not be given back becomes free when its hold ends.
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
