/** How long the vendor asks us to wait: in a header, or in `retryAfter` of an error body. */

/**
 * No answer makes us wait longer than this. The vendor counts writes by the second (meetingbaas.md §4), so whoever is
 * told to wait for minutes has met a mistake, or a gateway's idea; and a bot for now is tried for ten minutes only. Who
 * is still too fast after two minutes is told so again.
 */
export const longestRetryAfterMs = 120_000

/** Nobody waits for a rate of seconds for more than a day: this is a unix time, or a slip. */
const longestPlausibleSeconds = 86_400

/** The date of RFC 9110 section 5.6.7. `Date.parse` would take `-3` and `120;` for dates, too. */
const httpDate = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/

/**
 * What `retry-after` asks for, in milliseconds: whole seconds, rounded up. Of several headers the longest wait counts.
 * Undefined: it says nothing that can be meant, like a time that has passed.
 */
export function readRetryAfterHeader(header: string | string[] | undefined): number | undefined {
  const values = [header ?? []].flat().flatMap((value) => (/[a-z]/i.test(value) ? [value] : value.split(',')))
  const waits = values.flatMap((value) => readRetryAfter(secondsOf(value.trim())) ?? [])
  return waits.length > 0 ? Math.max(...waits) : undefined
}

/** The same for a number of seconds, also one that is written as text. */
export function readRetryAfter(value: unknown): number | undefined {
  const seconds = typeof value === 'string' ? secondsOf(value) : value
  if (typeof seconds !== 'number' || !(seconds > 0 && seconds <= longestPlausibleSeconds)) return undefined
  return Math.min(Math.ceil(seconds) * 1_000, longestRetryAfterMs)
}

function secondsOf(text: string): number {
  if (/^\d{1,20}(\.\d{1,20})?$/.test(text)) return Number(text)
  return httpDate.test(text) ? (Date.parse(text) - Date.now()) / 1_000 : Number.NaN
}
