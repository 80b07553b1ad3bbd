/** Lists of bots. The vendor has two: bots that were sent, and bookings that have not started. */

import { RetryableError } from '@seer/core/basics/errors'
import { readPages } from '@seer/core/vendor/read-pages'
import type { Page, VendorBot } from '@seer/core/vendor/vendor-bots'
import { z } from 'zod'
import { botIdField, instant, meetingIdIn, meetingIdKey, statusCode } from '../wire/fields.ts'
import { queuedStatus } from './bot-details.ts'
import { activeCodes } from './status-codes.ts'

const listed = z
  .object({
    bot_id: botIdField,
    // Differs from every status that Seer stores, so Seer asks for the bot itself.
    status: statusCode.catch('unreadable'),
    created_at: instant.catch(new Date(0)),
    extra: z.unknown().nullish(),
  })
  .transform(({ bot_id: botId, status, created_at: createdAt, extra }): VendorBot => {
    return { botId, meetingId: meetingIdIn(extra), status, createdAt }
  })

/** A page of bots. `unreadable` counts the entries without a usable id. */
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

/** All statuses before the end of a run. */
export const activeStatuses = activeCodes.join(',')

/** Filters for our bots of one meeting. The vendor has no escaping for `:` and `,`, and a UUID needs none. */
export function extraFilter(meetingId: string): string {
  return `${meetingIdKey}:${meetingId}`
}

/** One page is enough if the filter works. Some servers filter after paging or not at all; then more pages are read. */
const mostPages = 100

/**
 * All bots of a meeting in a list, even when the server ignores the filter.
 * @throws RetryableError VENDOR_UNAVAILABLE when the list does not end. Also when no bot was found but some entries
 * cannot be read: one of them may be the bot.
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

/** One list of both kinds, oldest first. A started booking is in both lists under one id; then the bot counts. */
export function mergeBots(sent: VendorBot[], booked: VendorBot[]): VendorBot[] {
  const byId = new Map(booked.map((bot) => [bot.botId, { ...bot, status: statusOfBooking(bot.status) }]))
  for (const bot of sent) byId.set(bot.botId, bot)
  return [...byId.values()].sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime())
}

function statusOfBooking(status: string): string {
  return status === 'completed' ? queuedStatus : status
}
