import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Bucket, StoredFile } from './bucket.ts'
import { invalidRequest, notImplemented, S3Error } from './s3-error.ts'

export type Received = StoredFile & {
  /** Whether the client sent a SHA-256 of its own, besides the signed one. */
  hasChecksum: boolean
}

const checksumHeader = 'x-amz-checksum-sha256'
const otherChecksums = ['crc32', 'crc32c', 'crc64nvme', 'sha1'].map((name) => `x-amz-checksum-${name}`)

/**
 * Writes a body into a file of the bucket, and proves its length and its checksums.
 * @param signedHash what the signature says of the body
 * @throws S3Error; nothing is left then
 */
export async function receiveBody(
  bucket: Bucket,
  body: Readable | undefined,
  headers: IncomingHttpHeaders,
  signedHash: string | null,
): Promise<Received> {
  const length = lengthOf(headers)
  const claimed = claimedChecksum(headers)
  const name = randomUUID()
  const sha256 = createHash('sha256')
  const contentMd5 = headers['content-md5']
  const md5 = contentMd5 === undefined ? null : createHash('md5')
  let bytes = 0
  async function* counted() {
    for await (const chunk of body ?? []) {
      const data = chunk as Buffer
      md5?.update(data)
      sha256.update(data)
      bytes += data.length
      yield data
    }
  }
  try {
    await pipeline(counted, createWriteStream(bucket.pathOf(name), { highWaterMark: 1024 * 1024 }))
    if (bytes !== length) throw new S3Error(400, 'IncompleteBody')
    const digest = sha256.digest()
    const hex = digest.toString('hex')
    if (signedHash !== null && signedHash !== hex) throw new S3Error(400, 'XAmzContentSHA256Mismatch')
    if (claimed !== undefined && claimed !== digest.toString('base64')) throw new S3Error(400, 'BadDigest')
    if (md5 && contentMd5 !== md5.digest('base64')) throw new S3Error(400, 'BadDigest')
    return { name, bytes, sha256: hex, hasChecksum: claimed !== undefined }
  } catch (error) {
    await rm(bucket.pathOf(name), { force: true })
    throw error
  }
}

function lengthOf(headers: IncomingHttpHeaders): number {
  if (/\baws-chunked\b/.test(headers['content-encoding'] ?? '')) throw notImplemented('aws-chunked bodies')
  const length = headers['content-length']
  if (length === undefined) throw new S3Error(411, 'MissingContentLength')
  return Number(length)
}

function claimedChecksum(headers: IncomingHttpHeaders): string | undefined {
  const unknown = otherChecksums.find((name) => headers[name] !== undefined)
  if (unknown) throw notImplemented(`${unknown}; send ${checksumHeader}`)
  const claimed = headers[checksumHeader]
  if (claimed === undefined) return undefined
  if (!/^[\w+/]{43}=$/.test(String(claimed))) throw invalidRequest(`Value for ${checksumHeader} header is invalid.`)
  return String(claimed)
}
