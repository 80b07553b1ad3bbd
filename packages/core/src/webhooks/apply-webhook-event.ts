import type { Clock } from '../basics/clock.ts'
import type { IntegrationStore } from '../calendars/calendar-store.ts'
import { consequencesOf } from '../calendars/consequences.ts'
import { startConsequences } from '../jobs/consequences.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import { isDeleted } from '../meetings/deletion/data-deletion.ts'
import type { MeetingStore } from '../meetings/meeting-store.ts'
import { writeChange } from '../meetings/write-change.ts'
import { type SentDeps, storeSentTranscript } from '../recordings/transcripts/store-sent-transcript.ts'
import type { BotReading, CalendarReading, WebhookReader } from '../vendor/webhook-reader.ts'
import { decideWebhookEvent } from './decide-webhook-event.ts'
import type { Inbox, InboxOutcome, LoadedInboxEvent } from './inbox.ts'

export type ApplyDeps = SentDeps & {
  inbox: Pick<Inbox, 'load' | 'saveProcessed'>
  meetings: Pick<MeetingStore, 'subscribers'>
  reader: Pick<WebhookReader, 'reread'>
  integrations: Pick<IntegrationStore, 'noteVendorChange'>
  queue: Pick<JobQueue, 'wake'>
  now: Clock
}

export type AppliedWebhookEvent = {
  outcome: InboxOutcome | 'already_processed'
  /** The subject of the event, so that the log can be searched by it. */
  meetingId: string | null
  integrationId?: string | null
}

/**
 * Applies one loaded event: its outcome, the change of state and the log entries are one write.
 * @returns null when the meeting has changed since it was loaded; load and decide again
 */
export async function applyWebhookEvent(
  deps: ApplyDeps,
  loaded: LoadedInboxEvent | null,
): Promise<AppliedWebhookEvent | null> {
  const meetingId = loaded?.meeting?.id ?? null
  if (!loaded || loaded.event.state === 'processed' || loaded.event.body === null) {
    return { outcome: 'already_processed', meetingId }
  }
  const webhookEventId = loaded.event.id
  const reading = deps.reader.reread(loaded.event.body, loaded.event.source)
  const at = deps.now()
  if (reading.kind === 'calendar') return await applyCalendarEvent(deps, webhookEventId, reading, at)
  const { outcome, change } = decideWebhookEvent(loaded, reading, at)
  if (reading.kind === 'bot' && outcome !== 'ignored') await storeWords(deps, loaded, reading)
  const forgetsBody = loaded.meeting !== null && isDeleted(loaded.meeting, 'transcripts')
  const save = () => deps.inbox.saveProcessed({ webhookEventId, outcome, change, at, forgetsBody })
  const isSaved = change ? await writeChange(deps, change, save) : await save()
  return isSaved ? { outcome, meetingId } : null
}

/** Before the event counts as processed: if the process dies here, the event is applied again. */
async function storeWords(deps: ApplyDeps, { meeting, event }: LoadedInboxEvent, { transcript }: BotReading) {
  if (!meeting || transcript === undefined) return
  await storeSentTranscript(deps, { meetingId: meeting.id, content: transcript, receivedAt: event.receivedAt })
}

/**
 * A webhook about a calendar is a hint. The job that it starts reads from the vendor how things are, so its order and
 * its repetition do not matter. The calendar is due before the webhook counts as processed.
 */
async function applyCalendarEvent(deps: ApplyDeps, webhookEventId: string, reading: CalendarReading, at: Date) {
  const { calendarId, eventIds, about } = reading
  const integrationId = calendarId && (await deps.integrations.noteVendorChange(calendarId, eventIds, at))
  if (integrationId) await startConsequences(deps.queue, consequencesOf({ kind: 'reported', integrationId, about }, at))
  const outcome = integrationId ? ('applied' as const) : ('ignored' as const)
  await deps.inbox.saveProcessed({ webhookEventId, outcome, change: null, at })
  return { outcome, meetingId: null, integrationId }
}
