import { Readable } from 'node:stream'
import type { DeepgramClient } from '@deepgram/sdk'
import { RetryableError, SeerError } from '@seer/core/basics/errors'
import type {
  SpeechCall,
  SpeechRequest,
  SpeechService,
  SpeechSource,
} from '@seer/core/recordings/speech/speech-service'
import { Agent, fetch as undiciFetch } from 'undici'
import { readRetryAfterHeader } from '../vendor/wire/retry-after.ts'
import { errorForRefusal, errorForSilence } from './speech-errors.ts'
import { sendingOf, withPulse } from './speech-stream.ts'

export type DeepgramOptions = {
  baseUrl: string
  /** The key of this installation; null when only callers have keys. */
  apiKey: string | null
  model: string
  /** Whether Deepgram fetches the recording from the storage itself, where that can make links. */
  sendsLinks: boolean
}

/**
 * With these, `fetch` does not keep a copy of the whole recording in memory for the case that it must be sent again. Source:
 * https://fetch.spec.whatwg.org/#http-network-or-cache-fetch, step 8
 */
const unrepeated = { redirect: 'error', window: null } as const

export type OpenSpeechService = SpeechService & { close(): Promise<void> }

/** Deepgram answers 504 when it has worked on a file for ten minutes. Sending it comes before that. */
const timeoutSeconds = 900
/** Source: https://developers.deepgram.com/docs/pre-recorded-audio, "Limits" */
const maxBytes = 2e9

/** Deepgram, by its own SDK. The SDK would repeat calls by itself, with a body that is read already, so it may not. */
export function openDeepgram(options: DeepgramOptions): OpenSpeechService {
  const agent = new Agent({ headersTimeout: timeoutSeconds * 1_000, bodyTimeout: 60_000, connect: { timeout: 10_000 } })
  const send = (async (url: string, init: object) =>
    await undiciFetch(url, { ...init, ...unrepeated, dispatcher: agent })) as unknown as typeof fetch
  return {
    maxBytes,
    async transcribe(request, call) {
      const apiKey = request.apiKey ?? options.apiKey ?? ''
      // Loaded with the first transcript: workers that make none need not wait for it.
      const { DeepgramClient } = await import('@deepgram/sdk')
      const client = new DeepgramClient({ apiKey, baseUrl: options.baseUrl, fetch: send })
      const content = await withPulse(call, (note) => listen({ client, options, request, apiKey, call, note }))
      if (!isAnswer(content)) throw notAnAnswer()
      return { outcome: 'done', content }
    },
    async collect() {
      throw new Error('Deepgram answers at once.')
    },
    close: () => agent.close(),
  }
}

/** What is no JSON the SDK returns as if it were the answer, in an object of its own. */
const isAnswer = (content: unknown) => typeof content === 'object' && content !== null && 'results' in content
const notAnAnswer = () =>
  new RetryableError('SPEECH_PROTOCOL', { detail: 'The answer is not one of Deepgram’s. A gateway may have sent it.' })

type Listening = {
  client: DeepgramClient
  options: DeepgramOptions
  request: SpeechRequest
  apiKey: string
  call: SpeechCall
  note: (sent: number | null) => void
}

async function listen({ client, options, request, apiKey, call, note }: Listening): Promise<unknown> {
  const { language, model } = request
  const source = request.source as SpeechSource
  const wishes = {
    model: model ?? options.model,
    ...(language === null ? { detect_language: true } : { language }),
    ...{ diarize: true, utterances: true, smart_format: true },
  }
  const limits = { maxRetries: 0, timeoutInSeconds: timeoutSeconds, abortSignal: call.signal }
  const url = options.sendsLinks ? await source.link() : null
  const { media } = client.listen.v1
  if (url !== null) {
    return await answerOf({ apiKey, call }, () => media.transcribeUrl({ ...wishes, url }, limits))
  }
  const sending = await sendingOf(source, note)
  const data = Readable.from(sending.bytes, { objectMode: false })
  const file = { data, contentType: source.contentType, contentLength: source.bytes }
  const failure = sending.failure
  return await answerOf({ apiKey, call, failure }, () => media.transcribeFile(file, wishes, limits))
}

type Around = { apiKey: string; call: SpeechCall; failure?: () => unknown }

/** What the SDK throws: an answer with a status, or nothing but a message. */
type Thrown = {
  statusCode?: number
  body?: unknown
  rawResponse?: { headers: { get(name: string): string | null } }
}

async function answerOf({ apiKey, call, failure }: Around, ask: () => PromiseLike<unknown>): Promise<unknown> {
  try {
    return await ask()
  } catch (error) {
    if (call.signal.aborted) throw call.signal.reason
    const ofSource = failure?.()
    if (ofSource instanceof SeerError) throw ofSource
    const { statusCode, body, rawResponse } = error as Thrown
    if (statusCode === undefined) throw errorForSilence(error, [apiKey])
    const retryAfterMs = readRetryAfterHeader(rawResponse?.headers.get('retry-after') ?? undefined)
    throw errorForRefusal({ status: statusCode, text: textOf(body), retryAfterMs }, [apiKey])
  }
}

/** `{ err_code, err_msg }`, or older `{ category, message, details }`, or what a gateway sends. */
function textOf(body: unknown): string {
  if (typeof body === 'string') return body.startsWith('<') ? '' : body
  const { err_code, err_msg, message, details } = (body ?? {}) as Record<string, unknown>
  return [err_code, err_msg, message, details].filter((part) => typeof part === 'string').join(' ')
}
