/** Speech services that make transcripts of stored recordings. */
import type { SpeechOffers } from '@seer/core/recordings/speech/speech-service'
import { z } from 'zod'
import { flag, oneOf, url } from './fields.ts'

const secret = () => z.string().trim().min(1).optional()
const model = () =>
  z
    .string()
    .trim()
    .regex(/^[\w./:-]{1,200}$/, 'must be the name of a model')

/** API and worker both read these: the API decides whether an order can be carried out. */
export const speechSettings = {
  DEEPGRAM_API_KEY: secret().meta({
    description:
      'Your API key of Deepgram, which then makes transcripts that are asked for anew. Without it, callers may bring keys of their own.',
  }),
  DEEPGRAM_API_URL: url('http:', 'https:').default('https://api.deepgram.com').meta({
    description: 'The address of Deepgram, of one that you host yourself, or of the sandbox.',
  }),
  DEEPGRAM_MODEL: model().default('nova-3').meta({ description: 'The model, unless a request names another.' }),
  DEEPGRAM_SEND_LINKS: flag().default(false).meta({
    description:
      'Whether Deepgram fetches recordings from the bucket itself, by a link that works for two hours. The bucket must be reachable from the internet. Otherwise the worker sends the file.',
  }),
  TRANSCRIPTION_URL: url('http:', 'https:').optional().meta({
    description:
      'A server with OpenAI’s API for transcriptions, for example your own Whisper server: http://whisper:8000/v1 or https://api.openai.com/v1.',
  }),
  TRANSCRIPTION_API_KEY: secret().meta({ description: 'The API key of that server, if it wants one.' }),
  TRANSCRIPTION_MODEL: model().default('whisper-1').meta({
    description: 'The model that this server should use, unless a request names another.',
  }),
  TRANSCRIBE_MISSING: oneOf(['off', 'deepgram', 'openai']).default('off').meta({
    description:
      'Who makes a transcript of each recording for which Meeting BaaS made none, or a useless one: off (nobody), deepgram, or openai for the server of TRANSCRIPTION_URL.',
  }),
}

export type SpeechSettings = z.output<z.ZodObject<typeof speechSettings>>

/** Rules about several of these settings together. */
export const speechRules = [
  {
    variable: 'TRANSCRIBE_MISSING',
    message: 'is deepgram, so DEEPGRAM_API_KEY must be set',
    isBroken: ({ TRANSCRIBE_MISSING, DEEPGRAM_API_KEY }: Partial<SpeechSettings>) =>
      TRANSCRIBE_MISSING === 'deepgram' && DEEPGRAM_API_KEY === undefined,
  },
  {
    variable: 'TRANSCRIBE_MISSING',
    message: 'is openai, so TRANSCRIPTION_URL must be set',
    isBroken: ({ TRANSCRIBE_MISSING, TRANSCRIPTION_URL }: Partial<SpeechSettings>) =>
      TRANSCRIBE_MISSING === 'openai' && TRANSCRIPTION_URL === undefined,
  },
]

/** The address of the route. The setting may have it whole, or end with `/v1`, or before that. */
export function transcriptionsUrl(base: string): string {
  const address = base.replace(/\/+$/, '')
  if (address.endsWith('/audio/transcriptions')) return address
  return address.endsWith('/v1') ? `${address}/audio/transcriptions` : `${address}/v1/audio/transcriptions`
}

/** What callers may use. */
export function speechOffers({ DEEPGRAM_API_KEY, TRANSCRIPTION_URL }: SpeechSettings): SpeechOffers {
  return {
    vendor: 'offered',
    deepgram: DEEPGRAM_API_KEY === undefined ? 'own_key' : 'offered',
    openai: TRANSCRIPTION_URL === undefined ? 'not_offered' : 'offered',
  }
}
