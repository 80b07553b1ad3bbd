import type { FastifyInstance } from 'fastify'
import {
  type EventBotConfig,
  type EventTarget,
  eventTargetSchema,
  parseEventBot,
  parseEventBotPatch,
} from '../../bots/bot-config.ts'
import type { CalendarBots } from '../../calendars/calendar-bots.ts'
import { type Connection, hasBot, type Instance, type VendorSeries } from '../../calendars/connection.ts'
import type { World } from '../../world.ts'
import type { ItemError } from '../bots/batch.ts'
import { parse, rejectInvalid } from '../parse.ts'
import { VendorError, wrongBotStatus } from '../vendor-error.ts'
import { findCalendar, findSeries, requireEvent } from './calendar-lookup.ts'

/** A bot that joined longer ago than this is finished. The vendor does not say how long. Virtual ms. */
const longAgoMs = 24 * 3600_000

/** Bots for events: schedule, change, call off. With several events, some may succeed and some fail. */
export function registerCalendarBotRoutes(app: FastifyInstance, world: World): void {
  const { calendarBots, clock } = world
  const find = (params: unknown, target: EventTarget) => findTarget(world, findCalendar(world, params), target)

  app.post('/v2/calendars/:calendar_id/bots', (request, reply) => {
    const { target, config } = rejectInvalid('body', () => parseEventBot(request.body ?? {}))
    const { series, event } = find(request.params, target)
    if (!event) series.botConfig = config
    const events = event ? [event] : series.instances.filter(({ end }) => end > clock.now())
    return reply.code(201).send(forEach(events, (one) => calendarBots.schedule(one, config)))
  })

  app.patch('/v2/calendars/:calendar_id/bots', (request) => {
    const { target, changes } = rejectInvalid('body', () => parseEventBotPatch(request.body ?? {}))
    const { series, event } = find(request.params, target)
    if (event) {
      requireBot(event.bookings.length > 0)
      if (!change(calendarBots, event, changes)) throw wrongBotStatus(locked)
      return { success: true, data: [{ event_id: event.id }], errors: [] }
    }
    const events = series.instances.filter((one) => hasBot(one) && one.end > clock.now())
    requireBot(series.botConfig !== null || events.length > 0)
    if (series.botConfig) series.botConfig = { ...series.botConfig, ...changes }
    const refusal = { code: 'BOT_STATUS', message: locked }
    return forEach(events, (one) => (change(calendarBots, one, changes) ? undefined : refusal))
  })

  app.delete('/v2/calendars/:calendar_id/bots', (request) => {
    const { series, event } = find(request.params, parse('body', eventTargetSchema, request.body ?? {}))
    if (event) {
      requireBot(event.bookings.length > 0)
      if (!calendarBots.canStop(event)) throw wrongBotStatus('The bots of this event are over or were cancelled.')
      calendarBots.stop(event)
      return { success: true, data: [{ event_id: event.id }], errors: [] }
    }
    const recent = series.instances.filter(({ start }) => start > clock.now() - longAgoMs)
    const events = recent.filter((one) => calendarBots.canStop(one))
    requireBot(series.botConfig !== null || events.length > 0)
    series.botConfig = null
    return forEach(events, (one) => calendarBots.stop(one))
  })
}

const locked = 'The bot is not scheduled any more, or joins in less than 4 minutes.'

/**
 * The series and, unless all occurrences are meant, the event. The SDK sends an all-zero series id on deletion. Whether
 * the live service accepts it is unknown; only a lenient sandbox does.
 */
function findTarget({ settings }: World, connection: Connection, target: EventTarget) {
  const { series_id, all_occurrences, event_id = '' } = target
  if (settings.lenient && !all_occurrences && /^[0-]+$/.test(series_id)) {
    const event = requireEvent(connection.instances.find(event_id))
    return { series: event.series, event }
  }
  const series: VendorSeries = findSeries(connection, series_id)
  if (all_occurrences) return { series, event: undefined }
  return { series, event: requireEvent(series.instances.find(({ id }) => id === event_id)) }
}

/** Changes the event's bookings. False when none of them may be changed. */
function change(bots: CalendarBots, event: Instance, changes: Partial<EventBotConfig>): boolean {
  const open = event.bookings.filter((booking) => bots.isOpen(booking))
  for (const booking of open) booking.config = { ...booking.config, ...changes }
  return open.length > 0
}

function requireBot(exists: boolean): void {
  if (exists) return
  throw new VendorError(404, 'FST_ERR_CALENDAR_BOT_NOT_FOUND', 'No bot is scheduled for this event.')
}

function forEach(events: Instance[], run: (event: Instance) => Omit<ItemError, 'details'> | undefined | void) {
  const data: { event_id: string }[] = []
  const errors: ({ event_id: string } & ItemError)[] = []
  for (const event of events) {
    const error = run(event)
    if (error) errors.push({ event_id: event.id, ...error, details: null })
    else data.push({ event_id: event.id })
  }
  return { success: true, data, errors }
}
