import { randomUUID } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import type { SpokenLine } from '../files/transcript.ts'
import type { Heard } from './recording.ts'

const models = /^(nova|enhanced|base|whisper)([-\w]*)$/

/** Deepgram's names of errors. Source: https://developers.deepgram.com/docs/errors */
const usual: Record<number, [code: string, message: string]> = {
  400: ['Bad Request', 'Bad Request: failed to process audio: corrupt or unsupported data'],
  401: ['INVALID_AUTH', 'Invalid credentials.'],
  402: [
    'ASR_PAYMENT_REQUIRED',
    'Project does not have enough credits for an ASR request and does not have an overage agreement.',
  ],
  403: ['INSUFFICIENT_PERMISSIONS', 'User does not have sufficient permissions.'],
  413: ['PAYLOAD_TOO_LARGE', 'The payload is too large.'],
  429: ['TOO_MANY_REQUESTS', 'Too many requests. Please try again later.'],
}

export function deepgramError(reply: FastifyReply, status: number, code?: string, message?: string) {
  const [usualCode, usualMessage] = usual[status] ?? ['INTERNAL_SERVER_ERROR', 'Something went wrong.']
  const body = { err_code: code ?? usualCode, err_msg: message ?? usualMessage, request_id: randomUUID() }
  return reply.code(status).send(body)
}

/** Why Deepgram refuses the query of a request; null when it does not. */
export function refusedQuery(query: URLSearchParams): string | null {
  const model = query.get('model')
  return model === null || models.test(model) ? null : 'Bad Request: No such model/language/tier combination found.'
}

/** Deepgram's answer. Source: https://developers.deepgram.com/reference/speech-to-text/listen-pre-recorded */
export function deepgramAnswer(lines: SpokenLine[], { seconds, sha256 }: Heard, query: URLSearchParams) {
  const wants = (name: string) => query.get(name) === 'true'
  const spoken = lines.map((line, turn) => ({ line, speaker: turn % 2 }))
  const wordsOf = ({ line, speaker }: (typeof spoken)[number]) =>
    line.words.map(({ word, ...times }) => ({
      ...times,
      word: word.toLowerCase().replace(/[^\w']/g, ''),
      punctuated_word: word,
      ...(wants('diarize') ? { speaker, speaker_confidence: 0.9 } : {}),
    }))
  const transcript = lines.map(({ text }) => text).join(' ')
  const language = query.get('language')
  const alternatives = [{ transcript, confidence: 0.98, words: spoken.flatMap(wordsOf) }]
  const detected = wants('detect_language') ? { detected_language: language ?? 'en', language_confidence: 0.99 } : {}
  return {
    metadata: {
      transaction_key: 'deprecated',
      request_id: randomUUID(),
      sha256,
      created: new Date().toISOString(),
      duration: seconds,
      channels: 1,
      models: ['sandbox'],
    },
    results: {
      channels: [{ alternatives, ...detected }],
      ...(wants('utterances')
        ? { utterances: spoken.map((one) => utterance(one, wordsOf(one), wants('diarize'))) }
        : {}),
    },
  }
}

type Spoken = { line: SpokenLine; speaker: number }

function utterance({ line, speaker }: Spoken, words: object[], isDiarized: boolean) {
  const { text: transcript, start, end } = line
  return {
    ...{ start, end, transcript, words, confidence: 0.98, channel: 0, id: randomUUID() },
    ...(isDiarized ? { speaker } : {}),
  }
}
