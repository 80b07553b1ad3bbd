/** Lists of bots: the vendor keeps bots that were sent and bookings that were not started yet apart. */
import type { Page, ProviderBot } from '@seer/core/bots/meeting-provider'
import { RetryableError } from '@seer/core/errors'
import { z } from 'zod'
import { queuedStatus } from './bot-details.ts'
import { botIdField, instant, meetingIdIn, meetingIdKey, token } from './fields.ts'

export const listAnswer = z.object({
  data: z.array(
    z
      .object({
        bot_id: botIdField,
        status: token(100),
        created_at: instant.catch(new Date(0)),
        extra: z.unknown().nullish(),
      })
      .transform(({ bot_id: botId, status, created_at: createdAt, extra }): ProviderBot => {
        return { botId, meetingId: meetingIdIn(extra), status, createdAt }
      }),
  ),
  cursor: z.string().nullish(),
})

export function toPage({ data: items, cursor }: z.output<typeof listAnswer>): Page<ProviderBot> {
  return { items, nextCursor: cursor || null }
}

/** Codes of openapi-v2.json (list of bots) but `completed` and `failed`. */
export const activeStatuses = [
  ...['queued', 'pickup_delayed', 'transcribing', 'joining_call', 'in_waiting_room', 'in_waiting_for_host'],
  ...['in_call_not_recording', 'in_call_recording', 'recording_paused', 'recording_resumed', 'call_ended'],
  ...['recording_succeeded', 'recording_failed', 'api_request_stop', 'bot_rejected', 'bot_removed'],
  ...['bot_removed_too_early', 'waiting_room_timeout', 'invalid_meeting_url', 'meeting_error'],
].join(',')

/** The vendor's filter for our bots of one meeting. UUIDs are safe in it: it has no escaping for `:` and `,`. */
export function extraFilter(meetingId: string): string {
  return `${meetingIdKey}:${meetingId}`
}

/** With a filter that works one page is all; more are read when a server filters after paging or not at all. */
const mostPages = 100

/**
 * Every bot of a meeting in a list, whether or not the server honours the filter.
 * @throws RetryableError PROVIDER_UNAVAILABLE when the list does not end: "not there" would be a guess
 */
export async function collectBots(
  meetingId: string,
  readPage: (cursor: string | null) => Promise<Page<ProviderBot>>,
): Promise<ProviderBot[]> {
  const found: ProviderBot[] = []
  let cursor: string | null = null
  for (let pages = 0; pages < mostPages; pages++) {
    const { items, nextCursor }: Page<ProviderBot> = await readPage(cursor)
    found.push(...items.filter((bot) => bot.meetingId === meetingId.toLowerCase()))
    if (nextCursor === null || nextCursor === cursor) return found
    cursor = nextCursor
  }
  const detail = `The list of bots at Meeting BaaS did not end within ${mostPages} pages.`
  throw new RetryableError('PROVIDER_UNAVAILABLE', { detail })
}

/** One list of both kinds, oldest first. A booking that was started is in both lists under one id; the bot counts. */
export function mergeBots(sent: ProviderBot[], booked: ProviderBot[]): ProviderBot[] {
  const byId = new Map(booked.map((bot) => [bot.botId, { ...bot, status: statusOfBooking(bot.status) }]))
  for (const bot of sent) byId.set(bot.botId, bot)
  return [...byId.values()].sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime())
}

function statusOfBooking(status: string): string {
  return status === 'completed' ? queuedStatus : status
}
