import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { request as fetchUrl } from 'undici'
import { registerRequestFaults } from '../faults/request-faults.ts'
import { spokenLines } from '../files/transcript.ts'
import type { World } from '../world.ts'
import { deepgramAnswer, deepgramError, refusedQuery } from './deepgram.ts'
import { mostBytes, openaiAnswer, openaiError } from './openai.ts'
import { hear } from './recording.ts'

/** The base URL for Deepgram's SDK. */
export const deepgramPath = '/deepgram'
/** The base URL for OpenAI's SDK. */
export const openaiPath = '/openai/v1'

/** A recording of the sandbox is small. Deepgram's own limit is 2 GB. */
const mostOfDeepgram = 256e6

class TooLarge extends Error {}

/**
 * Two speech services: Deepgram's /v1/listen, and OpenAI's /v1/audio/transcriptions. They know one key, and hear the
 * dialogue of the sandbox in whatever has sound. Register it in a Fastify scope of its own.
 */
export function registerSpeech(app: FastifyInstance, world: World): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
  const isDeepgram = ({ url }: FastifyRequest) => url.startsWith(deepgramPath)
  const refuse = (reply: FastifyReply, status: number, code?: string, message?: string) =>
    (isDeepgram(reply.request) ? deepgramError : openaiError)(reply, status, code, message)
  registerRequestFaults(app, world, (reply, status, code) => refuse(reply, status, code))
  app.setErrorHandler((error: Error & { code?: string }, _request, reply) => {
    if (error instanceof TooLarge) return refuse(reply, 413)
    return refuse(reply, 400, undefined, error.message)
  })
  app.addHook('preHandler', async (request, reply) => {
    const [scheme = '', key] = (request.headers.authorization ?? '').split(' ')
    const expected = isDeepgram(request) ? 'token' : 'bearer'
    if (scheme.toLowerCase() !== expected || key !== world.settings.speechKey) {
      // Services that repeat the key exist, and programs must not pass it on.
      const message = isDeepgram(request) ? undefined : `Incorrect API key provided: ${key ?? ''}.`
      return refuse(reply, 401, undefined, message)
    }
  })

  app.post(`${deepgramPath}/v1/listen`, async (request, reply) => {
    const query = new URLSearchParams(request.url.split('?', 2)[1] ?? '')
    const refused = refusedQuery(query)
    if (refused !== null) return refuse(reply, 400, 'Bad Request', refused)
    const heard = hear(await recordingOf(request))
    if (!heard) return refuse(reply, 400)
    return deepgramAnswer(spokenLines(heard.spokenSeconds), heard, query)
  })

  app.post(`${openaiPath}/audio/transcriptions`, async (request, reply) => {
    const bytes = await whole(request.body as Readable, mostBytes)
    const type = request.headers['content-type'] ?? ''
    const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': type } }).formData()
    const [file, model] = [form.get('file'), form.get('model')]
    if (typeof model !== 'string') return refuse(reply, 400, undefined, 'you must provide a model parameter')
    if (!/^(whisper|gpt-4o)/.test(model)) return refuse(reply, 404)
    const heard = file instanceof Blob ? hear(Buffer.from(await file.arrayBuffer())) : null
    if (!heard) return refuse(reply, 400)
    return openaiAnswer(spokenLines(heard.spokenSeconds), heard, form)
  })
}

/** The body, or the file behind the URL in a body of JSON. */
async function recordingOf(request: FastifyRequest): Promise<Buffer> {
  const body = await whole(request.body as Readable | undefined, mostOfDeepgram)
  if (!(request.headers['content-type'] ?? '').startsWith('application/json')) return body
  const { url } = JSON.parse(body.toString('utf8'))
  const { statusCode, body: answer } = await fetchUrl(url)
  if (statusCode !== 200) throw new Error(`The remote server answered with status ${statusCode}.`)
  return await whole(answer, mostOfDeepgram)
}

async function whole(body: AsyncIterable<Uint8Array> | undefined, most: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.length
    if (bytes > most) throw new TooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
