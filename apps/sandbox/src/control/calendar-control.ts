import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { connectionStatuses } from '../calendars/connection.ts'
import { refusals } from '../calendars/verdicts.ts'
import type { World } from '../world.ts'
import { notFound, read } from './control-error.ts'
import { presentConnection, presentInstance } from './present-calendars.ts'

const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(10_000).default(50),
  /** How many virtual days of events are shown with each calendar. */
  eventDays: z.coerce.number().min(0).max(30).default(0),
})

const patchSchema = z.strictObject({
  status: z.enum(connectionStatuses).optional(),
  statusMessage: z.string().nullable().optional(),
  push: z.boolean().optional(),
  /** Ends the push subscription now, as if it had expired. */
  expireSubscription: z.literal(true).optional(),
})

const settingsSchema = z.strictObject({
  limit: z.int().min(0).optional(),
  firstSyncSeconds: z.number().min(0).optional(),
  renewals: z.boolean().optional(),
  announceExtension: z.boolean().optional(),
  uniqueBots: z.boolean().optional(),
})

const defaultMessages = {
  active: null,
  error: refusals.expired.message,
  revoked: refusals.revoked.message,
  permission_denied: refusals.permission_denied.message,
}

/** Calendar connections as the vendor has them: /sandbox/calendars. */
export function registerCalendarControl(app: FastifyInstance, world: World): void {
  const { calendars, calendarSettings, clock } = world
  const find = (params: unknown) => {
    const connection = calendars.get((params as { id: string }).id)
    if (!connection) throw notFound('calendar')
    return connection
  }

  app.get('/sandbox/calendars', (request) => {
    const { limit, eventDays } = read(listQuery, request.query)
    const until = clock.now() + eventDays * 24 * 3600_000
    const newest = calendars.list.all().slice(-limit).reverse()
    const shown = newest.map((connection) => {
      const events = connection.instances.all().filter(({ start, end }) => end > clock.now() && start < until)
      return { ...presentConnection(world, connection), upcoming: events.map(presentInstance) }
    })
    return { total: calendars.size, calendars: shown }
  })

  app.get('/sandbox/calendars/:id', (request) => presentConnection(world, find(request.params)))

  app.patch('/sandbox/calendars/:id', (request) => {
    const connection = find(request.params)
    const { status, statusMessage, push, expireSubscription } = read(patchSchema, request.body)
    if (push !== undefined) connection.push = push
    if (expireSubscription && connection.subscription) connection.subscription.expiresAt = clock.now()
    if (status !== undefined) {
      calendars.setStatus(connection, status, statusMessage === undefined ? defaultMessages[status] : statusMessage)
    }
    return presentConnection(world, connection)
  })

  app.get('/sandbox/calendars/settings', () => present(world))

  app.post('/sandbox/calendars/settings', (request) => {
    const { limit, ...changes } = read(settingsSchema, request.body)
    Object.assign(calendarSettings, changes)
    if (limit !== undefined) calendarSettings.limit = limit || Number.POSITIVE_INFINITY
    return present(world)
  })
}

/** 0 means "no limit", as in the options. */
function present({ calendarSettings }: World) {
  const { limit, ...rest } = calendarSettings
  return { limit: Number.isFinite(limit) ? limit : 0, ...rest }
}
