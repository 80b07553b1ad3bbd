import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { registerRequestFaults } from '../faults/request-faults.ts'
import type { World } from '../world.ts'
import { listObjects, listUploads } from './list-routes.ts'
import { deleteObject, deleteObjects, putObject, readObject } from './object-routes.ts'
import { notImplemented, S3Error } from './s3-error.ts'
import type { S3Handler } from './s3-request.ts'
import { verifySignature } from './signature.ts'
import { abortUpload, completeUpload, createUpload, listParts, uploadPart } from './upload-routes.ts'

export const s3Path = '/s3'

/** What a request to an object does, by its method and the first of these parameters that its query has. */
const ofObject: Record<string, [parameter: string | null, handler: S3Handler][]> = {
  PUT: [
    ['partNumber', uploadPart],
    [null, putObject],
  ],
  GET: [
    ['uploadId', listParts],
    [null, readObject],
  ],
  HEAD: [[null, readObject]],
  POST: [
    ['uploads', createUpload],
    ['uploadId', completeUpload],
  ],
  DELETE: [
    ['uploadId', abortUpload],
    [null, deleteObject],
  ],
}

const ofBucket: typeof ofObject = {
  GET: [
    ['uploads', listUploads],
    ['list-type', listObjects],
  ],
  HEAD: [[null, (_request, reply) => reply.send()]],
  POST: [['delete', deleteObjects]],
}

/** Parts of S3 that would otherwise be taken for reading or writing an object. */
const unknown = [
  'acl',
  'tagging',
  'versionId',
  'versions',
  'retention',
  'legal-hold',
  'attributes',
  'torrent',
  'policy',
]

/**
 * An S3 endpoint at /s3 that is strict where others are lenient: it verifies signatures and SHA-256, creates only once
 * with `If-None-Match: *`, and refuses what it does not know. Register it in a Fastify scope of its own.
 */
export function registerS3(app: FastifyInstance, world: World): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
  app.setErrorHandler((error: Error, _request, reply) => answerError(error, reply))
  registerRequestFaults(app, world, (reply, status, code) => new S3Error(status, code).answer(reply))
  app.route({
    method: ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'],
    url: `${s3Path}/*`,
    exposeHeadRoute: false,
    handler: (request, reply) => answer(world, request, reply),
  })
}

function answerError(error: Error & { code?: string }, reply: FastifyReply) {
  if (error instanceof S3Error) return error.answer(reply)
  // The client has gone, and hears nothing of this.
  if (error.code === 'ECONNRESET' || error.code === 'ERR_STREAM_PREMATURE_CLOSE') {
    return new S3Error(400, 'IncompleteBody').answer(reply)
  }
  process.stderr.write(`sandbox: ${error.stack ?? error.message}\n`)
  return new S3Error(500, 'InternalError').answer(reply)
}

async function answer({ s3, settings }: World, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { method, headers } = request
  const url = request.raw.url ?? ''
  const now = settings.realNow()
  const signedHash = verifySignature({ method, url, headers, now }, settings.s3Credentials)
  const { bucketName, key } = addressOf(url, headers.host ?? '', (name) => s3.has(name))
  const bucket = s3.get(bucketName)
  if (!bucket) throw new S3Error(404, 'NoSuchBucket')
  const query = new URLSearchParams((url.split('?', 2)[1] ?? '').replaceAll('+', '%2B'))
  const refused = unknown.find((name) => query.has(name))
  if (refused !== undefined) throw notImplemented(`the parameter ${refused}`)
  const handlers = (key === '' ? ofBucket : ofObject)[method] ?? []
  const [, handler] = handlers.find(([parameter]) => parameter === null || query.has(parameter)) ?? []
  if (!handler) throw new S3Error(405, 'MethodNotAllowed')
  const leastPartBytes = settings.s3LeastPartBytes
  const body = request.body as Readable | undefined
  return await handler({ bucket, bucketName, key, query, headers, body, signedHash, now, leastPartBytes }, reply)
}

/** Path style, `/s3/bucket/key`, or virtual-host style, `/s3/key` at `bucket.…`. */
function addressOf(url: string, host: string, isBucket: (name: string) => boolean) {
  const path = decodeURIComponent((url.split('?', 1)[0] as string).slice(s3Path.length + 1))
  const [label = '', ...domain] = host.split('.')
  if (domain.length > 0 && isBucket(label)) return { bucketName: label, key: path }
  const slash = path.indexOf('/')
  return slash < 0 ? { bucketName: path, key: '' } : { bucketName: path.slice(0, slash), key: path.slice(slash + 1) }
}
