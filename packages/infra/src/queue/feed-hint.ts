import type { QueueBackend } from './backend/queue-backend.ts'

/**
 * Tells all processes that the log may have something newer, so that nobody has to ask every few milliseconds. It says
 * nothing else, and it may get lost: whoever listens also looks from time to time, and reads everything from the tables.
 */
export type FeedHint = {
  /** For after a commit. Returns at once, never throws, and sends at most ten hints a second. */
  send(): void
  /** Calls `onHint` after the hints of all processes. @returns a function that stops listening */
  listen(onHint: () => void): () => void
}

const shortestPauseMs = 100

/**
 * Sends hints through the store of the queue. BullMQ's `Relay` could do this, too. But so that no message is lost, it keeps
 * an inbox, a lease and a waiting connection for each process, also for those that only send.
 */
export function openFeedHint({ call, hints }: Pick<QueueBackend, 'call' | 'hints'>): FeedHint {
  let pause: NodeJS.Timeout | undefined
  let isOwed = false

  function send(): void {
    if (pause) {
      isOwed = true
      return
    }
    // Whoever listens finds out at their next look. The backend logs that its store is away.
    call(() => hints.publish()).catch(() => {})
    pause = setTimeout(endPause, shortestPauseMs).unref()
  }

  function endPause(): void {
    pause = undefined
    if (!isOwed) return
    isOwed = false
    send()
  }

  return { send, listen: hints.listen }
}
