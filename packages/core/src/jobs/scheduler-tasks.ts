import type { JobName } from './catalog.ts'

/** The last run of a repeatable task. All fields are null until its first run. Times are by our clock. */
export type SchedulerTaskRun = {
  name: string
  lastStartedAt: Date | null
  lastFinishedAt: Date | null
  lastDurationMs: number | null
  lastOutcome: 'ok' | 'failed' | null
  /** The newest error, kept even after later successes. `lastErrorAt` says how old it is. */
  lastError: string | null
  lastErrorAt: Date | null
}

/** The last run of each job that the scheduler starts, for `GET /scheduler/status`. */
export interface SchedulerTaskStore {
  recordStart(name: JobName, at: Date): Promise<void>
  recordFinish(name: JobName, run: { at: Date; durationMs: number; error: string | null }): Promise<void>
  list(): Promise<SchedulerTaskRun[]>
}
