import { fanOut } from '@seer/core/log/deliveries/fan-out'
import type { Logger } from '@seer/infra/observe/logger'
import type { FeedHint } from '@seer/infra/queue/feed-hint'

type Options = {
  deps: Parameters<typeof fanOut>[0]
  hints: Pick<FeedHint, 'listen'>
  log: Logger
  /** For tests. */
  everyMs?: number
}

/** Hints may get lost, and retries are due at times of their own. A look costs a few indexed queries. */
const lookEveryMs = 1_000

/**
 * Makes deliveries of new events and starts the jobs of due endpoints: after each hint that the log has something newer, and
 * every second.
 * @returns ends it, when the pass that is going on is done
 */
export function keepFanningOut({ deps, hints, log, everyMs = lookEveryMs }: Options): () => Promise<void> {
  let running: Promise<void> | null = null
  let isAsked = false
  let isFailing = false

  async function pass(): Promise<void> {
    do {
      isAsked = false
      try {
        await fanOut(deps)
        isFailing = false
      } catch (error) {
        // The database is away. One line until it is back; the next look tries again.
        if (!isFailing) log.warn({ err: error }, 'deliveries.fan_out_failed')
        isFailing = true
      }
    } while (isAsked && !isFailing)
  }

  function look(): void {
    isAsked = true
    running ??= pass().finally(() => {
      running = null
    })
  }

  const stopListening = hints.listen(look)
  const timer = setInterval(look, everyMs)
  look()
  return async () => {
    clearInterval(timer)
    stopListening()
    isAsked = false
    await running
  }
}
