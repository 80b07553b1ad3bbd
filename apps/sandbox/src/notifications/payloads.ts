import { type Bot, type ChatMessage, type Participant, recordedSeconds, type StatusEntry } from '../bots/bot.ts'
import { internalRetryLimit } from '../bots/scripts.ts'
import type { SignedArtifacts } from '../files/artifacts.ts'
import { iso, isoOrNull } from '../time.ts'

/**
 * The body of a notification before it becomes bytes, in the shapes of openapi-v2.json: BotWebhook*, CalendarWebhook*
 * and Callback*. Calendar webhooks have no `extra`.
 */
export type Notification = { event: string; data: Record<string, unknown>; extra?: unknown }

/** The messages about a status: one, or more when the meeting has quirks. */
export function statusChanges(bot: Bot, entry: StatusEntry): Notification[] {
  const { quirks } = bot.plan
  const { code, at, startTime, message } = entry
  const status: Record<string, unknown> = { code, created_at: iso(at) }
  if (startTime !== undefined) status.start_time = quirks.includes('start_time_ms') ? at : startTime
  if (message !== undefined) status.error_message = message
  const changes = [statusChange(bot, status)]
  if (code === 'joining_call' && quirks.includes('unknown_status')) {
    changes.push(statusChange(bot, { code: 'polishing_lens', created_at: iso(at) }))
  }
  if (code === 'recording_failed' && isRetried(bot) && quirks.includes('retrying_status')) {
    changes.push(statusChange(bot, { code: 'retrying', created_at: iso(at), attempt: 1, max: internalRetryLimit }))
  }
  return changes
}

function statusChange(bot: Bot, status: Record<string, unknown>): Notification {
  return { event: 'bot.status_change', data: { ...identity(bot), status }, extra: bot.extra }
}

/** Whether the run starts again after the status that it has just entered. */
function isRetried({ script }: Bot): boolean {
  return script.steps[script.next]?.status === 'joining_call'
}

/** `bot.completed` or `bot.failed`, depending on how the bot ended. `now` is virtual ms. */
export function finalEvent(bot: Bot, urls: SignedArtifacts, now: number): Notification {
  return bot.status === 'completed' ? completed(bot, urls, now) : failed(bot, now)
}

export function chatMessage(bot: Bot, message: ChatMessage): Notification {
  const { id, senderName, senderId, text, at } = message
  const data = {
    ...identity(bot),
    message_id: id,
    sender_name: senderName,
    sender_id: senderId,
    text,
    sent_at: iso(at),
  }
  return { event: 'bot.chat_message', data, extra: bot.extra }
}

function completed(bot: Bot, urls: SignedArtifacts, now: number): Notification {
  const { joinedAt, exitedAt } = bot.recording
  const data = {
    ...identity(bot),
    participants: people(bot),
    speakers: people(bot),
    duration_seconds: recordedSeconds(bot.recording, now),
    joined_at: isoOrNull(joinedAt),
    exited_at: isoOrNull(exitedAt),
    data_deleted: bot.artifactsDeleted,
    video: urls.video,
    audio: urls.audio,
    diarization: urls.diarization,
    raw_transcription: urls.raw_transcription,
    transcription: urls.transcription,
    transcription_provider: transcriptionProvider(bot),
    transcription_ids: transcriptionIds(bot),
    sent_at: iso(now),
  }
  return { event: 'bot.completed', data, extra: bot.extra }
}

function failed(bot: Bot, now: number): Notification {
  const data = {
    ...identity(bot),
    error_message: bot.failure?.message ?? 'The bot failed for an unknown reason.',
    error_code: bot.failure?.code ?? 'UNKNOWN_ERROR',
    sent_at: iso(now),
  }
  return { event: 'bot.failed', data, extra: bot.extra }
}

export function people(bot: Bot): Participant[] {
  return bot.recording.joinedAt === null ? [] : bot.participants.map(({ name, id }) => ({ name, id }))
}

/** The provider that transcribed the recording; null without transcription. */
export function transcriptionProvider(bot: Bot): string | null {
  return bot.recording.transcribed ? (bot.config.transcription_config?.provider ?? 'gladia') : null
}

/** The provider's job ids; null without transcription. */
export function transcriptionIds(bot: Bot): string[] | null {
  return bot.recording.transcribed ? [`${bot.id.slice(0, 8)}-job-1`] : null
}

const identity = (bot: Bot) => ({ bot_id: bot.id, event_id: bot.eventId })
