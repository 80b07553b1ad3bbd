import { PermanentError, RetryableError } from '@seer/core/basics/errors'
import { createQuote } from '../vendor/wire/quote.ts'

/** A speech service's answer that is no transcript. */
export type Refusal = {
  status: number
  /** What the service says, in words and by its own codes. */
  text: string
  retryAfterMs: number | undefined
}

/**
 * The error for a refusal. The codes of services differ, and some only say it in words.
 * @param secrets what the message must not hold
 */
export function errorForRefusal({ status, text, retryAfterMs }: Refusal, secrets: readonly string[]): Error {
  const said = createQuote(secrets)(text)
  const detail = `The speech service answered with status ${status}${said === '' ? '.' : `: ${said}`}`
  const facts = { detail, upstreamStatus: status }
  if (status === 402 || /insufficient_quota|insufficient_funds|out of credit/i.test(text)) {
    return new PermanentError('SPEECH_ACCOUNT_EMPTY', facts)
  }
  if (status === 401 || status === 403) return new PermanentError('SPEECH_KEY_REFUSED', facts)
  if (status === 429) {
    return new RetryableError('SPEECH_RATE_LIMITED', retryAfterMs === undefined ? facts : { ...facts, retryAfterMs })
  }
  if (status === 408 || status >= 500) return new RetryableError('SPEECH_UNAVAILABLE', facts)
  if (status >= 200 && status < 300) return new RetryableError('SPEECH_PROTOCOL', facts)
  const isAboutAudio = status === 413 || status === 415 || /audio|file format|corrupt|unsupported data/i.test(text)
  return new PermanentError(isAboutAudio ? 'SPEECH_AUDIO_REFUSED' : 'SPEECH_REQUEST_REFUSED', facts)
}

/** The error for a call without a whole answer. It may have been carried out, and paid for. */
export function errorForSilence(error: unknown, secrets: readonly string[]): RetryableError {
  const { code, cause, message } = error as { code?: string; message?: string; cause?: { code?: string } }
  const why = createQuote(secrets)(cause?.code ?? code ?? message ?? 'unknown error')
  const detail = `The speech service did not answer (${why}).`
  return new RetryableError('SPEECH_UNAVAILABLE', { detail, outcomeUnknown: true, cause: error })
}
