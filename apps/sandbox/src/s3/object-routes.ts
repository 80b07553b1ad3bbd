import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { parseRange } from '../files/send-file.ts'
import { type About, type Bucket, etagOf, type S3Object } from './bucket.ts'
import { receiveBody } from './receive-body.ts'
import { invalidRequest, notImplemented, S3Error } from './s3-error.ts'
import { type S3Handler, type S3Request, sendXml } from './s3-request.ts'
import { element, group, insidesOf, textOf, xmlDocument } from './xml.ts'

export const putObject: S3Handler = async ({ bucket, key, headers, body, signedHash, now }, reply) => {
  if (headers['x-amz-copy-source'] !== undefined) throw notImplemented('copying')
  const createOnly = isCreateOnly(headers)
  const { hasChecksum, ...file } = await receiveBody(bucket, body, headers, signedHash)
  const checksum = Buffer.from(file.sha256, 'hex').toString('base64')
  const etag = `"${etagOf(file)}"`
  const object = { key, files: [file], bytes: file.bytes, etag, checksum, modified: now, ...aboutOf(headers) }
  if (!bucket.add(object, createOnly)) throw new S3Error(412, 'PreconditionFailed')
  reply.headers({ etag })
  if (hasChecksum) reply.headers({ 'x-amz-checksum-sha256': checksum })
  return reply.send()
}

export function isCreateOnly(headers: S3Request['headers']): boolean {
  if (headers['if-match'] !== undefined) throw notImplemented('If-Match for writes')
  const value = headers['if-none-match']
  if (value !== undefined && value !== '*') throw notImplemented('If-None-Match with anything but *')
  return value === '*'
}

export function aboutOf(headers: S3Request['headers']): About {
  const prefix = 'x-amz-meta-'
  const metadata = Object.entries(headers).filter(([name]) => name.startsWith(prefix))
  return {
    contentType: headers['content-type'] ?? 'binary/octet-stream',
    metadata: Object.fromEntries(metadata.map(([name, value]) => [name.slice(prefix.length), String(value)])),
  }
}

/** GET and HEAD. */
export const readObject: S3Handler = ({ bucket, key, query, headers }, reply) => {
  const object = bucket.objects.get(key)
  if (!object) throw new S3Error(404, 'NoSuchKey')
  if (!matches(headers['if-match'], object)) throw new S3Error(412, 'PreconditionFailed')
  describe(reply, object, query)
  if (headers['if-none-match'] !== undefined && matches(headers['if-none-match'], object)) return reply.code(304).send()
  const ifRange = headers['if-range']
  const wanted = ifRange === undefined || ifRange === object.etag ? parseRange(headers.range, object.bytes) : undefined
  if (wanted === 'unsatisfiable') throw new S3Error(416, 'InvalidRange')
  const [first, last] = wanted ?? [0, object.bytes - 1]
  if (wanted) reply.code(206).header('content-range', `bytes ${first}-${last}/${object.bytes}`)
  else if (headers['x-amz-checksum-mode'] === 'ENABLED') reply.header('x-amz-checksum-sha256', object.checksum)
  reply.header('content-length', last - first + 1)
  if (reply.request.method === 'HEAD') return reply.send()
  return reply.send(Readable.from(bytesOf(bucket, object, first, last), { objectMode: false }))
}

const matches = (condition: string | undefined, { etag }: S3Object): boolean =>
  condition === undefined || condition === '*' || condition.split(',').some((each) => each.trim() === etag)

const replaceable = ['content-type', 'content-disposition', 'content-language', 'content-encoding', 'cache-control']

function describe(reply: FastifyReply, object: S3Object, query: URLSearchParams): void {
  reply.headers({
    etag: object.etag,
    'accept-ranges': 'bytes',
    'content-type': object.contentType,
    'last-modified': new Date(object.modified).toUTCString(),
  })
  for (const [name, value] of Object.entries(object.metadata)) reply.header(`x-amz-meta-${name}`, value)
  for (const name of replaceable) {
    const value = query.get(`response-${name}`)
    if (value !== null) reply.header(name, value)
  }
}

async function* bytesOf(bucket: Bucket, { files }: S3Object, first: number, last: number): AsyncGenerator<Buffer> {
  let start = 0
  for (const { name, bytes } of files) {
    const [from, to] = [Math.max(first - start, 0), Math.min(last - start, bytes - 1)]
    if (from <= to) yield* createReadStream(bucket.pathOf(name), { start: from, end: to, highWaterMark: 256 * 1024 })
    start += bytes
  }
}

export const deleteObject: S3Handler = ({ bucket, key }, reply) => {
  bucket.delete(key)
  return reply.code(204).send()
}

const mostDeletions = 1000

export const deleteObjects: S3Handler = async (request, reply) => {
  const xml = await smallBody(request)
  const keys = insidesOf(xml, 'Object').map((object) => textOf(object, 'Key'))
  if (keys.length === 0 || keys.length > mostDeletions || keys.includes(undefined))
    throw new S3Error(400, 'MalformedXML')
  for (const key of keys) request.bucket.delete(key as string)
  const isQuiet = textOf(xml, 'Quiet') === 'true'
  const deleted = isQuiet ? [] : keys.map((key) => group('Deleted', element('Key', key as string)))
  return sendXml(reply, xmlDocument('DeleteResult', deleted.join('')))
}

const longestSmallBody = 2 * 1024 * 1024

/** An XML body. The signature must cover it. */
export async function smallBody({ body, bucket, headers, signedHash }: S3Request): Promise<string> {
  if (signedHash === null) throw invalidRequest('The body must be signed.')
  if (Number(headers['content-length']) > longestSmallBody) throw new S3Error(400, 'MalformedXML')
  const { 'x-amz-checksum-crc32': _ofTheSdk, ...others } = headers
  const file = await receiveBody(bucket, body, others, signedHash)
  const chunks: Buffer[] = []
  for await (const chunk of createReadStream(bucket.pathOf(file.name))) chunks.push(chunk as Buffer)
  bucket.removeFiles([file])
  return Buffer.concat(chunks).toString('utf8')
}
