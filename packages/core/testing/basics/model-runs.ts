/**
 * Runs a property as all model tests do. It prints the seed at the start, and a failure when it is found, before
 * shrinking. At a time limit it ends with what it has by then. Without this a failing model was once shrunk in silence
 * until the time-out of its test, and nobody learned what had failed.
 *
 * To repeat a run, write its seed into the options of the test.
 */
import fc from 'fast-check'
import { expect } from 'vitest'

export type ModelRuns = {
  /** How many inputs are tried; fewer if the time is up before. */
  runs?: number
  /** Time limit for tries and shrinking together. Well below the time-out of the test. */
  withinMs?: number
  /** Repeats a run. Default: a random seed. */
  seed?: number
  /** Prints a line. Default: to standard error. */
  tell?: (line: string) => void
}

type Property<Ts> = fc.IRawProperty<Ts, boolean>

/** @throws Error with seed, counterexample and its cause when the property does not hold */
export async function runModel<Ts>(property: Property<Ts>, options: ModelRuns = {}): Promise<void> {
  const { runs = 100, withinMs = 30_000, tell = (line) => process.stderr.write(`${line}\n`) } = options
  const name = expect.getState().currentTestName ?? 'model'
  const { seed = (Date.now() ^ (Math.random() * 2 ** 32)) | 0 } = options
  tell(`${name}: seed ${seed}`)
  const told = tellingFailures(property, (error) => tell(`${name}: seed ${seed} fails, shrinking: ${error}`))
  const limits = { seed, numRuns: runs, interruptAfterTimeLimit: withinMs }
  // The type does not know that a property may be one or the other.
  const details = await (fc.check(told as fc.IAsyncProperty<Ts>, limits) as Promise<fc.RunDetails<Ts>>)
  if (details.interrupted) tell(`${name}: the time was up after ${details.numRuns} of ${runs} runs`)
  if (!details.failed) return
  const why = details.errorInstance ? `\n${details.errorInstance}` : ''
  throw new Error(`${fc.defaultReportMessage(details)}${why}`, { cause: details.errorInstance })
}

/** The same property, but `tell` is called at once with the first failure. */
function tellingFailures<Ts>(property: Property<Ts>, tell: (error: string) => void): Property<Ts> {
  let isTold = false
  const hear = (failure: fc.PropertyFailure | fc.PreconditionFailure | null) => {
    if (failure && 'error' in failure && !isTold) {
      isTold = true
      tell(String(failure.error).split('\n').slice(0, 3).join(' '))
    }
    return failure
  }
  const told: Property<Ts> = Object.create(property)
  told.run = (value) => {
    const outcome = property.run(value)
    return outcome instanceof Promise ? outcome.then(hear) : hear(outcome)
  }
  return told
}
