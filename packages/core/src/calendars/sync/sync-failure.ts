import type { ErrorCode } from '../../basics/error-codes.ts'
import { SeerError } from '../../basics/errors.ts'

const longestPauseMs = 60 * 60_000
const longestMessage = 300

/** Errors that are not the calendar's fault. Other calendars fail, too, and all recover together. */
const notOfTheCalendar: ReadonlySet<string> = new Set<ErrorCode>([
  'VENDOR_UNAVAILABLE',
  'VENDOR_TIMEOUT',
  'VENDOR_RATE_LIMITED',
  'VENDOR_PROTOCOL',
  'VENDOR_UNAUTHORIZED',
  'SERVICE_UNAVAILABLE',
  'JOB_TIMED_OUT',
])

type Failing = {
  /** The number of failures in a row. */
  failures: number
  code: string
  syncEveryMs: number
  /** Default: Math.random. */
  random?: (() => number) | undefined
}

/**
 * How long to wait after failures. The wait doubles from one period up to an hour, or up to two periods when the
 * failure is not the calendar's own. Of the time above one period, a random share of up to half is taken off, so that
 * calendars that failed together do not come back together.
 */
export function syncPause({ failures, code, syncEveryMs, random = Math.random }: Failing): number {
  const doublings = Math.min(failures - 1, 10)
  const longestMs = notOfTheCalendar.has(code) ? 2 * syncEveryMs : longestPauseMs
  const pauseMs = Math.max(syncEveryMs, Math.min(longestMs, syncEveryMs * 2 ** doublings))
  return Math.round(pauseMs - ((pauseMs - syncEveryMs) * random()) / 2)
}

/** The error for users. The message of an error that is no SeerError is not meant for them. */
export function failureFacts(error: Error): { code: ErrorCode; message: string } {
  if (!(error instanceof SeerError)) return { code: 'INTERNAL_ERROR', message: 'Something went wrong in Seer.' }
  // PostgreSQL refuses NUL, and a message is one line.
  const message = error.message.replace(/\p{Cc}+/gu, ' ').trim()
  return { code: error.code, message: Array.from(message).slice(0, longestMessage).join('') }
}
