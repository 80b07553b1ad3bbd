import { platformOf } from '../bots/platform.ts'
import type { Notification } from '../notifications/payloads.ts'
import { iso } from '../time.ts'
import { type Connection, hasBot, type Instance, type VendorSeries } from './connection.ts'
import type { Changes } from './reconcile.ts'

/** Bodies of calendar webhooks, in the shapes of openapi-v2.json (CalendarWebhook*). They have no `extra`. */

export function connectionCreated(connection: Connection): Notification {
  return { event: 'calendar.connection_created', data: identity(connection) }
}

/**
 * An error becomes `calendar.connection_error`, which no schema describes; other changes `calendar.connection_updated`.
 */
export function connectionChanged(connection: Connection): Notification {
  const { id, calendar, status, statusMessage, updatedAt } = connection
  if (status === 'error') {
    const data = {
      calendar_id: id,
      platform: calendar.account.platform,
      error: statusMessage ?? 'Unknown error',
      status,
    }
    return { event: 'calendar.connection_error', data }
  }
  return { event: 'calendar.connection_updated', data: { ...identity(connection), updated_at: iso(updatedAt) } }
}

export function connectionDeleted({ id, calendar }: Connection, now: number): Notification {
  const data = { calendar_id: id, calendar_platform: calendar.account.platform, deleted_at: iso(now) }
  return { event: 'calendar.connection_deleted', data }
}

export function eventsSynced(connection: Connection): Notification {
  const events = [...connection.series.values()]
    .filter(({ instances }) => instances.length > 0)
    .map((series) => ({
      ...kind(series),
      series_bot_scheduled: series.botConfig !== null,
      instances: series.instances.map(instanceOf),
    }))
  return { event: 'calendar.events_synced', data: { calendar_id: connection.id, events } }
}

/** The webhooks about a series' changes: at most one each for created, updated and cancelled. */
export function eventChanges({ series, created, updated, cancelled, removed }: Changes): Notification[] {
  const common = { calendar_id: series.connection.id, ...kind(series) }
  const withBot = { ...common, series_bot_scheduled: series.botConfig !== null }
  const gone = [...cancelled, ...removed.filter(({ status }) => status !== 'cancelled')]
  const notices: Notification[] = []
  if (created.length > 0) {
    notices.push({ event: 'calendar.event_created', data: { ...withBot, instances: created.map(instanceOf) } })
  }
  if (updated.length > 0) {
    const instances = updated.map(({ instance }) => instance)
    const is_exception = instances.every(({ isException }) => isException)
    const data = { ...withBot, is_exception, affected_instances: instances.map(instanceOf) }
    notices.push({ event: 'calendar.event_updated', data })
  }
  if (gone.length > 0) {
    const cancelled_instances = gone.map((instance) => ({ ...instanceOf(instance), status: 'cancelled' }))
    notices.push({ event: 'calendar.event_cancelled', data: { ...common, cancelled_instances } })
  }
  return notices
}

/** The platform of a meeting link; null without a link, or when no bot can go there. */
export function linkPlatform(meetingUrl: string | null) {
  return (meetingUrl !== null && platformOf(meetingUrl)) || null
}

function instanceOf(instance: Instance) {
  const { title, isAllDay, meetingUrl } = instance.content
  return {
    event_id: instance.id,
    start: iso(instance.start),
    end: iso(instance.end),
    title,
    status: instance.status,
    is_all_day: isAllDay,
    is_exception: instance.isException,
    bot_scheduled: hasBot(instance),
    meeting_url: meetingUrl,
    meeting_platform: linkPlatform(meetingUrl),
  }
}

const kind = ({ type, id }: VendorSeries) => ({ event_type: type, series_id: id })

function identity({ id, calendar, status, createdAt }: Connection) {
  const { platform, email } = calendar.account
  return {
    calendar_id: id,
    calendar_platform: platform,
    account_email: email,
    status,
    created_at: iso(createdAt),
  }
}
