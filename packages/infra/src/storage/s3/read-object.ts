import { PermanentError } from '@seer/core/basics/errors'
import type { ByteRange } from '@seer/core/recordings/storage'
import { provenBytes } from '../proven-bytes.ts'
import { type HeadOfObject, headObject } from './head-object.ts'
import { type S3, tries } from './s3-client.ts'
import { isPassing, s3Error } from './s3-errors.ts'

/** See `Storage.read`. Nothing is open until the first chunk is asked for. */
export async function readObject(s3: S3, key: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array>> {
  const head = await headObject(s3, key)
  if (!head) throw new PermanentError('STORAGE_OBJECT_MISSING')
  if (range && range.first >= head.bytes) throw new PermanentError('RANGE_NOT_SATISFIABLE')
  const last = Math.min(range?.last ?? Number.POSITIVE_INFINITY, head.bytes - 1)
  const chunks = chunksOf(s3, key, head, { first: range?.first ?? 0, last })
  return range ? chunks : provenBytes(chunks, head)
}

/** Goes on where a connection broke. */
async function* chunksOf(
  s3: S3,
  key: string,
  head: HeadOfObject,
  { first, last }: ByteRange,
): AsyncGenerator<Uint8Array> {
  let [at, failures] = [first, 0]
  while (at <= last) {
    const body = await openBody(s3, key, head, { first: at, last })
    try {
      for await (const chunk of body) {
        at += chunk.length
        failures = 0
        yield chunk
      }
      if (at <= last) throw Object.assign(new Error('The stream ended early.'), { code: 'ECONNRESET' })
    } catch (error) {
      failures += 1
      if (failures >= tries || !isPassing(error)) throw s3Error(error, s3.bucket)
    }
  }
}

async function openBody(s3: S3, key: string, { etag }: HeadOfObject, { first, last }: ByteRange) {
  const { Body } = await s3.trying(({ sdk, client }) =>
    client.send(
      new sdk.GetObjectCommand({
        Bucket: s3.bucket,
        Key: s3.keyOf(key),
        Range: `bytes=${first}-${last}`,
        // Another object under the same key would be a fault; its bytes must not be mixed with these.
        ...(etag ? { IfMatch: etag } : {}),
      }),
    ),
  )
  return Body as AsyncIterable<Uint8Array>
}
