import { RetryableError } from '@seer/core/basics/errors'
import { endsWithin, within } from '../../within.ts'

/** The worker took the job away from its handler. The handler has not failed. */
export class JobInterrupted extends Error {
  override name = 'JobInterrupted'
  readonly why: 'shutdown' | 'lock_lost'

  constructor(why: 'shutdown' | 'lock_lost') {
    super(why === 'shutdown' ? 'The worker shuts down.' : 'Another worker has taken over the job.')
    this.why = why
  }
}

export type Limits = {
  timeoutMs: number
  /** Aborts with the reason `shutdown` or `lock_lost`. */
  interrupt: AbortSignal
  /** How long an aborted handler may take to end by itself before it is left behind. Read when it is aborted. */
  unwindMs: () => number
}

/**
 * Runs a handler with a signal that aborts when its time is up or the run is interrupted. If the handler completes
 * anyway, its result counts. Otherwise the reason of the abort is thrown, not the error that the abort caused.
 *
 * @throws RetryableError JOB_TIMED_OUT, JobInterrupted, or what the handler throws
 */
export async function runLimited<T>(work: (signal: AbortSignal) => Promise<T>, limits: Limits): Promise<T> {
  const { timeoutMs, interrupt, unwindMs } = limits
  const controller = new AbortController()
  if (interrupt.aborted) controller.abort(interruptionOf(interrupt))
  const running = work(controller.signal)
  const interruption = untilAborted(interrupt)
  const inTime = await endsWithin(timeoutMs, Promise.race([running, interruption.promise]))
  interruption.cancel()
  if (inTime && !interrupt.aborted) return await running
  const detail = `The job ran longer than ${timeoutMs} ms.`
  const tooLate = () => new RetryableError('JOB_TIMED_OUT', { detail, outcomeUnknown: true })
  controller.abort(interrupt.aborted ? interruptionOf(interrupt) : tooLate())
  const { signal } = controller
  return await within(unwindMs(), running, () => signal.reason).catch(() => Promise.reject(signal.reason))
}

const interruptionOf = ({ reason }: AbortSignal) =>
  new JobInterrupted(reason === 'lock_lost' ? 'lock_lost' : 'shutdown')

function untilAborted(signal: AbortSignal) {
  let onAbort: () => void = () => {}
  const promise = new Promise<void>((resolve) => {
    onAbort = resolve
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
  return { promise, cancel: () => signal.removeEventListener('abort', onAbort) }
}
