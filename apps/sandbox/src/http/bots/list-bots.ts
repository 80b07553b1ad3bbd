import { z } from 'zod'
import { type Bot, botStatuses } from '../../bots/bot.ts'
import type { BotStore } from '../../bots/bot-store.ts'
import { platforms } from '../../bots/platform.ts'
import type { Pageable } from '../cursor.ts'
import { contains, extraFilterSchema, matchesExtra, optionalDate, pageSize, wordList } from '../list-query.ts'
import { invalid } from '../vendor-error.ts'

const dayMs = 24 * 3600_000

/** How far back lists go (openapi-v2.json, listBots: created_after, created_before). */
const horizonMs = 90 * dayMs

/** Query of GET /v2/bots. Unknown parameters are ignored, as usual for a query. */
export const listBotsQuery = z.object({
  limit: pageSize(250),
  cursor: z.string().optional(),
  bot_id: z.string().optional(),
  bot_name: z.string().optional(),
  participant_name: z.string().optional(),
  meeting_url: z.string().optional(),
  meeting_platform: wordList(platforms),
  status: wordList(botStatuses),
  extra: extraFilterSchema,
  created_after: optionalDate,
  created_before: optionalDate,
  ended_after: optionalDate,
})
export type ListBotsQuery = z.output<typeof listBotsQuery>

/**
 * Refuses `created_*` outside the last 90 days. "Now" is the later of virtual and real time, because a client that
 * lives in real time may be ahead of the virtual clock.
 */
export function checkCreatedRange(query: ListBotsQuery, now: number): void {
  for (const name of ['created_after', 'created_before'] as const) {
    const time = query[name]
    if (time === undefined) continue
    if (time > now) throw invalid(`querystring/${name} cannot be in the future`)
    if (time < now - horizonMs) throw invalid(`querystring/${name} cannot be more than 90 days ago`)
  }
}

/** The bots that pass the filters, newest first, as a list with pages. */
export function botList(bots: BotStore, query: ListBotsQuery, now: number): Pageable<Bot> {
  const matches = matcher(query)
  const oldest = now - horizonMs
  return {
    *after(place) {
      const start = place ? (bots.get(place.id)?.index ?? bots.firstIndexSince(place.time)) - 1 : bots.size - 1
      for (const bot of bots.olderFrom(start)) {
        if (bot.createdAt < oldest) return
        if (matches(bot)) yield bot
      }
    },
    *before(place) {
      const start = (bots.get(place.id)?.index ?? bots.firstIndexSince(place.time) - 1) + 1
      for (const bot of bots.newerFrom(start)) if (matches(bot)) yield bot
    },
    place: (bot) => ({ time: bot.createdAt, id: bot.id }),
  }
}

function matcher(query: ListBotsQuery): (bot: Bot) => boolean {
  const tests: ((bot: Bot) => boolean)[] = []
  const { bot_id, bot_name, meeting_url, participant_name, meeting_platform, status, extra } = query
  const { created_after, created_before, ended_after } = query
  if (bot_id) tests.push((bot) => contains(bot.id, bot_id))
  if (bot_name) tests.push((bot) => contains(bot.config.bot_name, bot_name))
  if (meeting_url) tests.push((bot) => contains(bot.config.meeting_url, meeting_url))
  if (participant_name) tests.push((bot) => bot.participants.some(({ name }) => contains(name, participant_name)))
  if (meeting_platform) tests.push((bot) => meeting_platform.includes(bot.platform))
  if (status) tests.push((bot) => status.includes(bot.status))
  if (extra) tests.push((bot) => matchesExtra(bot.extra, extra))
  if (created_after !== undefined) tests.push((bot) => bot.createdAt > created_after)
  if (created_before !== undefined) tests.push((bot) => bot.createdAt < created_before)
  if (ended_after !== undefined) tests.push((bot) => bot.endedAt !== null && bot.endedAt > ended_after)
  return (bot) => tests.every((test) => test(bot))
}
