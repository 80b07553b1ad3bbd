import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { type Connection, connectionStatuses } from '../../calendars/connection.ts'
import { calendarPlatforms, type RawCalendar } from '../../calendars/provider/provider-account.ts'
import type { World } from '../../world.ts'
import { takePage } from '../cursor.ts'
import { contains, pageSize, wordList } from '../list-query.ts'
import { parse } from '../parse.ts'
import { invalid, VendorError } from '../vendor-error.ts'
import { findCalendar, requireOk } from './calendar-lookup.ts'
import { calendarDetails, calendarItem, newCalendar, rawCalendar, updatedCalendar } from './present-calendar.ts'

const oauth = {
  oauth_client_id: z.string().min(1),
  oauth_client_secret: z.string().min(1),
  oauth_refresh_token: z.string().min(1),
  oauth_tenant_id: z.string().default('common'),
}
const updateSchema = z.strictObject(oauth)
const listRawSchema = updateSchema.extend({ calendar_platform: z.enum(calendarPlatforms) })
const createSchema = listRawSchema.extend({ raw_calendar_id: z.string().min(1) })

const listQuery = z.object({
  limit: pageSize(250),
  cursor: z.string().optional(),
  account_email: z.string().optional(),
  calendar_platform: wordList(calendarPlatforms),
  status: wordList(connectionStatuses),
})

/** Calendar connections: preview, connect, list, read, new credentials, disconnect, sync, resubscribe. */
export function registerCalendarRoutes(app: FastifyInstance, world: World): void {
  const { accounts, calendars, clock } = world
  const find = (params: unknown) => findCalendar(world, params)

  app.post('/v2/calendars/list-raw', (request) => {
    const { calendar_platform, ...body } = parse('body', listRawSchema, request.body ?? {})
    requireOk(accounts.verdictOn(calendar_platform, credentialsOf(body)))
    const account = accounts.ofToken(calendar_platform, body.oauth_refresh_token)
    return { success: true, data: account.calendars.map(rawCalendar) }
  })

  app.post('/v2/calendars', (request, reply) => {
    const { calendar_platform, raw_calendar_id, ...body } = parse('body', createSchema, request.body ?? {})
    requireOk(accounts.verdictOn(calendar_platform, credentialsOf(body)))
    const account = accounts.ofToken(calendar_platform, body.oauth_refresh_token)
    const calendar = account.calendars.find(({ id }) => id === raw_calendar_id)
    if (!calendar) throw invalid('body/raw_calendar_id The account has no such calendar')
    requireRoomFor(world, calendar)
    const connection = calendars.connect(calendar, credentialsOf(body))
    return reply.code(201).send({ success: true, data: newCalendar(connection) })
  })

  app.get('/v2/calendars', (request) => {
    const query = parse('querystring', listQuery, request.query)
    const { items, ...cursors } = takePage(calendars.list.descending(matcher(query)), query.limit, query.cursor)
    return { success: true, data: items.map(calendarItem), ...cursors }
  })

  app.get('/v2/calendars/:calendar_id', (request) => ({ success: true, data: calendarDetails(find(request.params)) }))

  app.patch('/v2/calendars/:calendar_id', (request) => {
    const connection = find(request.params)
    const credentials = credentialsOf(parse('body', updateSchema, request.body ?? {}))
    if (accounts.verdictOn(connection.calendar.account.platform, credentials) === 'ok') {
      requireAccess(world, connection, credentials.refreshToken)
    }
    requireOk(calendars.update(connection, credentials))
    return { success: true, data: updatedCalendar(connection) }
  })

  app.delete('/v2/calendars/:calendar_id', (request) => {
    calendars.delete(find(request.params))
    return { success: true, data: { message: 'Calendar connection deleted successfully' } }
  })

  app.post('/v2/calendars/:calendar_id/sync', (request) => {
    requireOk(calendars.sync(find(request.params)))
    return { success: true, data: { message: 'Calendar sync initiated successfully' } }
  })

  app.post('/v2/calendars/:calendar_id/resubscribe', (request) => {
    const connection = find(request.params)
    requireOk(calendars.resubscribe(connection))
    const resubscribed_at = new Date(clock.now()).toISOString()
    return { success: true, data: { calendar_id: connection.id, resubscribed_at } }
  })
}

function credentialsOf(body: z.output<typeof updateSchema>) {
  const { oauth_client_id: clientId, oauth_client_secret: clientSecret, oauth_refresh_token: refreshToken } = body
  return { clientId, clientSecret, refreshToken }
}

/** 409 and 429 are from openapi-v2.json, which has no codes for them. The plan's limit does not say when to retry. */
function requireRoomFor({ calendars, calendarSettings }: World, calendar: RawCalendar): void {
  if (calendars.ofCalendar(calendar)) {
    throw new VendorError(409, 'FST_ERR_CALENDAR_ALREADY_EXISTS', 'This calendar is already connected.')
  }
  if (calendars.size < calendarSettings.limit) return
  const message = `Your plan allows ${calendarSettings.limit} calendar connections.`
  throw new VendorError(429, 'FST_ERR_CALENDAR_LIMIT_REACHED', message)
}

/** Credentials of another account are accepted only if that account has the calendar, too. */
function requireAccess({ accounts }: World, { calendar }: Connection, refreshToken: string): void {
  const account = accounts.ofToken(calendar.account.platform, refreshToken)
  if (account.calendars.some(({ id }) => id === calendar.id)) return
  throw new VendorError(403, 'FST_ERR_CALENDAR_PERMISSION_DENIED', 'The account has no access to this calendar.')
}

function matcher({ account_email, calendar_platform, status }: z.output<typeof listQuery>) {
  return (connection: Connection): boolean => {
    const { email, platform } = connection.calendar.account
    return (
      (!account_email || contains(email, account_email)) &&
      (!calendar_platform || calendar_platform.includes(platform)) &&
      (!status || status.includes(connection.status))
    )
  }
}
