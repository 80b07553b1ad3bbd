import type { z } from 'zod'
import * as bots from './contracts/bots.ts'
import * as calendars from './contracts/calendars.ts'
import * as deliveries from './contracts/deliveries.ts'
import * as recordings from './contracts/recordings.ts'
import * as scheduling from './contracts/scheduling.ts'
import * as sweeps from './contracts/sweeps.ts'
import * as webhooks from './contracts/webhooks.ts'

/**
 * Every job of Seer, one line each. Each is named like its use case: `create-bot` is `meetings/bots/create-bot.ts`. A line
 * without a handler in apps/worker/src/handlers.ts does not compile.
 */
export const jobCatalog = {
  'process-webhook-events': webhooks.processWebhookEventsJob,
  'process-webhook-event': webhooks.processWebhookEventJob,
  'process-due-webhook-events': webhooks.processDueWebhookEventsJob,
  'create-bot': bots.createBotJob,
  'leave-bot': bots.leaveBotJob,
  'sync-bot': bots.syncBotJob,
  'reschedule-bot': bots.rescheduleBotJob,
  'schedule-recordings': scheduling.scheduleRecordingsJob,
  'schedule-recordings-sweep': sweeps.scheduleRecordingsSweepJob,
  'delete-user': scheduling.deleteUserJob,
  'collect-artifacts': recordings.collectArtifactsJob,
  'copy-artifact': recordings.copyArtifactJob,
  'delete-artifact': recordings.deleteArtifactJob,
  'delete-data': recordings.deleteDataJob,
  'read-transcript': recordings.readTranscriptJob,
  retranscribe: recordings.retranscribeJob,
  'grade-delivery': recordings.gradeDeliveryJob,
  'deliver-events': deliveries.deliverEventsJob,
  'connect-calendar': calendars.connectCalendarJob,
  'disconnect-calendar': calendars.disconnectCalendarJob,
  'sync-calendar': calendars.syncCalendarJob,
  'check-calendar': calendars.checkCalendarJob,
  'sync-calendars': sweeps.syncCalendarsJob,
  'check-calendars': sweeps.checkCalendarsJob,
  'sync-bot-statuses': sweeps.syncBotStatusesJob,
  'requeue-stuck': sweeps.requeueStuckJob,
  'apply-retention': sweeps.applyRetentionJob,
  cleanup: sweeps.cleanupJob,
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
