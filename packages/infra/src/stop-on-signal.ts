import closeWithGrace from 'close-with-grace'
import type { Logger } from './observe/logger.ts'

type Options = {
  log: Logger
  /** What has not stopped by then is cut off. */
  timeoutMs: number
  /** Finishes what was begun, and closes. */
  stop: () => Promise<void>
}

/**
 * Not for an orderly stop. An error that nobody caught, or a crash, leaves a state that nobody knows. The process ends at
 * once then, as Node does it, and its jobs come back as stalled.
 */
const notOrderly: closeWithGrace.AllEvents[] = [
  ...(['uncaughtException', 'unhandledRejection', 'beforeExit'] as const),
  ...(['SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGSEGV', 'SIGUSR2'] as const),
]

/**
 * SIGTERM, SIGINT, SIGHUP or SIGQUIT: stops in order and exits with 0, or with 1 when stopping has failed. A second signal,
 * or the deadline, exits with 1 at once.
 */
export function stopOnSignal({ log, timeoutMs, stop }: Options): void {
  const options = {
    delay: timeoutMs,
    skip: notOrderly,
    logger: { error: (error: unknown) => log.error({ err: error }, 'process.stop_failed') },
    onSecondSignal: (signal: string) => log.error({ signal }, 'process.stopped_at_once'),
    onTimeout: () => log.error({ timeoutMs }, 'process.stopped_with_unfinished_work'),
  }
  closeWithGrace(options, async ({ signal }) => {
    log.info({ signal }, 'process.stopping')
    await stop()
    log.info('process.stopped')
  })
}
