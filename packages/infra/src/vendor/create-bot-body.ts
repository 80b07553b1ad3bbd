import type { V2 } from '@meeting-baas/sdk'
import type { BotRequest } from '@seer/core/vendor/vendor-bots'
import { meetingIdKey } from './fields.ts'

/** Where a bot reports how it ended. */
export type Callback = { url: string; secret: string }

type CreateBotBody = V2.CreateBotRequestBodyInput & { join_at?: string }

/**
 * The body of `POST /v2/bots` and `POST /v2/bots/scheduled`.
 *
 * `allow_multiple_bots` is sent although it is the documented default: the vendor's alternative refuses a second bot for
 * a meeting link within 5 minutes, whoever asks. Seer finds duplicates itself, per user and by meeting id, so that two
 * users can each have a bot and a bot that failed can be replaced at once.
 */
export function createBotBody(request: BotRequest, callback: Callback): CreateBotBody {
  const { config } = request
  const { waitingRoomTimeout, nooneJoinedTimeout, silenceTimeout } = config.automaticLeave
  const body: V2.CreateBotRequestBodyInput = {
    meeting_url: request.meetingUrl,
    bot_name: request.botName,
    recording_mode: config.recordingMode,
    allow_multiple_bots: true,
    timeout_config: {
      waiting_room_timeout: waitingRoomTimeout,
      no_one_joined_timeout: nooneJoinedTimeout,
      silence_timeout: silenceTimeout,
    },
    transcription_enabled: config.speechToText,
    callback_enabled: true,
    callback_config: { url: callback.url, method: 'POST', secret: callback.secret },
    // Ours comes last: a caller must not be able to make a bot pass for another meeting's.
    extra: { ...request.extra, [meetingIdKey]: request.meetingId },
  }
  if (config.speechToText) body.transcription_config = { provider: 'gladia' }
  if (config.entryMessage !== null) body.entry_message = config.entryMessage
  if (config.botImage !== null) body.bot_image = config.botImage
  return request.joinAt === null ? body : { ...body, join_at: request.joinAt.toISOString() }
}

/**
 * The body of `PATCH /v2/bots/scheduled/{bot_id}`, which takes the fields of creation (openapi-v2.json,
 * UpdateScheduledBotRequestBodyInput). What it leaves out stays as it was: what is no longer wanted must be sent as null.
 */
export function updateBotBody(request: BotRequest, callback: Callback): V2.UpdateScheduledBotRequestBodyInput {
  if (request.joinAt === null) throw new Error('A booked bot needs a time to join at.')
  const unset = { transcription_config: null, entry_message: null, bot_image: null }
  return { ...unset, ...createBotBody(request, callback) }
}
