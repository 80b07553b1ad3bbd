/** The contracts of all jobs. Each names its use case: `create-bot` is `meetings/bots/create-bot.ts`. */
import { z } from 'zod'
import { defineJob } from './define-job.ts'
import { urgency } from './urgency.ts'

const meetingRound = z.object({ meetingId: z.uuid(), round: z.int().min(0) })
const oneAMeeting = (p: { meetingId: string }) => p.meetingId
const nothing = z.object({})
const seconds = 1_000
const minutes = 60 * seconds
const nextTickIsTheRetry = { attempts: 1, firstDelayMs: 0, maxDelayMs: 0 }

/**
 * Applies stored webhooks that came together. The whole job is tried again only when the database or the queue is down.
 * An event that fails for another reason goes on in a `process-webhook-event`.
 */
export const processWebhookEventsJob = defineJob({
  name: 'process-webhook-events',
  queue: 'webhooks',
  payload: z.object({ webhookEventIds: z.array(z.uuid()).min(1).max(500) }),
  retry: { attempts: 5, firstDelayMs: 1 * seconds, maxDelayMs: 60 * seconds },
  timeoutMs: 60 * seconds,
})

/** Applies one stored webhook that failed in a job with others. `giveUpWebhookEvent` decides how it ends. */
export const processWebhookEventJob = defineJob({
  name: 'process-webhook-event',
  queue: 'webhooks',
  payload: z.object({ webhookEventId: z.uuid(), round: z.int().min(0) }),
  retry: { attempts: 5, firstDelayMs: 1 * seconds, maxDelayMs: 60 * seconds },
  timeoutMs: 30 * seconds,
  latest: (p) => p.webhookEventId,
})

/**
 * Applies all webhooks whose own jobs are overdue. At most one such job waits, however many events are due and however
 * long nobody has served the queue.
 */
export const processDueWebhookEventsJob = defineJob({
  name: 'process-due-webhook-events',
  queue: 'webhooks',
  payload: nothing,
  retry: { attempts: 5, firstDelayMs: 1 * seconds, maxDelayMs: 60 * seconds },
  timeoutMs: 5 * minutes,
  latest: () => 'all',
})

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

/** Turns the results of an ended run into artifacts. The requeue-stuck sweep starts it again until that is done. */
export const collectArtifactsJob = defineJob({
  name: 'collect-artifacts',
  queue: 'recordings',
  payload: meetingRound,
  retry: { attempts: 4, firstDelayMs: 3 * seconds, maxDelayMs: 60 * seconds },
  timeoutMs: 60 * seconds,
  latest: oneAMeeting,
  urgency: urgency.soon,
})

/** Copies one file. What can go wrong with it is written on the artifact, which then owes another attempt. */
export const copyArtifactJob = defineJob({
  name: 'copy-artifact',
  queue: 'recordings',
  payload: z.object({ artifactId: z.uuid() }),
  retry: { attempts: 2, firstDelayMs: 5 * seconds, maxDelayMs: 30 * seconds },
  timeoutMs: 4 * 60 * minutes,
  latest: (p) => p.artifactId,
  urgency: urgency.soon,
})

/** Removes the file of a deleted artifact from the storage. */
export const deleteArtifactJob = defineJob({
  name: 'delete-artifact',
  queue: 'recordings',
  payload: z.object({ artifactId: z.uuid() }),
  retry: { attempts: 4, firstDelayMs: 2 * seconds, maxDelayMs: 60 * seconds },
  timeoutMs: 60 * seconds,
  latest: (p) => p.artifactId,
  urgency: urgency.soon,
})

/** Deletes the data of a bot, here and at the vendor. The requeue-stuck sweep starts it again until all of it is gone. */
export const deleteDataJob = defineJob({
  name: 'delete-data',
  queue: 'recordings',
  payload: meetingRound,
  retry: { attempts: 4, firstDelayMs: 2 * seconds, maxDelayMs: 60 * seconds },
  timeoutMs: 90 * seconds,
  latest: oneAMeeting,
  urgency: urgency.soon,
})

/** Makes the stored transcription the transcript of the meeting, and grades the delivery with it. */
export const readTranscriptJob = defineJob({
  name: 'read-transcript',
  queue: 'recordings',
  payload: z.object({ meetingId: z.uuid() }),
  retry: { attempts: 4, firstDelayMs: 2 * seconds, maxDelayMs: 30 * seconds },
  timeoutMs: 5 * minutes,
  latest: oneAMeeting,
  urgency: urgency.now,
})

/**
 * Makes a transcript that was ordered. What can go wrong with it is written on the transcript, which then owes another
 * attempt. A server of one's own may need hours.
 */
export const retranscribeJob = defineJob({
  name: 'retranscribe',
  queue: 'recordings',
  payload: z.object({ transcriptId: z.uuid() }),
  retry: { attempts: 2, firstDelayMs: 5 * seconds, maxDelayMs: 30 * seconds },
  timeoutMs: 4 * 60 * minutes,
  latest: (p) => p.transcriptId,
  urgency: urgency.soon,
})

/** Says what a finished run has delivered. */
export const gradeDeliveryJob = defineJob({
  name: 'grade-delivery',
  queue: 'recordings',
  payload: z.object({ meetingId: z.uuid() }),
  retry: { attempts: 4, firstDelayMs: 2 * seconds, maxDelayMs: 30 * seconds },
  timeoutMs: 60 * seconds,
  latest: oneAMeeting,
  urgency: urgency.now,
})

/** Begins to delete what has been kept long enough. */
export const applyRetentionJob = defineJob({
  name: 'apply-retention',
  queue: 'sweeps',
  payload: nothing,
  retry: nextTickIsTheRetry,
  timeoutMs: 9 * minutes,
  everyMs: 10 * minutes,
})

/** The worker uses AUTO_SCHEDULE_MINUTES as the period. */
export const scheduleRecordingsSweepJob = defineJob({
  name: 'schedule-recordings-sweep',
  queue: 'sweeps',
  payload: nothing,
  retry: nextTickIsTheRetry,
  timeoutMs: 4 * minutes,
  everyMs: 10 * minutes,
})

/** The worker uses CALENDAR_SYNC_MINUTES as the period. */
export const syncCalendarsJob = defineJob({
  name: 'sync-calendars',
  queue: 'sweeps',
  payload: nothing,
  retry: nextTickIsTheRetry,
  timeoutMs: 4 * minutes,
  everyMs: 5 * minutes,
})

export const checkCalendarsJob = defineJob({
  name: 'check-calendars',
  queue: 'sweeps',
  payload: nothing,
  retry: nextTickIsTheRetry,
  timeoutMs: 9 * minutes,
  everyMs: 10 * minutes,
})

export const syncBotStatusesJob = defineJob({
  name: 'sync-bot-statuses',
  queue: 'sweeps',
  payload: nothing,
  retry: nextTickIsTheRetry,
  timeoutMs: 110 * seconds,
  everyMs: 2 * minutes,
})

/**
 * Often, because somebody may wait for a job that the queue has lost. When nothing is due it costs a few indexed
 * queries.
 */
export const requeueStuckJob = defineJob({
  name: 'requeue-stuck',
  queue: 'sweeps',
  payload: nothing,
  retry: nextTickIsTheRetry,
  timeoutMs: 25 * seconds,
  everyMs: 10 * seconds,
})

export const cleanupJob = defineJob({
  name: 'cleanup',
  queue: 'sweeps',
  payload: nothing,
  retry: nextTickIsTheRetry,
  timeoutMs: 10 * minutes,
  everyMs: 60 * minutes,
})
