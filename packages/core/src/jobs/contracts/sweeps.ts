import { defineJob } from '../define-job.ts'
import { minutes, nothing, seconds } from './terms.ts'

const nextTickIsTheRetry = { attempts: 1, firstDelayMs: 0, maxDelayMs: 0 }

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
