import type { JobName } from './catalog.ts'

/** What the last run of a repeatable task did; all null until it ran once. Times are ours. */
export type SchedulerTaskRun = {
  name: string
  lastStartedAt: Date | null
  lastFinishedAt: Date | null
  lastDurationMs: number | null
  lastOutcome: 'ok' | 'failed' | null
  /** The newest error, kept after later successes; `lastErrorAt` says how old it is. */
  lastError: string | null
  lastErrorAt: Date | null
}

export interface SchedulerTaskStore {
  recordStart(name: JobName, at: Date): Promise<void>
  recordFinish(name: JobName, run: { at: Date; durationMs: number; error: string | null }): Promise<void>
  list(): Promise<SchedulerTaskRun[]>
}
