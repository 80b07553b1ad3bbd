import type { Bot } from '../../bots/bot.ts'
import type { BotConfig } from '../../bots/bot-config.ts'
import type { ScheduledBot } from '../../bots/scheduled-bot.ts'
import { tokensOf } from '../../bots/tokens.ts'
import { signArtifacts } from '../../files/artifacts.ts'
import { people, transcriptionIds, transcriptionProvider } from '../../notifications/payloads.ts'
import { iso, isoOrNull } from '../../time.ts'
import type { World } from '../../world.ts'

const noStreams = { input_url: null, output_url: null, audio_frequency: 24000 }

/** One item of GET /v2/bots (openapi-v2.json, ListBotsResponse). */
export function listItem(world: World, bot: Bot) {
  return {
    ...common(bot),
    extra: bot.extra,
    duration: bot.recording.exitedAt === null ? null : world.durationOf(bot),
    created_at: iso(bot.createdAt),
    ended_at: isoOrNull(bot.endedAt),
    joined_at: isoOrNull(bot.recording.joinedAt),
    exited_at: isoOrNull(bot.recording.exitedAt),
    status: bot.status,
    ...failure(bot),
    tokens: tokensOf(bot),
  }
}

/** GET /v2/bots/{bot_id} (openapi-v2.json, GetBotDetailsResponse); artifact URLs are signed anew on every call. */
export function botDetails(world: World, bot: Bot) {
  return {
    ...common(bot),
    recording_mode: bot.config.recording_mode,
    status: bot.status,
    created_at: iso(bot.createdAt),
    joined_at: isoOrNull(bot.recording.joinedAt),
    exited_at: isoOrNull(bot.recording.exitedAt),
    duration_seconds: bot.recording.exitedAt === null ? null : world.durationOf(bot),
    participants: people(bot),
    speakers: people(bot),
    artifacts_deleted: bot.artifactsDeleted,
    ...signArtifacts(bot, world.presigner, world.clock.now()),
    transcription_ids: transcriptionIds(bot),
    transcription_provider: transcriptionProvider(bot),
    ...failure(bot),
    tokens: tokensOf(bot),
    extra: bot.extra,
    zoom_config: zoomEcho(bot.config),
  }
}

/** GET /v2/bots/{bot_id}/status (openapi-v2.json, GetBotStatusResponse). */
export function botStatus(bot: Bot) {
  const updatedAt = bot.history.at(-1)?.at ?? bot.createdAt
  return {
    bot_id: bot.id,
    status: bot.status,
    transcription_status: transcriptionStatus(bot),
    updated_at: iso(updatedAt),
  }
}

/** One item of GET /v2/bots/scheduled. */
export function scheduledItem(scheduled: ScheduledBot) {
  return {
    bot_id: scheduled.id,
    bot_name: scheduled.config.bot_name,
    meeting_url: scheduled.config.meeting_url,
    meeting_platform: scheduled.platform,
    join_at: iso(scheduled.joinAt),
    status: scheduled.status,
    extra: scheduled.config.extra,
    created_at: iso(scheduled.createdAt),
    updated_at: iso(scheduled.updatedAt),
  }
}

/**
 * GET /v2/bots/scheduled/{bot_id}. Like the live service it shows the callback secret and leaves out `silence_timeout`
 * (openapi-v2.json, GetScheduledBotResponse).
 */
export function scheduledDetails(scheduled: ScheduledBot) {
  const { config } = scheduled
  const { waiting_room_timeout, no_one_joined_timeout } = config.timeout_config
  return {
    ...scheduledItem(scheduled),
    bot_image: Array.isArray(config.bot_image) ? (config.bot_image[0] ?? null) : config.bot_image,
    recording_mode: config.recording_mode,
    cancelled_at: isoOrNull(scheduled.cancelledAt),
    allow_multiple_bots: config.allow_multiple_bots,
    entry_message: config.entry_message,
    timeout_config: { waiting_room_timeout, no_one_joined_timeout },
    transcription_config: transcriptionEcho(config),
    streaming_config: config.streaming_enabled ? { enabled: true, ...noStreams, ...config.streaming_config } : null,
    callback_config:
      config.callback_enabled && config.callback_config ? { enabled: true, ...config.callback_config } : null,
    zoom_config: zoomEcho(config),
  }
}

function common(bot: Bot) {
  return {
    bot_id: bot.id,
    bot_name: bot.config.bot_name,
    meeting_url: bot.config.meeting_url,
    meeting_platform: bot.platform,
  }
}

function failure(bot: Bot) {
  return { error_code: bot.failure?.code ?? null, error_message: bot.failure?.message ?? null }
}

function transcriptionEcho(config: BotConfig) {
  if (!config.transcription_enabled) return null
  const { provider = 'gladia', custom_params = null } = config.transcription_config ?? {}
  return { enabled: true, provider, custom_params }
}

/** Leaves out tokens that were handed over in clear. */
function zoomEcho(config: BotConfig) {
  if (!config.zoom_config) return null
  const { obf_token: _secret, ...echoed } = config.zoom_config
  return echoed
}

function transcriptionStatus(bot: Bot): string {
  if (!bot.config.transcription_enabled) return 'not-applicable'
  if (bot.status === 'transcribing') return 'processing'
  if (bot.recording.transcribed) return 'done'
  if (bot.failure?.code === 'TRANSCRIPTION_FAILED') return 'error'
  return 'not-started'
}
