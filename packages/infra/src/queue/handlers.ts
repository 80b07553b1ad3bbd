import type { Logger } from '../observe/logger.ts'
import type { JobCatalog, JobNameOf, PayloadOf, SeerCatalog } from './job-catalog.ts'

/** What the runner gives a handler besides the payload. */
export type JobContext = {
  jobId: string
  /** Counts from 1. */
  attempt: number
  attemptsMax: number
  /** Aborts when the job's time is up, its worker shuts down, or another worker has taken the job. */
  signal: AbortSignal
  /** Shows on the job itself how far it has come. Written a few times a second; the newest value counts. */
  progress: (value: Record<string, number>) => void
  /** Adds the job's name and the ids in its payload to each line. */
  log: Logger
}

/**
 * What becomes of a job after its last attempt. `left_to_sweep`: its row still owes the work, and a sweep starts it
 * again.
 */
export type Fate = 'dead_letter' | 'left_to_sweep'

type Run<Payload> = (payload: Payload, context: JobContext) => Promise<unknown>

/**
 * The work of one job, usually one line: `({ meetingId }) => createBot(deps, { meetingId })`. The return value is
 * logged as `result` if it is a text, a number or a flat object. A job may run again after it succeeded. After a crash,
 * two runs may overlap for a moment. So a handler must be safe to repeat.
 */
export type JobHandler<Payload> =
  | Run<Payload>
  | {
      run: Run<Payload>
      /**
       * Called after the last attempt: the error is permanent, or no attempt is left. The job becomes a dead letter
       * unless this returns something else.
       */
      exhausted?(payload: Payload, error: Error): Promise<Fate | void>
    }

/** A handler for each job of the catalog. A missing one does not compile. */
export type JobHandlers<C extends JobCatalog = SeerCatalog> = {
  readonly [Name in JobNameOf<C>]: JobHandler<PayloadOf<C, Name>>
}
