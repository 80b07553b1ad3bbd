import { PermanentError, RetryableError } from '../../basics/errors.ts'
import type { EventDetails, ListedEvent } from '../../vendor/calendar-event.ts'
import type { VendorCalendars } from '../../vendor/vendor-calendars.ts'

/** What came of reading one event. */
export type Reading = {
  id: string
  listed: ListedEvent | undefined
  /** Undefined: it could not be read. Null: the vendor says that it does not have it. */
  details: EventDetails | null | undefined
  /** Why it could not be read, where trying again can help. */
  failure?: RetryableError
}

type Vendor = Pick<VendorCalendars, 'getEvent'>

/** Single events read at a time. */
const parallelReads = 5
/** Fewer failures than this may be the fault of the events. */
const fewestForOutage = 3

/** Reads each event by itself; one that the vendor cannot give does not hold up the others. */
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

/** Other permanent errors, like a refused key, would meet every event. */
function isAboutTheEvent(error: unknown): boolean {
  return error instanceof PermanentError && (error.code === 'VENDOR_REJECTED' || error.code === 'VENDOR_CONFLICT')
}

/** Why none of these events could be read; undefined when the vendor had a word about one, or they are too few to tell. */
export function outageAmong(readings: Reading[]): RetryableError | undefined {
  const isOutage = readings.length >= fewestForOutage && readings.every(({ failure }) => failure)
  return isOutage ? readings[0]?.failure : undefined
}
