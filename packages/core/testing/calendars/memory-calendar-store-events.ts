import type { CalendarEventStore, EventFilter, EventPosition, EventWrite } from '../../src/calendars/calendar-store.ts'
import type { OauthFlow } from '../../src/calendars/connection/consent/oauth.ts'
import type { Integration } from '../../src/calendars/integration.ts'
import type { StoredDecision } from '../../src/planning/scheduling-store.ts'
import type { CalendarEvent } from '../../src/vendor/calendar-event.ts'

/** A row of calendar_events: what the port shows and what guards it. */
export type MemoryEvent = Omit<CalendarEvent, 'provider' | 'calendarId' | 'accountEmail'> & {
  fingerprint: string
  vendorUpdatedAt: Date | null
  detailsDueAt: Date | null
  /** Written by memory-scheduling-store.ts; they are gone when the event is. Oldest first. */
  decisions: readonly StoredDecision[]
}

export type CalendarTables = {
  integrations: Map<string, Integration>
  events: Map<string, MemoryEvent>
  /** By the hash of their state. */
  flows: Map<string, OauthFlow>
  now: () => Date
}

/** A row and what the port adds to it from its calendar. */
type ShownEvent = { row: MemoryEvent; of: Pick<CalendarEvent, 'provider' | 'calendarId' | 'accountEmail'> }

/** How much the clocks of a worker and the database may differ. */
const clockSlackMs = 5_000

/** The CalendarEventStore of memory-calendar-store.ts. */
export function memoryEventStore({ integrations, events, now }: CalendarTables): CalendarEventStore {
  function write(integration: Integration, incoming: EventWrite, readAt: Date): void {
    const { listed, details } = incoming
    const stored = events.get(listed.id)
    if (stored && stored.integrationId !== integration.id) return
    if (stored && isLater(stored.detailsReadAt, readAt)) return
    if (stored && isLater(stored.removedAt, readAt)) return
    events.set(listed.id, {
      ...(stored ?? { ...noDetails, isOrganizer: incoming.isOrganizer, decisions: [] }),
      ...(details ?? listed),
      ...(details && { isOrganizer: incoming.isOrganizer, vendorUpdatedAt: details.updatedAt, detailsReadAt: readAt }),
      integrationId: integration.id,
      userId: integration.userId,
      joinKey: incoming.joinKey,
      fingerprint: incoming.fingerprint,
      removedAt: incoming.removedAt,
      detailsDueAt: wasAskedFor(stored, readAt) ? stored.detailsDueAt : incoming.detailsDueAt,
      createdAt: stored?.createdAt ?? now(),
      updatedAt: now(),
    })
  }

  function wasAskedFor(stored: MemoryEvent | undefined, readAt: Date): stored is MemoryEvent {
    const dueAt = stored?.detailsDueAt
    return !!dueAt && dueAt > readAt && dueAt.getTime() <= now().getTime() + clockSlackMs
  }

  function* shownTo(userId: string): Iterable<ShownEvent> {
    for (const row of events.values()) {
      if (row.userId !== userId) continue
      const { provider, calendarId, accountEmail, status } = integrations.get(row.integrationId) as Integration
      if (status !== 'disconnecting' && calendarId !== null) yield { row, of: { provider, calendarId, accountEmail } }
    }
  }

  return {
    async listKnown(integrationId, from) {
      return [...events.values()]
        .filter((event) => event.integrationId === integrationId && event.startTime >= from && !event.removedAt)
        .map(({ id, fingerprint, status, vendorUpdatedAt, updatedAt, meetingUrl, joinKey }) => ({
          ...{ id, fingerprint, status, vendorUpdatedAt, meetingUrl, joinKey },
          writtenAt: updatedAt,
        }))
    },
    async save(integration, writes, readAt) {
      if (!integrations.has(integration.id)) return
      for (const one of structuredClone(writes)) write(integration, one, readAt)
    },
    async markRemoved(integrationId, eventIds, at) {
      for (const event of events.values()) {
        if (event.integrationId !== integrationId || !eventIds.includes(event.id) || event.removedAt) continue
        if (isLater(event.detailsReadAt, at)) continue
        Object.assign(event, { status: 'cancelled', removedAt: at, detailsDueAt: null, updatedAt: now() })
      }
    },
    async list(userId, filter, after, limit) {
      return [...shownTo(userId)]
        .filter((shown) => matches(shown, filter))
        .sort((a, b) => byStart(a.row, b.row))
        .filter(({ row }) => !after || byStart(row, after) > 0)
        .slice(0, limit)
        .map(eventOf)
    },
    async findForUser(userId, eventId) {
      const found = [...shownTo(userId)].find(({ row }) => row.id === eventId)
      return found ? eventOf(found) : null
    },
    async removeEndedBefore(endedBefore, limit) {
      const ended = [...events.values()].filter(({ endTime }) => endTime < endedBefore).slice(0, limit)
      for (const { id } of ended) events.delete(id)
      return ended.length
    },
  }
}

const isLater = (noted: Date | null, readAt: Date) => noted !== null && noted > readAt

const noDetails = {
  description: null,
  location: null,
  timezone: null,
  isAllDay: false,
  organizer: null,
  attendees: null,
  vendorUpdatedAt: null,
  detailsReadAt: null,
}

/** A copy, made only of what is given away: models ask for events many thousand times. */
function eventOf({ row, of }: ShownEvent): CalendarEvent {
  const { fingerprint: _f, vendorUpdatedAt: _v, detailsDueAt: _d, decisions: _s, ...event } = row
  return structuredClone({ ...event, ...of })
}

function matches({ row: event, of }: ShownEvent, filter: EventFilter): boolean {
  const { calendarId, startsFrom, startsUntil, endsAfter, endsUntil, statuses } = filter
  const organizer = filter.organizerEmail?.toLowerCase()
  const attendee = filter.attendeeEmail?.toLowerCase()
  if (calendarId && calendarId !== event.integrationId && calendarId !== of.calendarId) return false
  if (organizer && event.organizer?.email?.toLowerCase() !== organizer) return false
  if (attendee && !event.attendees?.some(({ email }) => email?.toLowerCase() === attendee)) return false
  if ((startsFrom && event.startTime < startsFrom) || (startsUntil && event.startTime > startsUntil)) return false
  if ((endsAfter && event.endTime <= endsAfter) || (endsUntil && event.endTime > endsUntil)) return false
  return !statuses || statuses.includes(event.status)
}

function byStart(a: EventPosition, b: EventPosition): number {
  return a.startTime.getTime() - b.startTime.getTime() || (a.id < b.id ? -1 : Number(a.id > b.id))
}
