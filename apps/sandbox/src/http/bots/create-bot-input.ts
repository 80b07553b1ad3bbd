import { type BotConfig, createBotSchema, createScheduledBotSchema } from '../../bots/bot-config.ts'
import { type Platform, platformOf } from '../../bots/platform.ts'
import { invalid, VendorError } from '../vendor-error.ts'

/** How far `join_at` may lie in the past and in the future (openapi-v2.json, CreateScheduledBotRequestBody). */
const leewayMs = 60_000
const furthestMs = 90 * 24 * 3600_000

export type BotInput = { config: BotConfig; platform: Platform }

/** Reads a body of POST /v2/bots. @throws ZodError or VendorError */
export function readBotInput(body: unknown): BotInput {
  const config = createBotSchema.parse(body ?? {})
  return { config, platform: requirePlatform(config.meeting_url) }
}

/** Reads a body of POST /v2/bots/scheduled at the virtual time `now`. `joinAt` is virtual ms. */
export function readScheduledInput(body: unknown, now: number): BotInput & { joinAt: number } {
  const { join_at, ...config } = createScheduledBotSchema.parse(body ?? {})
  return { config, platform: requirePlatform(config.meeting_url), joinAt: checkJoinAt(join_at, now) }
}

function checkJoinAt(joinAt: string, now: number): number {
  const time = Date.parse(joinAt)
  if (time < now - leewayMs) throw invalid('body/join_at cannot be in the past')
  if (time > now + furthestMs) throw invalid('body/join_at cannot be more than 90 days in the future')
  return time
}

/** The meeting's platform. 400 when no bot can go there; the batch endpoints call this INVALID_MEETING_PLATFORM. */
export function requirePlatform(meetingUrl: string): Platform {
  const platform = platformOf(meetingUrl)
  if (platform) return platform
  const message = 'meeting_url must belong to Google Meet, Microsoft Teams or Zoom'
  throw new VendorError(400, 'FST_ERR_INVALID_MEETING_PLATFORM', message)
}

/** Checks the new time of a moved booking (openapi-v2.json: at least 4 minutes and at most 90 days ahead). */
export function checkMovedJoinAt(joinAt: string, now: number, lockMs: number): number {
  const time = Date.parse(joinAt)
  if (time < now + lockMs) throw invalid('body/join_at must be at least 4 minutes in the future')
  if (time > now + furthestMs) throw invalid('body/join_at cannot be more than 90 days in the future')
  return time
}
