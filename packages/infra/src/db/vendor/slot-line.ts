import { randomUUID } from 'node:crypto'
import { PostponedError } from '@seer/core/basics/errors'
import { type Urgency, urgency as urgencies } from '@seer/core/jobs/urgency'
import type { Queries } from '../statement.ts'
import { type Held, makeSlots, tryToTake } from './take-slot.ts'

/** After this wait a write is postponed, and its worker does something else. */
const longestWaitMs = { awaited: 15_000, others: 5_000 }
const soonestAgainMs = 1_000
/** A slot that is given back now is free only later than this, so nobody has to look sooner. */
const lookAgainMs = 500
/** How long to wait when a slot is free but somebody in another process goes first. */
const letPassMs = 20

type Waiting = {
  urgency: Urgency
  until: number
  resolve: (held: Held) => void
  reject: (error: unknown) => void
}

/**
 * The line for slots in one process. The most urgent gets the next slot; of equals, the first who came. One query at a
 * time looks for all of them, so that many do not ask the database at once. When somebody waits for a write
 * (`urgency.now` or less), the query tells the other processes, and they let it pass.
 */
export function openSlotLine(pool: Queries, count: number): { wait(urgency: Urgency): Promise<Held> } {
  const waiter = randomUUID()
  const line: Waiting[] = []
  let isServing = false
  let made: Promise<unknown> | null = null
  let wake = () => {}

  async function serve(): Promise<void> {
    isServing = true
    // Never rejects. An error goes to the one for whom the slot was tried.
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
      // If somebody more urgent came meanwhile, that one gets the slot.
      if (held) return line.shift()?.resolve(held)
      const waitMs = Math.max(isBehind ? letPassMs : 1, pausedMs, Math.min(freeInMs, lookAgainMs))
      putBack(line, waitMs)
      if (line.length > 0) await restFor(waitMs)
    } catch (error) {
      line.splice(line.indexOf(first), 1)
      first.reject(error)
    }
  }

  /** Rests. Somebody who is more urgent than all others ends the rest, because the other processes must hear of it. */
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

/** Postpones those who will have waited too long by the next look, so that their workers do something else. */
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
