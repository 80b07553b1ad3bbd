import type { EventFilter } from '@seer/core/calendars/calendar-store'
import { normaliseEmail } from '@seer/core/people/read-address'
import { eventStatuses } from '@seer/core/vendor/calendar-event'
import { z } from 'zod'
import { callerOf } from '../../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, pageOf } from '../../../api-scope.ts'
import type { ApiDeps } from '../../../dependencies.ts'
import { decodeCursor, encodeCursor } from '../../cursor.ts'
import { anyId, cursorField, splitAtCommas } from '../../query-fields.ts'
import { findIntegration } from '../find-integration.ts'
import { CalendarEvent } from './event-schema.ts'
import { showEvents } from './show-events.ts'

/** A date without a time means midnight UTC, when that day begins. */
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
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(250)
      .default(50)
      .meta({ description: 'How many events a page has at most.' }),
    cursor: cursorField(),
    calendarId: anyId().optional().meta({ description: 'Only events of this calendar: its `id` or `calendarId`.' }),
    organizerEmail: email(),
    attendeeEmail: email().meta({ description: 'Only events with this attendee.' }),
    startDateGte: day
      .optional()
      .meta({ description: 'Only events that start at this time or later.', examples: ['2030-01-31'] }),
    startDateLte: day.optional().meta({ description: 'Only events that start at this time or earlier.' }),
    status: z
      .preprocess(splitAtCommas, z.array(z.enum(statusWords)).min(1).max(statusWords.length))
      .refine((words) => words.filter(isPeriod).length < 2, 'must hold at most one of upcoming, past and all')
      .optional()
      .meta({
        description:
          'One of `upcoming` (not over yet), `past` and `all`, and any states of events, for example `status=upcoming,confirmed`. If you send none of the first three, you get `upcoming` events, or `all` when you send a start date.',
        examples: [['upcoming', 'confirmed']],
      }),
  })
  .superRefine(({ startDateGte, startDateLte }, context) => {
    if (!startDateGte || !startDateLte || startDateGte <= startDateLte) return
    const message = 'must not be after startDateLte, because otherwise no event can match'
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
        'Events of your calendars, those that start earliest first. Each says whether it will be recorded, and why. Descriptions are left out.',
      querystring: EventsQuery,
      response: answers({ 200: pageOf(CalendarEvent, 'A page of events.') }),
    },
    handler: async (request) => {
      const { limit, cursor, calendarId } = request.query
      const { userId } = callerOf(request)
      const position = cursor === undefined ? null : decodeCursor(cursor)
      const after = position && { startTime: position.time, id: position.id }
      if (calendarId !== undefined) await findIntegration(deps, userId, calendarId)
      // One event more than asked for tells whether there is a next page.
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
