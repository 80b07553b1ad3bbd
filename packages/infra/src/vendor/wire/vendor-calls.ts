import { SeerError } from '@seer/core/basics/errors'
import type { z } from 'zod'
import { within } from '../../within.ts'
import type { Quote } from './quote.ts'
import { TransportFailure } from './transport-failure.ts'
import { claimsToFail, isVendorSuccess, type VendorAnswer } from './vendor-answer.ts'
import { type CallTraits, errorForAnswer, errorForFailure, unexpectedBody } from './vendor-errors.ts'

/** One call to the vendor, for the log. It has no headers and no bodies. */
export type VendorCall = {
  method: string
  /** The path without ids, such as `/v2/bots/:botId`. */
  path: string
  /** HTTP status; null when no answer came. */
  status: number | null
  durationMs: number
  /** The code of the error that the call threw; null when it succeeded. */
  errorCode: string | null
  /** How many entries in the answer's lists could not be read. Absent when all could be. */
  unreadable?: number
  botId?: string
  meetingId?: string
  /** The vendor's id. */
  calendarId?: string
}

type LoggedInfo = Pick<VendorCall, 'method' | 'path' | 'botId' | 'meetingId' | 'calendarId'>

export type CallInfo = LoggedInfo &
  Partial<Omit<CallTraits, 'subject'>> & {
    /** Default: `timeoutMs` from the start of the call. */
    deadline?: Deadline
    /** Secrets that only this call carries. */
    secrets?: readonly string[]
  }

/** A point in time by which several calls must be done together. */
export type Deadline = { remainingMs(): number }

/** The deadline of calls that must all end within so many milliseconds. */
export function deadlineIn(timeoutMs: number): Deadline {
  const end = performance.now() + timeoutMs
  return { remainingMs: () => Math.max(0, end - performance.now()) }
}

type Options = {
  timeoutMs: number
  quote: Quote
  log: ((call: VendorCall) => void) | undefined
}

/**
 * Runs one call. It ends by its deadline whatever the other side does, and its answer is checked against `schema`.
 * @throws PermanentError or RetryableError with a VENDOR_ code
 */
export type RunCall = <Schema extends z.ZodType>(
  info: CallInfo,
  schema: Schema,
  perform: (signal: AbortSignal) => Promise<VendorAnswer>,
) => Promise<z.output<Schema>>

/** A function that makes calls to the vendor: with a deadline, a line in the log for each, and errors of Seer’s. */
export function createRunCall({ timeoutMs, quote, log }: Options): RunCall {
  return async ({ deadline = deadlineIn(timeoutMs), secrets = [], ...call }, schema, perform) => {
    const { info, traits } = separate(call)
    const quoteHere = (text: string) => quote(text, secrets)
    const startedAt = performance.now()
    let status: number | null = null
    let errorCode: string | null = null
    let unreadable = 0
    try {
      const answer = await withDeadline(deadline, perform)
      status = answer.status
      const result = read(answer, schema, traits, quoteHere)
      unreadable = unreadableIn(result)
      return result
    } catch (cause) {
      const error = cause instanceof TransportFailure ? errorForFailure(cause, traits) : cause
      errorCode = error instanceof SeerError ? error.code : 'INTERNAL_ERROR'
      throw error
    } finally {
      const durationMs = Math.round(performance.now() - startedAt)
      log?.({ ...info, status, durationMs, errorCode, ...(unreadable > 0 ? { unreadable } : {}) })
    }
  }
}

/** Schemas of lists count the entries that they left out. */
function unreadableIn(result: unknown): number {
  if (typeof result !== 'object' || result === null || !('unreadable' in result)) return 0
  return typeof result.unreadable === 'number' ? result.unreadable : 0
}

function separate(call: Omit<CallInfo, 'deadline' | 'secrets'>): { info: LoggedInfo; traits: CallTraits } {
  const { isWrite = call.method !== 'GET', usesGrant = false, addsCalendar = false, ...info } = call
  const subject = info.botId !== undefined ? 'bot' : info.calendarId !== undefined ? 'calendar' : null
  return { info, traits: { isWrite, subject, usesGrant, addsCalendar } }
}

function read<Schema extends z.ZodType>(
  answer: VendorAnswer,
  schema: Schema,
  traits: CallTraits,
  quote: (text: string) => string,
): z.output<Schema> {
  if (claimsToFail(answer)) throw errorForAnswer(answer, traits, quote)
  const parsed = schema.safeParse(answer.body)
  if (!parsed.success || !isVendorSuccess(answer)) throw unexpectedBody(answer.status, traits)
  return parsed.data
}

/** Measures time outside the SDK, because the SDK cannot be aborted and its timeout only counts inactivity. */
async function withDeadline<T>(deadline: Deadline, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const tooLate = () => new TransportFailure('timed_out', 'no answer in time')
  try {
    return await within(deadline.remainingMs(), work(controller.signal), tooLate)
  } finally {
    // Of a call that was answered nothing is left to abort.
    controller.abort()
  }
}
