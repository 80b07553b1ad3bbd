import { RetryableError } from '@seer/core/basics/errors'

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
  const stop = () => controller.abort(new JobInterrupted(interrupt.reason === 'lock_lost' ? 'lock_lost' : 'shutdown'))
  if (interrupt.aborted) stop()
  interrupt.addEventListener('abort', stop, { once: true })
  const timeout = setTimeout(() => {
    const detail = `The job ran longer than ${timeoutMs} ms.`
    controller.abort(new RetryableError('JOB_TIMED_OUT', { detail, outcomeUnknown: true }))
  }, timeoutMs)
  const abandoned = rejectAfterAbort(controller.signal, unwindMs)
  try {
    return await Promise.race([work(controller.signal), abandoned.promise])
  } catch (error) {
    throw controller.signal.aborted ? controller.signal.reason : error
  } finally {
    clearTimeout(timeout)
    abandoned.cancel()
    interrupt.removeEventListener('abort', stop)
  }
}

function rejectAfterAbort(signal: AbortSignal, delayMs: () => number) {
  let timer: NodeJS.Timeout | undefined
  const promise = new Promise<never>((_, reject) => {
    const wait = () => {
      timer = setTimeout(() => reject(signal.reason), delayMs())
    }
    if (signal.aborted) wait()
    else signal.addEventListener('abort', wait, { once: true })
  })
  return { promise, cancel: () => clearTimeout(timer) }
}
