import { normaliseEmail } from '../../people/read-address.ts'
import type { EventDetails, KnownEvent, ListedEvent } from '../../vendor/calendar-event.ts'
import { ownEntry } from '../attendees.ts'
import type { EventWrite } from '../calendar-store.ts'
import { type EventLink, linkOf, readEventLink, toEventLink } from '../event-link.ts'
import type { Integration } from '../integration.ts'
import { fingerprintOf } from './diff-events.ts'

/**
 * The details are read once more this long before the start. Attendees answer late, or somebody writes a link into the
 * description, and the vendor's list does not show that.
 */
const rereadBeforeStartMs = 30 * 60_000
/**
 * Missing details, or details that are older than the list, are read again after this time, then less and less often.
 */
const firstRetryMs = 5 * 60_000
const longestRetryMs = 60 * 60_000

/** The fields that both the list and the details have. They are equal unless one is older. */
const shared = [
  'seriesId',
  'isRecurring',
  'title',
  'startTime',
  'endTime',
  'status',
  'meetingUrl',
  'platform',
] as const satisfies (keyof ListedEvent)[]

export type Found = {
  listed: ListedEvent | undefined
  details: EventDetails | undefined
  before: KnownEvent | undefined
}

/**
 * The event to write, from what was found. The list wins where both tell something, because the next list is compared
 * with it: stored under the list's fingerprint, an older fact would stay for ever.
 */
export function toWrite(integration: Integration, { listed, details, before }: Found, now: Date): EventWrite {
  const told = (listed ?? details) as ListedEvent
  const isSame = before?.fingerprint === fingerprintOf(told)
  const sinceMs = isSame ? now.getTime() - before.writtenAt.getTime() : null
  const { joinKey, ...link } = linkIn(told, details, before)
  const event = details && { ...details, ...sharedOf(told), ...link }
  return {
    listed: { ...told, ...link },
    fingerprint: fingerprintOf(told),
    details: event ?? null,
    joinKey,
    isOrganizer: event ? organises(integration, event) : false,
    removedAt: null,
    detailsDueAt: details
      ? earliest(rereadAt(told, now), agree(told, details) ? null : rereadOlder(sinceMs, now))
      : new Date(now.getTime() + retryPause(sinceMs)),
  }
}

/**
 * The link to store. Without details, a link that was found in earlier details stays, unless the list has one. That an
 * event could not be read does not mean that its meeting is gone.
 */
function linkIn(told: ListedEvent, details: EventDetails | undefined, before: KnownEvent | undefined): EventLink {
  const { meetingUrl } = told
  const reading = readEventLink({ meetingUrl, location: details?.location, description: details?.description })
  const link = reading.ok ? reading.link : details || !before ? null : linkOf(before)
  return toEventLink(told, link)
}

function sharedOf(told: ListedEvent): Pick<ListedEvent, (typeof shared)[number] | 'isException'> {
  const { seriesId, isRecurring, title, startTime, endTime, status, meetingUrl, platform } = told
  // Only the list says whether an event is an exception (openapi-v2.json).
  const { isException } = told
  return { seriesId, isRecurring, isException, title, startTime, endTime, status, meetingUrl, platform }
}

function agree(listed: ListedEvent, details: EventDetails): boolean {
  return shared.every((fact) => listed[fact]?.valueOf() === details[fact]?.valueOf())
}

function organises({ accountEmail }: Integration, { organizer, attendees }: EventDetails): boolean {
  const account = normaliseEmail(accountEmail)
  return organizer?.email === account || (ownEntry(attendees ?? [], account)?.organizer ?? false)
}

function rereadAt({ startTime, status }: ListedEvent, now: Date): Date | null {
  const at = new Date(startTime.getTime() - rereadBeforeStartMs)
  return status !== 'cancelled' && at > now ? at : null
}

/** When details disagree with the list for long, they are not older: the vendor has it so. */
function rereadOlder(sinceMs: number | null, now: Date): Date | null {
  const isLasting = sinceMs !== null && sinceMs >= longestRetryMs / 2
  return isLasting ? null : new Date(now.getTime() + retryPause(sinceMs))
}

/**
 * Twice the time since the event was last written. So the pause grows from retry to retry without a counter.
 * @param sinceMs null when the details differ from what was written
 */
function retryPause(sinceMs: number | null): number {
  // Longer ago than any retry, so this is the first one.
  if (sinceMs === null || sinceMs > 1.5 * longestRetryMs) return firstRetryMs
  return Math.min(Math.max(2 * sinceMs, firstRetryMs), longestRetryMs)
}

function earliest(a: Date | null, b: Date | null): Date | null {
  return a && b && b < a ? b : (a ?? b)
}
