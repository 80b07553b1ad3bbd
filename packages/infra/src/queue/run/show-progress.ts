import type { Job } from 'bullmq'
import type { Logger } from '../../observe/logger.ts'
import { messageOf } from '../backend/store-errors.ts'
import type { JobContext } from '../handlers.ts'

const writeEveryMs = 250

/**
 * Writes a job's progress to its store: the first value at once, then the newest at most four times a second. A write
 * that fails does not fail the job, and nothing waits for it.
 */
export function showProgress(job: Job, log: Logger): JobContext['progress'] {
  let newest: Record<string, number> | null = null
  let isResting = false

  function write(): void {
    if (newest === null) return
    const value = newest
    newest = null
    isResting = true
    job.updateProgress(value).catch((error) => log.debug({ error: messageOf(error) }, 'job.progress_failed'))
    setTimeout(() => {
      isResting = false
      write()
    }, writeEveryMs).unref()
  }

  return (value) => {
    newest = value
    if (!isResting) write()
  }
}
