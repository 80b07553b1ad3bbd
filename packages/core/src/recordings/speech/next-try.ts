import { waitAfterAttempts } from '../../basics/backoff.ts'
import { PermanentError, PostponedError, RetryableError, SeerError } from '../../basics/errors.ts'
import type { SpeechOrder } from './speech-orders.ts'

/** A transcript that could not be made by then is given up, and its order may be repeated. */
const giveUpAfterMs = 6 * 3_600_000
/** A service that answers so often, and never with a transcript, will not do so. Each answer may be paid for. */
const mostAnswers = 3
const again = { firstMs: 15_000, mostMs: 1_800_000 }
/** How often a service is asked for what it makes by itself: at first often, later every five minutes. */
const askEveryMs = [15_000, 30_000, 60_000, 120_000, 300_000] as const

/** Whether an order has failed, or when its next call is. `isCounted`: whether this call counts as an attempt. */
export type NextTry =
  | { outcome: 'fail'; code: string; message: string }
  | { outcome: 'again'; dueAt: Date; lastProblem: string; isCounted: boolean }

/**
 * What comes after a call that failed.
 * @throws the error itself when it is none of Seer's, and so a bug
 */
export function nextTry(order: SpeechOrder, error: unknown, now: Date): NextTry {
  if (!(error instanceof SeerError)) throw error
  const { code, message } = error
  const isHopeless = code === 'SPEECH_PROTOCOL' && order.attempts >= mostAnswers
  if (error instanceof PermanentError || isHopeless) return { outcome: 'fail', code, message }
  const lastProblem = message === code ? code : `${code}: ${message}`
  const isCounted = !(error instanceof PostponedError)
  const waitMs = waitOf(error) ?? waitAfterAttempts(order.attempts, again)
  return { outcome: 'again', dueAt: new Date(now.getTime() + waitMs), lastProblem, isCounted }
}

function waitOf(error: SeerError): number | undefined {
  if (error instanceof PostponedError) return error.delayMs
  const told = error instanceof RetryableError ? error.retryAfterMs : undefined
  return told === undefined ? undefined : Math.min(told, again.mostMs)
}

/** Whether an order is given up, because it could not be carried out for too long. */
export function isTooOld({ createdAt }: SpeechOrder, now: Date): boolean {
  return now.getTime() - createdAt.getTime() >= giveUpAfterMs
}

/** When a service that has begun is asked the next time. */
export function askAgainAt({ attempts }: SpeechOrder, now: Date): Date {
  const waitMs = askEveryMs[Math.min(attempts, askEveryMs.length) - 1] ?? askEveryMs[0]
  return new Date(now.getTime() + waitMs)
}
