import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Bot } from '../bots/bot.ts'
import { artifactFiles, artifacts } from '../bots/results.ts'
import type { World } from '../world.ts'
import { hasArtifact, screenshotCount } from './artifacts.ts'
import { asset, fileOf } from './bot-files.ts'
import { fileOfBytes, type MadeFile } from './made-file.ts'
import { sendFile } from './send-file.ts'

const screenshot = fileOfBytes('image/jpeg', asset('screenshot.jpg'))

/** The object store behind the artifact URLs: GET and HEAD of presigned URLs, with ranges. */
export function registerFileRoutes(app: FastifyInstance, world: World): void {
  const serve = (request: FastifyRequest, reply: FastifyReply, find: (bot: Bot) => MadeFile | undefined) => {
    const path = request.url.split('?')[0] as string
    const verdict = world.presigner.verify(path, request.query as Record<string, unknown>, world.clock.now())
    if (verdict === 'bad_signature') {
      return refuse(reply, 403, 'SignatureDoesNotMatch', 'The request signature does not match the signature provided.')
    }
    if (verdict === 'expired') return refuse(reply, 403, 'AccessDenied', 'Request has expired')
    const bot = world.bots.get((request.params as { bot_id: string }).bot_id)
    const content = bot && find(bot)
    if (!content) return refuse(reply, 404, 'NoSuchKey', 'The specified key does not exist.')
    return sendFile(request, reply, content)
  }

  for (const artifact of artifacts) {
    app.get(`/files/:bot_id/${artifactFiles[artifact]}`, (request, reply) =>
      serve(request, reply, (bot) => (hasArtifact(bot, artifact) ? fileOf(bot, artifact) : undefined)),
    )
  }
  app.get('/files/:bot_id/screenshots/:file', (request, reply) =>
    serve(request, reply, (bot) => {
      const number = Number.parseInt((request.params as { file: string }).file, 10)
      const exists = number >= 1 && number <= screenshotCount(bot, world.durationOf(bot))
      return exists ? screenshot : undefined
    }),
  )
}

/** An error that looks like S3's. */
function refuse(reply: FastifyReply, status: number, code: string, message: string) {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`
  return reply.code(status).type('application/xml').send(xml)
}
