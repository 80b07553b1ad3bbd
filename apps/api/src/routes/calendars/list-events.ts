import type { EventFilter } from '@seer/core/calendars/calendar-store'
import { normaliseEmail } from '@seer/core/people/read-address'
import { eventStatuses } from '@seer/core/vendor/calendar-event'
import { z } from 'zod'
import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, pageOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { decodeCursor, encodeCursor } from '../cursor.ts'
import { anyId, cursorField, splitAtCommas } from '../query-fields.ts'
import { CalendarEvent } from './event-schema.ts'
import { findCalendar } from './find-calendar.ts'
import { showEvents } from './show-events.ts'

/** A date alone is its beginning in UTC. */
const day = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], { error: 'must be an ISO 8601 time with offset, or a date' })
  .transform((text) => new Date(text))

const email = () =>
  z
    .string()
    .max(320)
    .regex(/^[^\s@]+@[^\s@]+$/, 'must be an e-mail address')
    .overwrite(normaliseEmail)
    .optional()

const periods = ['upcoming', 'past', 'all'] as const
const statusWords = [...periods, ...eventStatuses] as const
const isPeriod = (word: StatusWord): word is Period => periods.includes(word as Period)
type StatusWord = (typeof statusWords)[number]
type Period = (typeof periods)[number]

const EventsQuery = z
  .strictObject({
    limit: z.coerce.number().int().min(1).max(250).default(50).meta({ description: 'Events on one page.' }),
    cursor: cursorField(),
    calendarId: anyId().optional().meta({ description: 'Events of this calendar: its `id` or `calendarId`.' }),
    organizerEmail: email(),
    attendeeEmail: email().meta({ description: 'Events with this attendee.' }),
    startDateGte: day.optional().meta({ description: 'Events that start then or later.', examples: ['2030-01-31'] }),
    startDateLte: day.optional().meta({ description: 'Events that start then or earlier.' }),
    status: z
      .preprocess(splitAtCommas, z.array(z.enum(statusWords)).min(1).max(statusWords.length))
      .refine((words) => words.filter(isPeriod).length < 2, 'must hold at most one of upcoming, past and all')
      .optional()
      .meta({
        description:
          '`upcoming` (not over yet), `past` or `all`, and the states that events may have: `status=upcoming,confirmed`. Without one of the first three: `upcoming`, or `all` when a start date is given.',
        examples: [['upcoming', 'confirmed']],
      }),
  })
  .superRefine(({ startDateGte, startDateLte }, context) => {
    if (!startDateGte || !startDateLte || startDateGte <= startDateLte) return
    const message = 'must not lie after startDateLte; no event can fit both'
    context.addIssue({ code: 'custom', path: ['startDateGte'], message })
  })
type EventsQuery = z.output<typeof EventsQuery>

export function listEventsRoute(app: ApiScope, deps: Pick<ApiDeps, 'db' | 'now'>): void {
  app.route({
    method: 'GET',
    url: `${apiPrefix}/calendar/events`,
    config: { access: 'read' },
    schema: {
      tags: ['Calendars'],
      summary: 'List calendar events',
      description:
        'Events of your calendars by their start, earliest first, with whether they will be recorded and why; without their descriptions.',
      querystring: EventsQuery,
      response: answers({ 200: pageOf(CalendarEvent, 'A page of events.') }),
    },
    handler: async (request) => {
      const { limit, cursor, calendarId } = request.query
      const { userId } = callerOf(request)
      const position = cursor === undefined ? null : decodeCursor(cursor)
      const after = position && { startTime: position.time, id: position.id }
      if (calendarId !== undefined) await findCalendar(deps, userId, calendarId)
      // One more than asked for tells whether there is a next page.
      const found = await deps.db.calendarEvents.list(userId, toFilter(request.query, deps.now()), after, limit + 1)
      const page = found.slice(0, limit)
      const last = page.at(-1)
      const data = await showEvents(deps, userId, page)
      if (found.length <= limit || !last) return { data }
      return { data, nextCursor: encodeCursor({ time: last.startTime, id: last.id }) }
    },
  })
}

function toFilter(query: EventsQuery, now: Date): EventFilter {
  const { calendarId, organizerEmail, attendeeEmail, startDateGte: startsFrom, startDateLte: startsUntil } = query
  const statuses = query.status?.filter((word) => !isPeriod(word))
  const period = query.status?.find(isPeriod) ?? (startsFrom || startsUntil ? 'all' : 'upcoming')
  return {
    calendarId,
    organizerEmail,
    attendeeEmail,
    startsFrom,
    startsUntil,
    statuses: statuses?.length ? statuses : undefined,
    endsAfter: period === 'upcoming' ? now : undefined,
    endsUntil: period === 'past' ? now : undefined,
  }
}
