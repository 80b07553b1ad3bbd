import { readFileSync } from 'node:fs'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Bot } from '../bots/bot.ts'
import type { World } from '../world.ts'
import { type Artifact, artifactFiles, hasArtifact, screenshotCount } from './artifacts.ts'
import { sendBytes } from './send-bytes.ts'
import { chatMessagesFile, diarizationJsonl, outputTranscription, rawTranscription } from './transcript.ts'

type Content = { type: string; bytes: Buffer }

const asset = (name: string): Buffer => readFileSync(new URL(`../../assets/${name}`, import.meta.url))
const video = asset('meeting.mp4')
const audio = asset('meeting.flac')
const screenshot = asset('screenshot.jpg')

/** The object store behind the artifact URLs: GET and HEAD of presigned URLs, with ranges. */
export function registerFileRoutes(app: FastifyInstance, world: World): void {
  const serve = (request: FastifyRequest, reply: FastifyReply, find: (bot: Bot) => Content | undefined) => {
    const path = request.url.split('?')[0] as string
    const verdict = world.presigner.verify(path, request.query as Record<string, unknown>, world.clock.now())
    if (verdict === 'bad_signature') {
      return refuse(reply, 403, 'SignatureDoesNotMatch', 'The request signature does not match the signature provided.')
    }
    if (verdict === 'expired') return refuse(reply, 403, 'AccessDenied', 'Request has expired')
    const bot = world.bots.get((request.params as { bot_id: string }).bot_id)
    const content = bot && find(bot)
    if (!content) return refuse(reply, 404, 'NoSuchKey', 'The specified key does not exist.')
    return sendBytes(request, reply, content.bytes, content.type)
  }

  for (const [artifact, file] of Object.entries(artifactFiles) as [Artifact, string][]) {
    app.get(`/files/:bot_id/${file}`, (request, reply) =>
      serve(request, reply, (bot) => (hasArtifact(bot, artifact) ? contentOf(bot, artifact) : undefined)),
    )
  }
  app.get('/files/:bot_id/screenshots/:file', (request, reply) =>
    serve(request, reply, (bot) => {
      const number = Number.parseInt((request.params as { file: string }).file, 10)
      const exists = number >= 1 && number <= screenshotCount(bot, world.durationOf(bot))
      return exists ? { type: 'image/jpeg', bytes: screenshot } : undefined
    }),
  )
}

function contentOf(bot: Bot, artifact: Artifact): Content {
  switch (artifact) {
    case 'video':
      return { type: 'video/mp4', bytes: video }
    case 'audio':
      return { type: 'audio/flac', bytes: audio }
    case 'diarization':
      return { type: 'application/x-ndjson', bytes: Buffer.from(diarizationJsonl(bot)) }
    case 'raw_transcription':
      return json(rawTranscription(bot))
    case 'transcription':
      return json(outputTranscription(bot))
    case 'chat_messages':
      return json(chatMessagesFile(bot))
  }
}

const json = (value: unknown): Content => ({ type: 'application/json', bytes: Buffer.from(JSON.stringify(value)) })

/** An error that looks like S3's. */
function refuse(reply: FastifyReply, status: number, code: string, message: string) {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`
  return reply.code(status).type('application/xml').send(xml)
}
