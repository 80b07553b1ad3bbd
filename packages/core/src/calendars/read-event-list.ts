import { RetryableError } from '../errors.ts'
import type { ListedEvent } from './calendar-event.ts'
import type { CalendarProvider } from './calendar-provider.ts'
import { fingerprintOf } from './diff-events.ts'
import type { SyncContext } from './sync-calendar.ts'

/** The vendor's whole list of a calendar, by event id. */
export type EventList = { events: Map<string, ListedEvent>; fingerprints: Map<string, string>; pages: number }

/** Far more than 30 days of anybody's calendar: a list this long does not end. */
const mostPages = 400

/**
 * Reads all pages.
 * @throws RetryableError PROVIDER_UNAVAILABLE when the list does not end
 */
export async function readEventList(
  provider: Pick<CalendarProvider, 'listEvents'>,
  calendarId: string,
  from: Date,
  { signal, progress }: SyncContext,
): Promise<EventList> {
  const list: EventList = { events: new Map(), fingerprints: new Map(), pages: 0 }
  let cursor: string | null = null
  do {
    signal.throwIfAborted()
    const page = await provider.listEvents(calendarId, from, cursor)
    list.pages++
    for (const event of page.items) {
      list.events.set(event.id, event)
      list.fingerprints.set(event.id, fingerprintOf(event))
    }
    if (page.nextCursor !== null) progress({ pages: list.pages, listed: list.events.size, toRead: 0, read: 0 })
    const isEndless = page.nextCursor !== null && (page.nextCursor === cursor || list.pages >= mostPages)
    if (isEndless) throw endless(list.pages)
    cursor = page.nextCursor
  } while (cursor !== null)
  return list
}

function endless(pages: number): RetryableError {
  return new RetryableError('PROVIDER_UNAVAILABLE', {
    detail: `The list of events at Meeting BaaS did not end within ${pages} pages.`,
  })
}
