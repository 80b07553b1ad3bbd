import type { Logger } from '../observe/logger.ts'
import type { JobCatalog, JobNameOf, PayloadOf, SeerCatalog } from './job-catalog.ts'

/** What the runner tells a handler besides the payload. */
export type JobContext = {
  jobId: string
  /** From 1. */
  attempt: number
  attemptsMax: number
  /** Aborts when the job's time is up, its worker shuts down, or another worker has taken it over. */
  signal: AbortSignal
  /** Shows how far the job has come, on the job itself. Written at most a few times a second; the newest counts. */
  progress: (value: Record<string, number>) => void
  /** Carries the job's name and the ids of its payload. */
  log: Logger
}

/** What becomes of a job that is not tried any more. `left_to_sweep`: its row still owes the work, and a sweep starts it again. */
export type Fate = 'dead_letter' | 'left_to_sweep'

type Run<Payload> = (payload: Payload, context: JobContext) => Promise<unknown>

/**
 * The work of one job, usually one line: `({ meetingId }) => createBot(deps, { meetingId })`. What it returns is logged as
 * `result`, if it is a text, a number or a flat object. It may run again after it succeeded, and after a crash twice at a
 * time for a moment, so it must be safe to repeat.
 */
export type JobHandler<Payload> =
  | Run<Payload>
  | {
      run: Run<Payload>
      /**
       * Called once no further attempt will be made: the error is permanent or was the last one allowed. The job is a dead
       * letter then, unless this says otherwise.
       */
      exhausted?(payload: Payload, error: Error): Promise<Fate | void>
    }

/** One line per job of the catalog; a missing one does not compile. */
export type JobHandlers<C extends JobCatalog = SeerCatalog> = {
  readonly [Name in JobNameOf<C>]: JobHandler<PayloadOf<C, Name>>
}
