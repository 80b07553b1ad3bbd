import { z } from 'zod'
import { responses } from '../calendars/provider/event-content.ts'
import { isTimezone } from '../calendars/provider/zoned-time.ts'

const date = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))
const person = { email: z.string().min(1), name: z.string().nullable().default(null) }

const attendee = z.strictObject({
  ...person,
  response: z.enum(responses).default('needsAction'),
  organizer: z.boolean().optional(),
  /** Default: true for the e-mail of the calendar's account. */
  self: z.boolean().optional(),
})

/** The content of an event. The link may lead anywhere; the vendor knows three platforms. */
const content = {
  title: z.string(),
  description: z.string().nullable(),
  location: z.string().nullable(),
  timezone: z.string().refine(isTimezone, 'is no IANA time zone').nullable(),
  allDay: z.boolean(),
  meetingUrl: z.url().nullable(),
  organizer: z.strictObject(person).nullable(),
  attendees: z.array(attendee).nullable(),
  status: z.enum(['confirmed', 'tentative', 'cancelled']),
}
const contentPatch = z.strictObject(content).partial()

const recurrence = z.strictObject({
  frequency: z.enum(['daily', 'weekly']),
  interval: z.int().min(1).max(52).default(1),
  count: z.int().min(1).nullable().default(null),
  until: date.nullable().default(null),
})

/**
 * The start is `start`, or `inMinutes` from now. The length is given by `end` or `minutes`, otherwise it is 30 minutes.
 */
export const createEventSchema = contentPatch.extend({
  start: date.optional(),
  inMinutes: z.number().optional(),
  end: date.optional(),
  minutes: z.number().positive().optional(),
  recurrence: recurrence.nullable().default(null),
})
export type NewEvent = z.output<typeof createEventSchema>

/** Which occurrences are meant. The default depends on how the event was named. `occurrence` counts from 0. */
export const targetSchema = z.strictObject({
  scope: z.enum(['this', 'all']).optional(),
  occurrence: z.int().min(0).optional(),
})

/** `shiftMinutes` moves the event by that long, `start` to that time. The length stays unless `end` is given. */
const times = { start: date.optional(), end: date.optional(), shiftMinutes: z.number().optional() }

export const patchEventSchema = contentPatch.extend({ ...times, ...targetSchema.shape })

/** `from` (default now) is where the old series ends. `old` says what happens to its later occurrences. */
export const replaceSchema = contentPatch.extend({
  ...times,
  from: date.optional(),
  old: z.enum(['cancelled', 'removed']).default('cancelled'),
})
export type EventPatch = z.output<typeof contentPatch> & { start?: number; end?: number; shiftMinutes?: number }

export const listQuery = z.object({ limit: z.coerce.number().int().min(1).max(10_000).default(200) })
