/** How long the vendor asks us to wait. It says so in a header, or in `retryAfter` of an error body. */

/**
 * No answer makes us wait longer than this. The vendor counts writes by the second (meetingbaas.md §4), so a wait of
 * minutes is a mistake, or comes from a gateway; and Seer tries a bot for now for only ten minutes. If two minutes were
 * too short, the vendor says so again.
 */
export const longestRetryAfterMs = 120_000

/** A longer wait makes no sense for a rate of seconds. It is a unix time, or a slip. */
const longestPlausibleSeconds = 86_400

type Limits = { mostMs: number; plausibleSeconds: number }
const ofVendor: Limits = { mostMs: longestRetryAfterMs, plausibleSeconds: longestPlausibleSeconds }

/** The date of RFC 9110 section 5.6.7. `Date.parse` would also take `-3` and `120;` for dates. */
const httpDate = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/

/**
 * The wait that `retry-after` asks for, in milliseconds; fractions of a second are rounded up. Of several headers the
 * longest wait counts. Undefined when the header makes no sense, like a time in the past.
 * @param limits no wait is longer than `mostMs`; longer texts than `plausibleSeconds` make no sense
 */
export function readRetryAfterHeader(
  header: string | string[] | undefined,
  limits: Limits = ofVendor,
): number | undefined {
  const values = [header ?? []].flat().flatMap((value) => (/[a-z]/i.test(value) ? [value] : value.split(',')))
  const waits = values.flatMap((value) => readRetryAfter(secondsOf(value.trim()), limits) ?? [])
  return waits.length > 0 ? Math.max(...waits) : undefined
}

/** The same for a number of seconds, or a text with such a number. */
export function readRetryAfter(value: unknown, { mostMs, plausibleSeconds }: Limits = ofVendor): number | undefined {
  const seconds = typeof value === 'string' ? secondsOf(value) : value
  if (typeof seconds !== 'number' || !(seconds > 0 && seconds <= plausibleSeconds)) return undefined
  return Math.min(Math.ceil(seconds) * 1_000, mostMs)
}

function secondsOf(text: string): number {
  if (/^\d{1,20}(\.\d{1,20})?$/.test(text)) return Number(text)
  return httpDate.test(text) ? (Date.parse(text) - Date.now()) / 1_000 : Number.NaN
}
