import { createProcessGroup, type ProcessGroup } from './processes.ts'

type MainOptions = {
  /** For a script that is not done when it is interrupted, such as the demo. By custom 130. */
  interruptedExitCode?: number
}

/**
 * Runs the main function of a script that starts other programs, and ends this process with its result: 0, or 1 after
 * printing the message of the error. Nothing that the script started stays behind:
 *
 * - the first SIGINT or SIGTERM stops everything in order, the second ends everything at once;
 * - an error that nobody caught ends everything at once.
 *
 * It does not use close-with-grace, because the first signal must also end `main`, and every other end must kill what was
 * started.
 */
export async function runMain(
  main: (group: ProcessGroup) => Promise<void>,
  { interruptedExitCode = 0 }: MainOptions = {},
): Promise<never> {
  const group = createProcessGroup()
  process.once('exit', group.kill)
  process.once('uncaughtException', (error) => {
    console.error(error)
    process.exit(1)
  })
  const interrupted = firstSignal()
  let exitCode = 0
  try {
    exitCode = await Promise.race([
      main(group).then(() => 0),
      group.failed,
      interrupted.then(() => interruptedExitCode),
    ])
  } catch (error) {
    console.error(`\n${error instanceof Error ? error.message : error}`)
    exitCode = 1
  }
  await group.stop()
  process.exit(exitCode)
}

function firstSignal(): Promise<void> {
  return new Promise((resolve) => {
    let first = true
    const onSignal = () => {
      if (!first) process.exit(130)
      first = false
      console.log('\nStopping. Once more ends everything at once.')
      resolve()
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  })
}
