import { z } from 'zod'
import { defineJob } from '../define-job.ts'
import { urgency } from '../urgency.ts'
import { minutes, seconds } from './terms.ts'

/** Plans the recordings of one user, and brings the booked bots in line with the plan. */
export const scheduleRecordingsJob = defineJob({
  name: 'schedule-recordings',
  queue: 'scheduling',
  payload: z.object({ userId: z.uuid() }),
  retry: { attempts: 4, firstDelayMs: 2 * seconds, maxDelayMs: 30 * seconds },
  timeoutMs: 60 * seconds,
  latest: (p) => p.userId,
  urgency: urgency.now,
})

/** Owed until the user is gone. The requeue-stuck sweep starts it every time. */
export const deleteUserJob = defineJob({
  name: 'delete-user',
  queue: 'scheduling',
  payload: z.object({ userId: z.uuid() }),
  retry: { attempts: 4, firstDelayMs: 2 * seconds, maxDelayMs: 30 * seconds },
  timeoutMs: 10 * minutes,
  latest: (p) => p.userId,
  urgency: urgency.soon,
})
