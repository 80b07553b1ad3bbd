import { linkPlatform } from '../calendars/calendar-notices.ts'
import { type Connection, hasBot, hearsOfChanges, type Instance } from '../calendars/connection.ts'
import { vendorStatus } from '../calendars/provider/event-content.ts'
import type { ProviderAccount, ProviderSeries } from '../calendars/provider/provider-account.ts'
import { iso, isoOrNull } from '../time.ts'
import type { World } from '../world.ts'

/** An account at a provider, its calendars, and which of them are connected. */
export function presentAccount({ calendars }: World, { id, platform, email, auth, push, ...account }: ProviderAccount) {
  return {
    accountId: id,
    platform,
    email,
    auth,
    push,
    calendars: account.calendars.map((calendar) => ({
      rawCalendarId: calendar.id,
      name: calendar.name,
      isPrimary: calendar.isPrimary,
      calendarId: calendars.ofCalendar(calendar)?.id ?? null,
    })),
  }
}

/** A connection, with the facts that the vendor's API does not show. */
export function presentConnection({ clock }: World, connection: Connection) {
  const { calendar, subscription, instances, series } = connection
  return {
    calendarId: connection.id,
    accountId: calendar.account.id,
    platform: calendar.account.platform,
    email: calendar.account.email,
    auth: calendar.account.auth,
    rawCalendarId: calendar.id,
    name: calendar.name,
    status: connection.status,
    statusMessage: connection.statusMessage,
    push: connection.push && calendar.account.push,
    hearsOfChanges: hearsOfChanges(connection, clock.now()),
    subscription: subscription && {
      id: subscription.id,
      createdAt: iso(subscription.createdAt),
      expiresAt: iso(subscription.expiresAt),
    },
    syncedAt: isoOrNull(connection.syncedAt),
    windowEnd: isoOrNull(connection.windowEnd),
    createdAt: iso(connection.createdAt),
    series: series.size,
    events: instances.size,
  }
}

/** An event as the vendor sees it. */
export function presentInstance(instance: Instance) {
  const { series, index, content, start, end, status, isException, bookings } = instance
  return {
    eventId: instance.id,
    seriesId: series.id,
    sourceId: series.source.id,
    occurrence: index,
    type: series.type,
    title: content.title,
    start: iso(start),
    end: iso(end),
    isAllDay: content.isAllDay,
    status,
    isException,
    meetingUrl: content.meetingUrl,
    platform: linkPlatform(content.meetingUrl),
    botScheduled: hasBot(instance),
    bots: bookings.map(({ id, status: state, joinAt }) => ({ botId: id, status: state, joinAt: iso(joinAt) })),
  }
}

/** An event or series as its provider knows it, and the vendor's copies of its occurrences. */
export function presentSource({ calendars }: World, source: ProviderSeries) {
  const { id, calendar, facts } = source
  const seen = calendars.ofCalendar(calendar)?.series.get(id)
  return {
    sourceId: id,
    rawCalendarId: calendar.id,
    title: facts.content.title,
    start: iso(facts.start),
    end: iso(facts.start + facts.durationMs),
    recurrence: facts.recurrence && { ...facts.recurrence, until: isoOrNull(facts.recurrence.until) },
    status: vendorStatus(facts.content),
    meetingUrl: facts.content.meetingUrl,
    seriesId: seen?.id ?? null,
    /** Whether the vendor has heard of the latest change. */
    upToDate: seen?.seen === facts,
    events: seen ? seen.instances.map(presentInstance) : [],
  }
}
