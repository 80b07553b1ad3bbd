import { Readable } from 'node:stream'
import type { Artifact } from '@seer/core/recordings/artifact'
import type { ByteRange } from '@seer/core/recordings/storage'
import { fileNameOf, seenArtifact, whyNot } from '@seer/core/recordings/views'
import { contentTypes } from '@seer/core/vendor/artifact-kinds'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type ApiScope, answers, apiPrefix, contentOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { Problem } from '../../problems/problem.ts'
import { findRecordedBot } from '../bots/find-recorded-bot.ts'
import { isKnown } from '../etag.ts'
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

const types = [...new Set(Object.values(contentTypes))]

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
        200: contentOf(types, z.any(), 'The file.'),
        206: contentOf(types, z.any(), 'The part of the file that `Range` asks for.'),
        302: z.null().meta({ description: 'The file is at `Location`.' }),
        304: z.null().meta({ description: 'You have the file already.' }),
      }),
    },
    handler: async (request, reply) => {
      const { botId, recordingId } = request.params
      const artifact = await findStored(deps, request, botId, recordingId)
      const asDownload = request.query.download === '1'
      // A link is signed for GET, so the store would refuse HEAD. Who has the file already needs no link.
      const wantsBytes = request.method === 'GET' && !isKnown(etagOf(artifact), request.headers['if-none-match'])
      const link = deps.options.redirectsToStore && wantsBytes ? await signed(deps, artifact, asDownload) : null
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
  const etag = etagOf(artifact)
  // A user may lose the right to see it, so nobody in between keeps it.
  const state = { etag, 'cache-control': 'private, no-cache' }
  if (isKnown(etag, request.headers['if-none-match'])) return await reply.code(304).headers(state).send()
  const range = readRange(request.headers, { etag, bytes })
  if (range === 'unsatisfiable') throw noSuchRange(bytes)
  const { first, last } = range ?? { first: 0, last: bytes - 1 }
  // An empty stream for HEAD, because without a payload the length of the answer would be 0. Before the headers, which
  // are about the file: when it cannot be read, the answer is an error.
  const content = request.method === 'HEAD' ? Readable.from([]) : await readContent(storage, artifact, range)
  if (range) reply.code(206).header('content-range', `bytes ${first}-${last}/${bytes}`)
  reply.headers({
    ...state,
    'accept-ranges': 'bytes',
    'content-type': artifact.contentType ?? 'application/octet-stream',
    'content-length': last - first + 1,
    'content-disposition': `${asDownload ? 'attachment' : 'inline'}; filename="${fileNameOf(artifact)}"`,
  })
  return await reply.send(content)
}

const etagOf = ({ sha256 }: Artifact) => `"${sha256}"`

function noSuchRange(bytes: number): Problem {
  const detail = `The file has ${bytes} bytes, and the range begins behind them.`
  return new Problem('RANGE_NOT_SATISFIABLE', { detail, headers: { 'content-range': `bytes */${bytes}` } })
}

async function readContent(storage: Deps['storage'], artifact: Artifact, range: ByteRange | null): Promise<Readable> {
  const chunks = await storage.read(artifact.storageKey as string, range ?? undefined)
  // A stream that is left early ends the loop, and with it the read.
  return Readable.from(chunks, { objectMode: false })
}
