import { z } from 'zod'
import { platforms } from '../../bots/platform.ts'
import { type ScheduledBot, type ScheduleStore, scheduledStatuses } from '../../bots/scheduled-bot.ts'
import type { Cursor, Pageable } from '../cursor.ts'
import { contains, extraFilterSchema, matchesExtra, optionalDate, pageSize, wordList } from '../list-query.ts'
import { invalid } from '../vendor-error.ts'

const horizonMs = 90 * 24 * 3600_000

/** Query of GET /v2/bots/scheduled. */
export const listScheduledQuery = z.object({
  limit: pageSize(100),
  cursor: z.string().optional(),
  bot_id: z.string().optional(),
  bot_name: z.string().optional(),
  meeting_url: z.string().optional(),
  meeting_platform: wordList(platforms),
  status: wordList(scheduledStatuses),
  extra: extraFilterSchema,
  scheduled_after: optionalDate,
  scheduled_before: optionalDate,
})
export type ListScheduledQuery = z.output<typeof listScheduledQuery>

/** `scheduled_*` must lie within 90 days of now, before or after (openapi-v2.json, listScheduledBots). */
export function checkScheduledRange(query: ListScheduledQuery, now: number): void {
  for (const name of ['scheduled_after', 'scheduled_before'] as const) {
    const time = query[name]
    if (time !== undefined && Math.abs(time - now) > horizonMs) {
      throw invalid(`querystring/${name} must be within 90 days from today`)
    }
  }
}

/** The bookings that pass the filters, soonest first, as a list with pages. */
export function scheduledList(schedules: ScheduleStore, query: ListScheduledQuery): Pageable<ScheduledBot> {
  const sorted = schedules.soonestFirst()
  const matches = matcher(query)
  return {
    *after(place) {
      for (let at = place ? firstAfter(sorted, place) : 0; at < sorted.length; at++) {
        if (matches(sorted[at] as ScheduledBot)) yield sorted[at] as ScheduledBot
      }
    },
    *before(place) {
      for (let at = firstAtOrAfter(sorted, place) - 1; at >= 0; at--) {
        if (matches(sorted[at] as ScheduledBot)) yield sorted[at] as ScheduledBot
      }
    },
    place: ({ joinAt, id }) => ({ time: joinAt, id }),
  }
}

function firstAfter(sorted: readonly ScheduledBot[], place: Cursor): number {
  const at = firstAtOrAfter(sorted, place)
  return sorted[at]?.id === place.id ? at + 1 : at
}

/** The index of the cursor's booking. If the booking has moved since, the index where its old time would be. */
function firstAtOrAfter(sorted: readonly ScheduledBot[], place: Cursor): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] as ScheduledBot).joinAt < place.time) low = middle + 1
    else high = middle
  }
  for (let at = low; sorted[at]?.joinAt === place.time; at++) if (sorted[at]?.id === place.id) return at
  return low
}

function matcher(query: ListScheduledQuery): (scheduled: ScheduledBot) => boolean {
  const { bot_id, bot_name, meeting_url, meeting_platform, status, extra } = query
  const { scheduled_after, scheduled_before } = query
  return ({ id, config, platform, joinAt, status: current }) =>
    (!bot_id || contains(id, bot_id)) &&
    (!bot_name || contains(config.bot_name, bot_name)) &&
    (!meeting_url || contains(config.meeting_url, meeting_url)) &&
    (!meeting_platform || meeting_platform.includes(platform)) &&
    (!status || status.includes(current)) &&
    (!extra || matchesExtra(config.extra, extra)) &&
    (scheduled_after === undefined || joinAt > scheduled_after) &&
    (scheduled_before === undefined || joinAt < scheduled_before)
}
