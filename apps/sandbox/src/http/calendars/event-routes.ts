import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Instance, VendorSeries } from '../../calendars/connection.ts'
import { eventStatuses } from '../../calendars/provider/event-content.ts'
import { SortedList } from '../../calendars/sorted-list.ts'
import type { World } from '../../world.ts'
import { takePage } from '../cursor.ts'
import { optionalDate, pageSize, wordList } from '../list-query.ts'
import { parse } from '../parse.ts'
import { findCalendar, findEvent } from './calendar-lookup.ts'
import { eventDetails, eventItem, seriesItem } from './present-event.ts'

const showCancelled = z
  .enum(['true', 'false'])
  .default('true')
  .transform((text) => text === 'true')

const eventsQuery = z.object({
  limit: pageSize(250),
  cursor: z.string().optional(),
  start_date: optionalDate,
  end_date: optionalDate,
  status: wordList(eventStatuses),
  show_cancelled: showCancelled,
})

const seriesQuery = z.object({
  limit: pageSize(250),
  cursor: z.string().optional(),
  event_type: wordList(['one_off', 'recurring'] as const),
  show_cancelled: showCancelled,
})

/** Events of a calendar: list, details, and the list by series. */
export function registerEventRoutes(app: FastifyInstance, world: World): void {
  app.get('/v2/calendars/:calendar_id/events', (request) => {
    const query = parse('querystring', eventsQuery, request.query)
    const { instances } = findCalendar(world, request.params)
    const list = instances.ascending(eventMatcher(query), query.start_date)
    const { items, ...cursors } = takePage(list, query.limit, query.cursor)
    return { success: true, data: items.map(eventItem), ...cursors }
  })

  app.get('/v2/calendars/:calendar_id/events/:event_id', (request) => {
    const connection = findCalendar(world, request.params)
    return { success: true, data: eventDetails(findEvent(connection, request.params)) }
  })

  app.get('/v2/calendars/:calendar_id/series', (request) => {
    const query = parse('querystring', seriesQuery, request.query)
    const { series } = findCalendar(world, request.params)
    const list = new SortedList<VendorSeries>(({ createdAt }) => createdAt)
    for (const one of series.values()) list.add(one)
    const matches = ({ type, instances }: VendorSeries) =>
      instances.length > 0 && (!query.event_type || query.event_type.includes(type))
    const { items, ...cursors } = takePage(list.descending(matches), query.limit, query.cursor)
    return { success: true, data: items.map((one) => seriesItem(one, query.show_cancelled)), ...cursors }
  })
}

/** Does not look at `start_date`, because the list begins there. */
function eventMatcher({ end_date, status, show_cancelled }: z.output<typeof eventsQuery>) {
  return (event: Instance): boolean =>
    (end_date === undefined || event.end <= end_date) &&
    (!status || status.includes(event.status)) &&
    (show_cancelled || event.status !== 'cancelled')
}
