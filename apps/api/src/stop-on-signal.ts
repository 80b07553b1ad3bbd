import type { Logger } from '@seer/infra/observe/logger'

type Options = {
  log: Logger
  /** For all steps together. What is not finished by then is cut off. */
  timeoutMs: number
  onSignal: () => void
  /** Run one after the other, all of them even when one fails. */
  steps: (() => Promise<unknown>)[]
}

const signals = { SIGINT: 2, SIGTERM: 15 } as const

/** SIGTERM or SIGINT: finish what was begun, close, exit 0. A second signal, or the deadline, exits at once. */
export function stopOnSignal({ log, timeoutMs, onSignal, steps }: Options): void {
  let isStopping = false
  for (const [signal, number] of Object.entries(signals)) {
    process.on(signal, () => {
      // The convention of shells for a program that a signal ended.
      if (isStopping) process.exit(128 + number)
      isStopping = true
      log.info({ signal }, 'process.stopping')
      onSignal()
      const deadline = setTimeout(() => {
        log.error({ timeoutMs }, 'process.stopped_with_unfinished_work')
        process.exit(1)
      }, timeoutMs)
      void runAll(steps, log).then((failures) => {
        clearTimeout(deadline)
        log.info('process.stopped')
        process.exit(failures === 0 ? 0 : 1)
      })
    })
  }
}

async function runAll(steps: Options['steps'], log: Logger): Promise<number> {
  let failures = 0
  for (const step of steps) {
    await step().catch((error: unknown) => {
      failures += 1
      log.error({ err: error }, 'process.step_failed')
    })
  }
  return failures
}
