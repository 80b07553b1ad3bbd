import { PermanentError, RetryableError } from '../../basics/errors.ts'
import type { EventDetails, ListedEvent } from '../../vendor/calendar-event.ts'
import type { VendorCalendars } from '../../vendor/vendor-calendars.ts'

/** The result of reading one event. */
export type Reading = {
  id: string
  listed: ListedEvent | undefined
  /** Undefined: it could not be read. Null: the vendor says that it does not have the event. */
  details: EventDetails | null | undefined
  /** Why it could not be read, if trying again can help. */
  failure?: RetryableError
}

type Vendor = Pick<VendorCalendars, 'getEvent'>

/** How many events are read at the same time. */
const parallelReads = 5
/** Fewer failures may be the fault of the events. */
const fewestForOutage = 3

/** Reads each event. An event that the vendor cannot give does not stop the others. */
export async function readDetails(
  vendor: Vendor,
  calendarId: string,
  events: Omit<Reading, 'details'>[],
): Promise<Reading[]> {
  const readings: Reading[] = []
  const waiting = [...events]
  async function readOn(): Promise<void> {
    for (let event = waiting.shift(); event; event = waiting.shift()) {
      readings.push({ ...event, ...(await readOne(vendor, calendarId, event.id)) })
    }
  }
  await Promise.all(Array.from({ length: parallelReads }, readOn))
  return readings
}

async function readOne(vendor: Vendor, calendarId: string, id: string): Promise<Pick<Reading, 'details' | 'failure'>> {
  try {
    return { details: await vendor.getEvent(calendarId, id) }
  } catch (error) {
    if (error instanceof RetryableError) return { details: undefined, failure: error }
    if (isAboutTheEvent(error)) return { details: undefined }
    throw error
  }
}

/** Whether a permanent error is about this event. Others, like a refused key, would hit every event. */
function isAboutTheEvent(error: unknown): boolean {
  return error instanceof PermanentError && (error.code === 'VENDOR_REJECTED' || error.code === 'VENDOR_CONFLICT')
}

/** The error when none of these events could be read; undefined when one could, or they are too few to tell. */
export function outageAmong(readings: Reading[]): RetryableError | undefined {
  const isOutage = readings.length >= fewestForOutage && readings.every(({ failure }) => failure)
  return isOutage ? readings[0]?.failure : undefined
}
