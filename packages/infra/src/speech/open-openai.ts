import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { RetryableError, SeerError } from '@seer/core/basics/errors'
import type { SpeechCall, SpeechRequest, SpeechSource } from '@seer/core/recordings/speech/speech-service'
import { Agent, request as send } from 'undici'
import { readRetryAfterHeader } from '../vendor/wire/retry-after.ts'
import type { OpenSpeechService } from './open-deepgram.ts'
import { errorForRefusal, errorForSilence } from './speech-errors.ts'
import { sendingOf, withPulse } from './speech-stream.ts'

export type OpenaiOptions = {
  /** The whole address of the route, which ends with `/audio/transcriptions`. */
  url: string
  /** Null for a server that wants none. */
  apiKey: string | null
  model: string
}

/** A server without a graphics card may take longer than the meeting. */
const headersTimeout = 3 * 3_600_000
/** A transcript of 48 hours has about 120 MB. */
const longestAnswer = 256e6

/**
 * Any server with OpenAI's route for transcriptions. Source:
 * https://developers.openai.com/api/reference/resources/audio/subresources/transcriptions
 */
export function openOpenai(options: OpenaiOptions): OpenSpeechService {
  const agent = new Agent({ headersTimeout, bodyTimeout: 60_000, connect: { timeout: 10_000 } })
  return {
    // Only the server knows: OpenAI's own takes 25 MB, Whisper servers what they like.
    maxBytes: null,
    async transcribe(request, call) {
      const content = await withPulse(call, (note) => post({ agent, options, request, call, note }))
      return { outcome: 'done', content }
    },
    async collect() {
      throw new Error('Servers with this API answer at once.')
    },
    close: () => agent.close(),
  }
}

type Posting = {
  agent: Agent
  options: OpenaiOptions
  request: SpeechRequest
  call: SpeechCall
  note: (sent: number | null) => void
}

async function post({ agent, options, request, call, note }: Posting): Promise<unknown> {
  const apiKey = request.apiKey ?? options.apiKey
  const secrets = apiKey === null ? [] : [apiKey]
  const source = request.source as SpeechSource
  const sending = await sendingOf(source, note)
  const form = formOf(fieldsOf(request, options), source, sending.bytes)
  try {
    const response = await send(options.url, {
      method: 'POST',
      dispatcher: agent,
      signal: call.signal,
      headers: { ...form.headers, ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }) },
      body: form.body,
    })
    const text = await wholeText(response.body)
    if (response.statusCode === 200) return parsed(text)
    const retryAfterMs = readRetryAfterHeader(response.headers['retry-after'])
    throw errorForRefusal({ status: response.statusCode, text: textOf(text), retryAfterMs }, secrets)
  } catch (error) {
    if (call.signal.aborted) throw call.signal.reason
    throw error instanceof SeerError ? error : errorForSilence(error, secrets)
  }
}

/** Only Whisper has times for words, and only models with `diarize` know speakers. */
function fieldsOf({ language, model: wanted }: SpeechRequest, options: OpenaiOptions): [string, string][] {
  const model = wanted ?? options.model
  const spoken: [string, string][] = language === null ? [] : [['language', language]]
  if (/diarize/.test(model)) {
    return [['model', model], ['response_format', 'diarized_json'], ['chunking_strategy', 'auto'], ...spoken]
  }
  if (model.startsWith('gpt-')) return [['model', model], ['response_format', 'json'], ...spoken]
  const times = ['segment', 'word'].map((of): [string, string] => ['timestamp_granularities[]', of])
  return [['model', model], ['response_format', 'verbose_json'], ...times, ...spoken]
}

/** A form whose length is known, and whose file is streamed. */
function formOf(fields: [string, string][], source: SpeechSource, bytes: AsyncIterable<Uint8Array>) {
  const boundary = `seer-${randomUUID()}`
  const parts = fields.map(
    ([name, value]) => `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  const file = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${source.fileName}"\r\ncontent-type: ${source.contentType}\r\n\r\n`
  const [head, tail] = [Buffer.from(parts.join('') + file), Buffer.from(`\r\n--${boundary}--\r\n`)]
  async function* body() {
    yield head
    yield* bytes
    yield tail
  }
  return {
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': String(head.length + source.bytes + tail.length),
    },
    body: Readable.from(body(), { objectMode: false }),
  }
}

async function wholeText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > longestAnswer) throw new RetryableError('SPEECH_PROTOCOL', { detail: 'The answer has no end.' })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new RetryableError('SPEECH_PROTOCOL', { detail: 'The answer of the speech service is not JSON.', cause })
  }
}

/** `{ error: { message, code } }`; servers in Python send `{ detail }`. */
function textOf(text: string): string {
  try {
    const { error, detail } = JSON.parse(text)
    const parts = [error?.code, error?.message, typeof error === 'string' ? error : null, detail]
    return parts.map((part) => (typeof part === 'object' && part ? JSON.stringify(part) : (part ?? ''))).join(' ')
  } catch {
    return text.startsWith('<') ? '' : text
  }
}
