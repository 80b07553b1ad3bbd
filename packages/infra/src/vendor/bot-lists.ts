/** Lists of bots: the vendor keeps bots that were sent and bookings that were not started yet apart. */

import { RetryableError } from '@seer/core/basics/errors'
import { readPages } from '@seer/core/vendor/read-pages'
import type { Page, VendorBot } from '@seer/core/vendor/vendor-bots'
import { z } from 'zod'
import { queuedStatus } from './bot-details.ts'
import { botIdField, instant, meetingIdIn, meetingIdKey, statusCode } from './fields.ts'
import { activeCodes } from './status-codes.ts'

const listed = z
  .object({
    bot_id: botIdField,
    // What cannot be read differs from all that we know, so the bot itself is asked for.
    status: statusCode.catch('unreadable'),
    created_at: instant.catch(new Date(0)),
    extra: z.unknown().nullish(),
  })
  .transform(({ bot_id: botId, status, created_at: createdAt, extra }): VendorBot => {
    return { botId, meetingId: meetingIdIn(extra), status, createdAt }
  })

/** A page of bots; `unreadable` counts those that have no usable id. */
export const listAnswer = z
  .object({ data: z.array(z.unknown()), cursor: z.string().nullish() })
  .transform(({ data, cursor }) => {
    const items = data.map((item) => listed.safeParse(item).data).filter((item) => item !== undefined)
    return { items, nextCursor: cursor || null, unreadable: data.length - items.length }
  })

type BotPage = z.output<typeof listAnswer>

export function toPage({ items, nextCursor }: BotPage): Page<VendorBot> {
  return { items, nextCursor }
}

/** All that a bot can be in before its run ends. */
export const activeStatuses = activeCodes.join(',')

/** The vendor's filter for our bots of one meeting. UUIDs are safe in it: it has no escaping for `:` and `,`. */
export function extraFilter(meetingId: string): string {
  return `${meetingIdKey}:${meetingId}`
}

/** With a filter that works one page is all; more are read when a server filters after paging or not at all. */
const mostPages = 100

/**
 * Every bot of a meeting in a list, whether or not the server honours the filter.
 * @throws RetryableError VENDOR_UNAVAILABLE when the list does not end, or has bots that cannot be read and not the one
 *   that is looked for: "not there" would be a guess
 */
export async function collectBots(
  meetingId: string,
  readPage: (cursor: string | null) => Promise<BotPage>,
): Promise<VendorBot[]> {
  const found: VendorBot[] = []
  let unreadable = 0
  for await (const page of readPages(readPage, { of: 'bots', mostPages })) {
    unreadable += page.unreadable
    found.push(...page.items.filter((bot) => bot.meetingId === meetingId.toLowerCase()))
  }
  if (found.length === 0 && unreadable > 0) throw unclear()
  return found
}

function unclear(): RetryableError {
  const detail = 'The list of bots at Meeting BaaS has entries that cannot be read.'
  return new RetryableError('VENDOR_UNAVAILABLE', { detail })
}

/** One list of both kinds, oldest first. A booking that was started is in both lists under one id; the bot counts. */
export function mergeBots(sent: VendorBot[], booked: VendorBot[]): VendorBot[] {
  const byId = new Map(booked.map((bot) => [bot.botId, { ...bot, status: statusOfBooking(bot.status) }]))
  for (const bot of sent) byId.set(bot.botId, bot)
  return [...byId.values()].sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime())
}

function statusOfBooking(status: string): string {
  return status === 'completed' ? queuedStatus : status
}
