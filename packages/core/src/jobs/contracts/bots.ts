import { z } from 'zod'
import { defineJob } from '../define-job.ts'
import { urgency } from '../urgency.ts'
import { meetingRound, oneAMeeting, seconds } from './terms.ts'

/** Tries for about a minute and a half. The requeue-stuck sweep starts more rounds until the meeting's deadline. */
export const createBotJob = defineJob({
  name: 'create-bot',
  queue: 'bots',
  payload: meetingRound,
  retry: { attempts: 5, firstDelayMs: 3 * seconds, maxDelayMs: 45 * seconds },
  timeoutMs: 90 * seconds,
  latest: oneAMeeting,
  urgency: urgency.now,
})

export const leaveBotJob = defineJob({
  name: 'leave-bot',
  queue: 'bots',
  payload: meetingRound,
  retry: { attempts: 6, firstDelayMs: 2 * seconds, maxDelayMs: 45 * seconds },
  timeoutMs: 60 * seconds,
  latest: oneAMeeting,
  urgency: urgency.leave,
})

/** Tells the vendor of a new time, link or configuration of a booked bot. */
export const rescheduleBotJob = defineJob({
  name: 'reschedule-bot',
  queue: 'bots',
  payload: meetingRound,
  retry: { attempts: 6, firstDelayMs: 2 * seconds, maxDelayMs: 45 * seconds },
  timeoutMs: 60 * seconds,
  latest: oneAMeeting,
  urgency: urgency.now,
})

/** Asks the vendor about one bot. Retried only briefly, because the next sweep asks again and jobs must not pile up. */
export const syncBotJob = defineJob({
  name: 'sync-bot',
  queue: 'bots',
  payload: z.object({ meetingId: z.uuid() }),
  retry: { attempts: 3, firstDelayMs: 5 * seconds, maxDelayMs: 30 * seconds },
  timeoutMs: 60 * seconds,
  latest: oneAMeeting,
  urgency: urgency.soon,
})
