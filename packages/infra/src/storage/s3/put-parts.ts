/**
 * Files that are too large for one request are sent in parts. Each part is proven by its own SHA-256, and the whole file is
 * hashed on the way. An upload that was broken off is continued: parts that the service has are not sent again.
 */
import { createHash, type Hash } from 'node:crypto'
import type { CompletedPart, Part } from '@aws-sdk/client-s3'
import { RetryableError, SeerError } from '@seer/core/basics/errors'
import type { FileToStore } from '@seer/core/recordings/storage'
import { headObject } from './head-object.ts'
import type { S3 } from './s3-client.ts'
import { statusOf } from './s3-errors.ts'
import { base64Of, bodyOf, hashStep, sendingFile, withBodyHash } from './send-file.ts'
import { abortUpload, abortUploads, createUpload, findUpload, type Upload } from './uploads.ts'

const mostParts = 10_000

type Sending = { s3: S3; key: string; file: FileToStore; signal: AbortSignal | undefined }

export async function putParts(
  s3: S3,
  key: string,
  file: FileToStore,
  signal?: AbortSignal,
): Promise<'stored' | 'exists'> {
  // It would be found out only after all parts are sent.
  if (await headObject(s3, key)) return 'exists'
  const sending = { s3, key, file, signal }
  try {
    const outcome = await sendAndComplete(sending)
    await abortUploads(s3, key)
    return outcome
  } catch (error) {
    const isGone = error instanceof SeerError && error.upstreamCode === 'NoSuchUpload'
    // Somebody else has stored an object meanwhile, or an earlier try was carried out but its answer was lost.
    if (isGone && (await headObject(s3, key))) return 'exists'
    throw error
  }
}

async function sendAndComplete(sending: Sending): Promise<'stored' | 'exists'> {
  const found = await findUpload(sending.s3, sending.key)
  const sent = found && (await sendParts(sending, found))
  if (found && sent) return await complete(sending, found, sent)
  const upload = await createUpload(sending.s3, sending.key, sending.file)
  const parts = await sendParts(sending, upload)
  if (!parts) throw new Error('A new upload has parts of another file.')
  return await complete(sending, upload, parts)
}

/**
 * Sends the parts that the service does not have yet.
 * @returns null when the service has a part that is not of this file
 */
async function sendParts(sending: Sending, upload: Upload): Promise<CompletedPart[] | null> {
  const { s3, file } = sending
  const size = Math.max(s3.partBytes, Math.ceil(file.bytes / mostParts))
  const whole = createHash('sha256')
  const parts: CompletedPart[] = []
  for (let first = 0, number = 1; first < file.bytes; first += size, number += 1) {
    const last = Math.min(first + size, file.bytes) - 1
    const sha256 = await hashPart(sending, first, last, whole)
    const present = upload.parts.get(number)
    if (present && !isSame(present, sha256, last - first + 1)) return null
    const ETag = present?.ETag ?? (await sendPart(sending, upload.id, { number, first, last, sha256 }))
    parts.push({ PartNumber: number, ChecksumSHA256: base64Of(sha256), ...(ETag ? { ETag } : {}) })
  }
  if (whole.digest('hex') === file.sha256) return parts
  await abortUpload(s3, sending.key, upload.id)
  throw new RetryableError('STORAGE_CHECKSUM_MISMATCH', { detail: 'The file to store does not have its SHA-256.' })
}

const isSame = (part: Part, sha256: string, bytes: number) =>
  part.Size === bytes && part.ChecksumSHA256 === base64Of(sha256)

async function hashPart({ file, signal }: Sending, first: number, last: number, whole: Hash): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of bodyOf({ path: file.path, first, last }) as AsyncIterable<Uint8Array>) {
    signal?.throwIfAborted()
    hash.update(chunk)
    whole.update(chunk)
  }
  return hash.digest('hex')
}

type PartToSend = { number: number; first: number; last: number; sha256: string }

async function sendPart(
  { s3, key, file, signal }: Sending,
  UploadId: string,
  { number, sha256, ...range }: PartToSend,
): Promise<string | undefined> {
  return await s3.trying(
    ({ sdk, client }) =>
      sendingFile({ path: file.path, ...range }, signal, async (body, options) => {
        const command = new sdk.UploadPartCommand({
          Bucket: s3.bucket,
          Key: s3.keyOf(key),
          UploadId,
          PartNumber: number,
          Body: body,
          ContentLength: range.last - range.first + 1,
          ChecksumSHA256: base64Of(sha256),
        })
        command.middlewareStack.add((next) => (args) => next(withBodyHash(args, sha256)), hashStep)
        return (await client.send(command, options)).ETag
      }),
    signal,
  )
}

async function complete(sending: Sending, upload: Upload, parts: CompletedPart[]): Promise<'stored' | 'exists'> {
  const { s3, key, file, signal } = sending
  const outcome = await s3.trying(async ({ sdk, client }) => {
    const command = new sdk.CompleteMultipartUploadCommand({
      Bucket: s3.bucket,
      Key: s3.keyOf(key),
      UploadId: upload.id,
      MultipartUpload: { Parts: parts },
      IfNoneMatch: '*',
    })
    try {
      await client.send(command, signal ? { abortSignal: signal } : {})
      return 'stored'
    } catch (error) {
      if (statusOf(error) === 412) return 'exists'
      throw error
    }
  }, signal)
  if (outcome === 'exists') return 'exists'
  const kept = await headObject(s3, key)
  if (kept?.bytes === file.bytes && kept.sha256 === file.sha256) return 'stored'
  // The upload that was continued was begun for another file, of which these parts are the beginning.
  await s3.trying(({ sdk, client }) =>
    client.send(new sdk.DeleteObjectCommand({ Bucket: s3.bucket, Key: s3.keyOf(key) })),
  )
  throw new RetryableError('STORAGE_CHECKSUM_MISMATCH', {
    detail: 'The object is not the file; it must be sent again.',
  })
}
