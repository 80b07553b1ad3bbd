import type { ListedEvent } from '../../vendor/calendar-event.ts'
import { readPages } from '../../vendor/read-pages.ts'
import type { VendorCalendars } from '../../vendor/vendor-calendars.ts'
import { fingerprintOf } from './diff-events.ts'
import type { SyncContext } from './sync-context.ts'

/** The vendor's whole list of a calendar, by event id. */
export type EventList = { events: Map<string, ListedEvent>; fingerprints: Map<string, string>; pages: number }

/** Far more than 30 days of any calendar. A longer list counts as endless. */
const mostPages = 400

/**
 * Reads all pages.
 * @throws RetryableError VENDOR_UNAVAILABLE when the list does not end
 */
export async function readEventList(
  vendor: Pick<VendorCalendars, 'listEvents'>,
  calendarId: string,
  from: Date,
  { signal, progress }: SyncContext,
): Promise<EventList> {
  const list: EventList = { events: new Map(), fingerprints: new Map(), pages: 0 }
  const readPage = (cursor: string | null) => vendor.listEvents(calendarId, from, cursor)
  for await (const { items, nextCursor } of readPages(readPage, { of: 'events', mostPages, signal })) {
    list.pages++
    for (const event of items) {
      list.events.set(event.id, event)
      list.fingerprints.set(event.id, fingerprintOf(event))
    }
    if (nextCursor !== null) progress({ pages: list.pages, listed: list.events.size, toRead: 0, read: 0 })
  }
  return list
}
