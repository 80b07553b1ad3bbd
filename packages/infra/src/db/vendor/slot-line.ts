import { randomUUID } from 'node:crypto'
import { PostponedError } from '@seer/core/basics/errors'
import { type Urgency, urgency as urgencies } from '@seer/core/jobs/urgency'
import type { Queries } from '../statement.ts'
import { type Held, makeSlots, tryToTake } from './take-slot.ts'

/** Who has waited that long is put back, and its worker does something else. */
const longestWaitMs = { awaited: 15_000, others: 5_000 }
const soonestAgainMs = 1_000
/** A slot that is given back from now on is free later than that, so nobody has to look sooner for it. */
const lookAgainMs = 500
/** A slot is free, but somebody in another process goes first: it is taken in a moment. */
const letPassMs = 20

type Waiting = {
  urgency: Urgency
  until: number
  resolve: (held: Held) => void
  reject: (error: unknown) => void
}

/**
 * The line for slots in one process: the most urgent one that waits gets the next slot, of equals who came first. One query
 * at a time looks for all of them, so that many who wait do not ask the database all at once. For whom somebody waits
 * (`urgency.now` or less) the look is told to the other processes, and they let that one pass.
 */
export function openSlotLine(pool: Queries, count: number): { wait(urgency: Urgency): Promise<Held> } {
  const waiter = randomUUID()
  const line: Waiting[] = []
  let isServing = false
  let made: Promise<unknown> | null = null
  let wake = () => {}

  async function serve(): Promise<void> {
    isServing = true
    // Never rejects: what fails is told to the one for whom it was tried.
    for (let first = line[0]; first; first = line[0]) await serveFirst(first)
    isServing = false
  }

  async function serveFirst(first: Waiting): Promise<void> {
    try {
      made ??= makeSlots(pool, count)
      await made.catch((error: unknown) => {
        made = null
        throw error
      })
      const { held, freeInMs, pausedMs, isBehind } = await tryToTake(pool, { count, waiter, urgency: first.urgency })
      // Whoever came meanwhile and is more urgent gets it.
      if (held) return line.shift()?.resolve(held)
      const waitMs = Math.max(isBehind ? letPassMs : 1, pausedMs, Math.min(freeInMs, lookAgainMs))
      putBack(line, waitMs)
      if (line.length > 0) await restFor(waitMs)
    } catch (error) {
      line.splice(line.indexOf(first), 1)
      first.reject(error)
    }
  }

  /** Cut short by whoever is more urgent than all others: others must hear of it. */
  async function restFor(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      wake = resolve
      setTimeout(resolve, ms)
    })
  }

  return {
    wait: (urgency) =>
      new Promise((resolve, reject) => {
        const waitMs = urgency <= urgencies.now ? longestWaitMs.awaited : longestWaitMs.others
        const behind = line.findIndex((other) => other.urgency > urgency)
        line.splice(behind < 0 ? line.length : behind, 0, {
          urgency,
          until: performance.now() + waitMs,
          resolve,
          reject,
        })
        if (!isServing) void serve()
        else if (behind === 0) wake()
      }),
  }
}

/** Those who would have waited too long by the next look, so that their workers do something else. */
function putBack(line: Waiting[], waitMs: number): void {
  const until = performance.now() + waitMs
  const tooLate = line.filter((waiting) => waiting.until < until)
  for (const waiting of tooLate) {
    line.splice(line.indexOf(waiting), 1)
    waiting.reject(
      new PostponedError('VENDOR_RATE_LIMITED', {
        delayMs: Math.max(waitMs, soonestAgainMs),
        detail: 'Writes to Meeting BaaS wait for their turn under MEETINGBAAS_WRITES_PER_SECOND.',
      }),
    )
  }
}
