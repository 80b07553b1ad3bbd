import type { FastifyReply } from 'fastify'
import type { SpokenLine } from '../files/transcript.ts'
import type { Heard } from './recording.ts'

/** OpenAI's own limit, in bytes. */
export const mostBytes = 25 * 1024 * 1024

const usual: Record<number, [code: string | null, message: string]> = {
  400: [null, 'Invalid file format. Supported formats: flac, m4a, mp3, mp4, mpeg, mpga, oga, ogg, wav, webm'],
  401: ['invalid_api_key', 'Incorrect API key provided.'],
  404: ['model_not_found', 'The model does not exist or you do not have access to it.'],
  413: [null, `Maximum content size limit (${mostBytes}) exceeded.`],
  429: ['rate_limit_exceeded', 'Rate limit reached.'],
}

export function openaiError(reply: FastifyReply, status: number, code?: string, message?: string) {
  const [usualCode, usualMessage] = usual[status] ?? [null, 'The server had an error while processing your request.']
  const type = status >= 500 ? 'server_error' : 'invalid_request_error'
  const error = { message: message ?? usualMessage, type, param: null, code: code ?? usualCode }
  return reply.code(status).send({ error })
}

/** The answer in the format that was asked for: `verbose_json`, `diarized_json` or `json`. */
export function openaiAnswer(lines: SpokenLine[], { seconds: duration }: Heard, form: FormData) {
  const text = lines.map((line) => line.text).join(' ')
  const format = form.get('response_format') ?? 'json'
  if (format === 'diarized_json') {
    const segments = lines.map(({ text: said, start, end }, turn) => ({
      ...{
        type: 'transcript.text.segment',
        id: `seg_${turn}`,
        start,
        end,
        text: said,
        speaker: turn % 2 === 0 ? 'A' : 'B',
      },
    }))
    return { task: 'transcribe', duration, text, segments }
  }
  if (format !== 'verbose_json') return { text }
  const wanted = form.getAll('timestamp_granularities[]')
  const segments = lines.map(({ text: said, start, end }, id) => ({
    ...{ id, seek: 0, start, end, text: ` ${said}`, tokens: [], temperature: 0 },
    ...{ avg_logprob: -0.2, compression_ratio: 1.2, no_speech_prob: 0.01 },
  }))
  const words = lines.flatMap((line) =>
    line.words.map(({ word, start, end }) => ({ word: word.replace(/[^\w']/g, ''), start, end })),
  )
  return {
    ...{ task: 'transcribe', language: 'english', duration, text },
    ...(wanted.length === 0 || wanted.includes('segment') ? { segments } : {}),
    ...(wanted.includes('word') ? { words } : {}),
  }
}
