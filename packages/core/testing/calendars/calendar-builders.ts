import { randomUUID } from 'node:crypto'
import type { EventWrite } from '../../src/calendars/calendar-store.ts'
import type { OauthFlow } from '../../src/calendars/connection/consent/oauth.ts'
import type { Connection, Integration, SyncCounts, SyncState } from '../../src/calendars/integration.ts'
import { fingerprintOf } from '../../src/calendars/sync/diff-events.ts'
import type { Attendee, EventDetails, ListedEvent } from '../../src/vendor/calendar-event.ts'
import { at } from '../meetings/builders.ts'

export const neverSynced: SyncState = {
  nextSyncAt: at(0),
  lastSyncedAt: null,
  lastResult: null,
  failures: 0,
  lastErrorCode: null,
  lastErrorMessage: null,
  lastErrorAt: null,
  digest: null,
  requested: 0,
  served: 0,
}

export type IntegrationChanges = Partial<Connection> & { sync?: Partial<SyncState> }

/** A connected Google calendar with new ids. Its first sync is due. */
export function anIntegration({ sync, ...changes }: IntegrationChanges = {}): Integration {
  const accountEmail = changes.accountEmail ?? 'ines@example.test'
  return {
    id: randomUUID(),
    userId: randomUUID(),
    provider: 'google',
    calendarId: randomUUID(),
    externalCalendarId: `${randomUUID()}@calendar.example.test`,
    name: 'Ines',
    accountEmail,
    status: 'active',
    statusMessage: null,
    refreshToken: 'k1.sealed-token',
    pendingRefreshToken: null,
    connectAttempts: 0,
    connectStartedAt: null,
    subscriptionExpiresAt: at(60 * 24),
    vendorSyncedAt: null,
    vendorSyncError: null,
    checkedAt: null,
    leaseUntil: null,
    dueAt: null,
    round: 0,
    lastErrorCode: null,
    lastErrorMessage: null,
    lastSeq: 0,
    version: 0,
    createdAt: at(0),
    updatedAt: at(0),
    ...changes,
    sync: { ...neverSynced, ...sync },
  }
}

/** The same, before the vendor has confirmed the connection. */
export function aConnectingIntegration(changes: IntegrationChanges = {}): Integration {
  const { sync, ...rest } = changes
  return anIntegration({
    calendarId: null,
    status: 'connecting',
    refreshToken: null,
    pendingRefreshToken: 'k1.sealed-token',
    connectStartedAt: at(0),
    subscriptionExpiresAt: null,
    ...rest,
    sync: { nextSyncAt: null, ...sync },
  })
}

export function aListedEvent(changes: Partial<ListedEvent> = {}): ListedEvent {
  const id = changes.id ?? randomUUID()
  return {
    id,
    seriesId: id,
    isRecurring: false,
    isException: false,
    title: 'Weekly planning',
    startTime: at(60),
    endTime: at(90),
    status: 'confirmed',
    meetingUrl: 'https://meet.google.com/abc-defg-hij',
    platform: 'meet',
    botScheduled: false,
    createdAt: at(-600),
    ...changes,
  }
}

export function anAttendee(changes: Partial<Attendee> = {}): Attendee {
  const email = 'ines@example.test'
  return { email, name: null, responseStatus: 'accepted', organizer: false, self: false, ...changes }
}

/** What the vendor returns for a listed event when it is asked for that event. */
export function anEventRead(listed: ListedEvent, changes: Partial<EventDetails> = {}): EventDetails {
  return {
    ...listed,
    description: 'Bring numbers.',
    location: 'Room 4',
    timezone: 'Europe/Paris',
    isAllDay: false,
    organizer: { email: 'ines@example.test', name: 'Ines Okafor' },
    attendees: [anAttendee({ self: true, organizer: true }), anAttendee({ email: 'bo@example.test', name: 'Bo' })],
    updatedAt: at(-5),
    ...changes,
  }
}

/** An event without details: Seer knows it only from the list. */
export function anEventWrite(changes: Partial<ListedEvent> = {}, write: Partial<EventWrite> = {}): EventWrite {
  const listed = write.listed ?? aListedEvent(changes)
  return {
    listed,
    fingerprint: fingerprintOf(listed),
    details: null,
    joinKey: listed.meetingUrl === null ? null : 'meet:abc-defg-hij',
    isOrganizer: false,
    removedAt: null,
    detailsDueAt: null,
    ...write,
  }
}

/** An event with details: Seer has asked the vendor for it. */
export function aDetailedWrite(changes: Partial<EventDetails> = {}, write: Partial<EventWrite> = {}): EventWrite {
  const details = anEventRead(aListedEvent(), changes)
  const { id, seriesId, isRecurring, isException, title, startTime, endTime, status, meetingUrl } = details
  const { platform, botScheduled, createdAt } = details
  const times = { startTime, endTime, createdAt }
  const series = { seriesId, isRecurring, isException }
  const listed = { id, ...series, title, ...times, status, meetingUrl, platform, botScheduled }
  return anEventWrite({}, { listed, details, isOrganizer: true, ...write })
}

export function someCounts(changes: Partial<SyncCounts> = {}): SyncCounts {
  return { created: 0, updated: 0, cancelled: 0, unchanged: 0, pages: 1, detailReads: 0, ...changes }
}

export function anOauthFlow(changes: Partial<OauthFlow> = {}): OauthFlow {
  return {
    stateHash: randomUUID(),
    userId: randomUUID(),
    provider: 'google',
    codeVerifier: 'k1.sealed-verifier',
    redirectUrl: null,
    rawCalendarId: null,
    browserHash: null,
    createdAt: at(0),
    expiresAt: at(10),
    ...changes,
  }
}
