import { randomUUID } from 'node:crypto'
import { PermanentError } from '../../basics/errors.ts'
import type { KnownEvent } from '../../vendor/calendar-event.ts'
import type { EventWrite } from '../calendar-store.ts'
import type { Integration } from '../integration.ts'
import { toWrite } from './event-write.ts'
import type { Reading } from './read-details.ts'
import type { SyncDeps } from './sync-context.ts'

type Pass = { integration: Integration; known: ReadonlyMap<string, KnownEvent>; startedAt: Date }

export type EventWriter = {
  /** @throws PermanentError VENDOR_CALENDAR_NOT_FOUND when events are missing because their calendar is */
  write: (readings: Reading[], readAt: Date, more?: { isOutage: boolean }) => Promise<void>
  /** The calendar's digest now, unless another sync has written. */
  digest: () => string | null
}

/** Makes the writer of one sync. */
export function eventWriter(deps: SyncDeps, { integration, known, startedAt }: Pass): EventWriter {
  // Never equal to the digest of a list.
  const mark = `written by ${randomUUID()}`
  let { digest } = integration.sync
  let isCalendarThere = false

  /** If this sync dies or another one writes meanwhile, our events match no list and must be compared again. */
  async function forgetDigest(): Promise<void> {
    await deps.integrations.forgetDigest({ integrationId: integration.id, digestBefore: digest, mark })
    digest = mark
  }

  /**
   * Checks that the calendar exists. When it is gone, the vendor does not have its events either, and answers the same.
   */
  async function expectCalendar(): Promise<void> {
    isCalendarThere ||= (await deps.vendor.getCalendar(integration.calendarId as string)) !== null
    if (!isCalendarThere) throw calendarGone()
  }

  return {
    digest: () => digest,
    async write(readings, readAt, { isOutage } = { isOutage: false }) {
      const writes: EventWrite[] = []
      const removed: string[] = []
      for (const { id, listed, details } of readings) {
        // A listed event exists, so "not there" came from a server that is behind.
        if (details === null && !listed) removed.push(id)
        else if (details || listed) {
          const found = { listed, details: details ?? undefined, before: known.get(id) }
          const write = toWrite(integration, found, startedAt)
          writes.push(isOutage ? { ...write, detailsDueAt: startedAt } : write)
        }
      }
      if (removed.length > 0) await expectCalendar()
      if (removed.length + writes.length > 0) await forgetDigest()
      if (writes.length > 0) await deps.events.save(integration, writes, readAt)
      if (removed.length > 0) await deps.events.markRemoved(integration.id, removed, readAt)
    },
  }
}

function calendarGone(): PermanentError {
  return new PermanentError('VENDOR_CALENDAR_NOT_FOUND', {
    detail: 'Meeting BaaS does not know this calendar any more.',
  })
}
