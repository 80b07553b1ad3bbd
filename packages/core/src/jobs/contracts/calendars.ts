import { z } from 'zod'
import { defineJob } from '../define-job.ts'
import { urgency } from '../urgency.ts'
import { minutes, seconds } from './terms.ts'

const oneCalendar = z.object({ integrationId: z.uuid() })
const calendarRound = z.object({ integrationId: z.uuid(), round: z.int().min(0) })
const oneACalendar = (p: { integrationId: string }) => p.integrationId

/** Finishes a setup that the vendor has not confirmed. The requeue-stuck sweep starts more rounds. */
export const connectCalendarJob = defineJob({
  name: 'connect-calendar',
  queue: 'calendars',
  payload: calendarRound,
  retry: { attempts: 5, firstDelayMs: 5 * seconds, maxDelayMs: 60 * seconds },
  timeoutMs: 110 * seconds,
  latest: oneACalendar,
  urgency: urgency.now,
})

export const disconnectCalendarJob = defineJob({
  name: 'disconnect-calendar',
  queue: 'calendars',
  payload: calendarRound,
  retry: { attempts: 5, firstDelayMs: 5 * seconds, maxDelayMs: 60 * seconds },
  timeoutMs: 110 * seconds,
  latest: oneACalendar,
  urgency: urgency.now,
})

/** After three attempts the calendar waits longer and longer; see `giveUpSync`. */
export const syncCalendarJob = defineJob({
  name: 'sync-calendar',
  queue: 'calendars',
  payload: oneCalendar,
  retry: { attempts: 3, firstDelayMs: 3 * seconds, maxDelayMs: 30 * seconds },
  timeoutMs: 10 * minutes,
  latest: oneACalendar,
  urgency: urgency.soon,
})

export const checkCalendarJob = defineJob({
  name: 'check-calendar',
  queue: 'calendars',
  payload: oneCalendar,
  retry: { attempts: 3, firstDelayMs: 3 * seconds, maxDelayMs: 30 * seconds },
  timeoutMs: 100 * seconds,
  latest: oneACalendar,
  urgency: urgency.soon,
})
