import type { V2 } from '@meeting-baas/sdk'
import type { BotRequest } from '@seer/core/vendor/vendor-bots'
import { meetingIdKey } from '../wire/fields.ts'

/** Where a bot reports how its run ended. */
export type Callback = { url: string; secret: string }

type CreateBotBody = V2.CreateBotRequestBodyInput & { join_at?: string }

/**
 * The body of `POST /v2/bots` and `POST /v2/bots/scheduled`.
 *
 * Seer sends `allow_multiple_bots: true` although it is the documented default. With `false` the vendor refuses a
 * second bot for a meeting link within 5 minutes, whoever asks. Then two users could not each have a bot, and a failed
 * bot could not be replaced at once. Seer finds duplicates itself, per user and by meeting id.
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
    // Our key comes last, so that a caller cannot make a bot look like the bot of another meeting.
    extra: { ...request.extra, [meetingIdKey]: request.meetingId },
  }
  if (config.speechToText) body.transcription_config = { provider: 'gladia' }
  if (config.entryMessage !== null) body.entry_message = config.entryMessage
  if (config.botImage !== null) body.bot_image = config.botImage
  return request.joinAt === null ? body : { ...body, join_at: request.joinAt.toISOString() }
}

/**
 * The body of `PATCH /v2/bots/scheduled/{bot_id}`, which takes the fields of creation (openapi-v2.json,
 * UpdateScheduledBotRequestBodyInput). The vendor keeps fields that are left out, so unwanted ones are sent as null.
 */
export function updateBotBody(request: BotRequest, callback: Callback): V2.UpdateScheduledBotRequestBodyInput {
  if (request.joinAt === null) throw new Error('A booked bot needs a time to join at.')
  const unset = { transcription_config: null, entry_message: null, bot_image: null }
  return { ...unset, ...createBotBody(request, callback) }
}
