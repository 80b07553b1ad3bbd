import { Readable } from 'node:stream'
import type { Artifact } from '@seer/core/recordings/artifact'
import type { ByteRange } from '@seer/core/recordings/storage'
import { fileNameOf, seenArtifact, whyNot } from '@seer/core/recordings/views'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type ApiScope, answers, apiPrefix } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { Problem } from '../../problems/problem.ts'
import { findRecordedBot } from '../bots/find-recorded-bot.ts'
import { readRange } from './read-range.ts'
import { RecordingParams } from './recording-schema.ts'

type Deps = Pick<ApiDeps, 'db' | 'policy' | 'storage' | 'options'>

/** Long enough to begin a download, and too short to be passed on. */
const signedForSeconds = 300
const tryAgainSeconds = 10

const ContentQuery = z.strictObject({
  download: z
    .enum(['0', '1'])
    .default('0')
    .meta({ description: 'With 1, browsers save the file instead of showing it.' }),
})

export function getRecordingContentRoute(app: ApiScope, deps: Deps): void {
  app.route({
    method: 'GET',
    url: `${apiPrefix}/bots/:botId/recordings/:recordingId/content`,
    config: { access: 'read' },
    schema: {
      tags: ['Recordings'],
      summary: 'Get a recording',
      description:
        'The bytes of the file. `Range`, `If-Range` and `If-None-Match` work as everywhere. Depending on the installation, the answer may be a redirect (302) to a link of the store that works for five minutes.',
      params: RecordingParams,
      querystring: ContentQuery,
      response: answers({
        200: z.any().meta({ description: 'The file.' }),
        206: z.any().meta({ description: 'The part of the file that `Range` asks for.' }),
        302: z.null().meta({ description: 'The file is at `Location`.' }),
        304: z.null().meta({ description: 'You have the file already.' }),
        416: z.any().meta({ description: 'The file has no such part.' }),
      }),
    },
    handler: async (request, reply) => {
      const { botId, recordingId } = request.params
      const artifact = await findStored(deps, request, botId, recordingId)
      const asDownload = request.query.download === '1'
      const link = deps.options.redirectsToStore ? await signed(deps, artifact, asDownload) : null
      if (link !== null) return await reply.header('cache-control', 'no-store').redirect(link, 302)
      return await send(deps, artifact, asDownload, request, reply)
    },
  })
}

/** @throws Problem NOT_FOUND, RECORDING_HIDDEN, RECORDING_NOT_STORED, RECORDING_GONE */
async function findStored(deps: Deps, request: FastifyRequest, botId: string, recordingId: string): Promise<Artifact> {
  const { meeting } = await findRecordedBot(deps, request, botId)
  const artifacts = await deps.db.artifacts.of(meeting.id)
  const artifact = artifacts.find(({ id, kind }) => id === recordingId || kind === recordingId)
  if (!artifact) throw new Problem('NOT_FOUND', { detail: 'This bot has no such recording.' })
  const reason = whyNot(seenArtifact(meeting, artifact))
  if (!reason) return artifact
  const { isLater, sentence } = reason
  if (!isLater) throw new Problem('RECORDING_GONE', { detail: sentence })
  throw new Problem('RECORDING_NOT_STORED', { detail: sentence, headers: { 'retry-after': String(tryAgainSeconds) } })
}

async function signed({ storage }: Deps, artifact: Artifact, asDownload: boolean): Promise<string | null> {
  return await storage.sign(artifact.storageKey as string, {
    expiresInSeconds: signedForSeconds,
    fileName: fileNameOf(artifact),
    contentType: artifact.contentType ?? 'application/octet-stream',
    asDownload,
  })
}

async function send(
  { storage }: Deps,
  artifact: Artifact,
  asDownload: boolean,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const bytes = artifact.bytes as number
  const etag = `"${artifact.sha256}"`
  reply.headers({
    etag,
    'accept-ranges': 'bytes',
    'content-type': artifact.contentType ?? 'application/octet-stream',
    'content-disposition': `${asDownload ? 'attachment' : 'inline'}; filename="${fileNameOf(artifact)}"`,
    // A user may lose the right to see it, so nobody in between keeps it.
    'cache-control': 'private, no-cache',
  })
  if (isSame(request.headers['if-none-match'], etag)) return await reply.code(304).send()
  const range = readRange(request.headers, { etag, bytes })
  if (range === 'unsatisfiable') {
    return await reply.code(416).header('content-range', `bytes */${bytes}`).removeHeader('content-disposition').send()
  }
  const { first, last } = range ?? { first: 0, last: bytes - 1 }
  if (range) reply.code(206).header('content-range', `bytes ${first}-${last}/${bytes}`)
  reply.header('content-length', last - first + 1)
  // An empty stream, because without a payload the length of the answer would be 0.
  if (request.method === 'HEAD') return await reply.send(Readable.from([]))
  return await reply.send(await contentOf(storage, artifact, range))
}

async function contentOf(storage: Deps['storage'], artifact: Artifact, range: ByteRange | null): Promise<Readable> {
  const chunks = await storage.read(artifact.storageKey as string, range ?? undefined)
  // A stream that is left early ends the loop, and with it the read.
  return Readable.from(chunks, { objectMode: false })
}

function isSame(header: string | undefined, etag: string): boolean {
  return (
    header !== undefined &&
    header.split(',').some((tag) => /^(W\/)?(.*)$/.exec(tag.trim())?.[2] === etag || tag.trim() === '*')
  )
}
