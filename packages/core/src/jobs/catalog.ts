import type { z } from 'zod'
import * as jobs from './contracts.ts'

/** Every job of Seer, one line each. A line without a handler in apps/worker/src/handlers.ts does not compile. */
export const jobCatalog = {
  'process-webhook-events': jobs.processWebhookEventsJob,
  'process-webhook-event': jobs.processWebhookEventJob,
  'process-due-webhook-events': jobs.processDueWebhookEventsJob,
  'create-bot': jobs.createBotJob,
  'leave-bot': jobs.leaveBotJob,
  'sync-bot': jobs.syncBotJob,
  'reschedule-bot': jobs.rescheduleBotJob,
  'schedule-recordings': jobs.scheduleRecordingsJob,
  'schedule-recordings-sweep': jobs.scheduleRecordingsSweepJob,
  'delete-user': jobs.deleteUserJob,
  'collect-artifacts': jobs.collectArtifactsJob,
  'copy-artifact': jobs.copyArtifactJob,
  'delete-artifact': jobs.deleteArtifactJob,
  'delete-data': jobs.deleteDataJob,
  'read-transcript': jobs.readTranscriptJob,
  retranscribe: jobs.retranscribeJob,
  'grade-delivery': jobs.gradeDeliveryJob,
  'connect-calendar': jobs.connectCalendarJob,
  'disconnect-calendar': jobs.disconnectCalendarJob,
  'sync-calendar': jobs.syncCalendarJob,
  'check-calendar': jobs.checkCalendarJob,
  'sync-calendars': jobs.syncCalendarsJob,
  'check-calendars': jobs.checkCalendarsJob,
  'sync-bot-statuses': jobs.syncBotStatusesJob,
  'requeue-stuck': jobs.requeueStuckJob,
  'apply-retention': jobs.applyRetentionJob,
  cleanup: jobs.cleanupJob,
} as const

export type JobName = keyof typeof jobCatalog
export type JobPayload<Name extends JobName> = z.output<(typeof jobCatalog)[Name]['payload']>

/** The names of the jobs that the scheduler starts by itself. */
export const repeatableJobs = (Object.keys(jobCatalog) as JobName[]).filter((name) => 'everyMs' in jobCatalog[name])

/** The catalog with other periods, in milliseconds, for some repeatable jobs. */
export function catalogWith(periods: Partial<Record<JobName, number>>): typeof jobCatalog {
  const changed = Object.entries(periods).map(([name, everyMs]) => [name, { ...jobCatalog[name as JobName], everyMs }])
  return { ...jobCatalog, ...Object.fromEntries(changed) }
}
