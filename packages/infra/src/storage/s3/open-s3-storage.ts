import { createHash } from 'node:crypto'
import { contentDisposition } from '@seer/core/recordings/content-disposition'
import { assertStorageKey, type Storage } from '@seer/core/recordings/storage'
import { openSource } from '../source-file.ts'
import { headObject } from './head-object.ts'
import { putObject } from './put-object.ts'
import { putParts } from './put-parts.ts'
import { readObject } from './read-object.ts'
import { type S3, type S3Options, s3Of } from './s3-client.ts'
import { base64Of } from './send-file.ts'
import { abortUploads } from './uploads.ts'

/** A storage in a bucket of any S3-compatible service. The bucket must exist. Nothing connects yet. */
export function openS3Storage(options: S3Options): Storage {
  const s3 = s3Of(options)
  // Signing needs no connection, so the address need not be reachable from here.
  const signer = s3.publicEndpoint === null ? s3 : s3Of({ ...options, endpoint: s3.publicEndpoint })
  return {
    async put(key, file, signal) {
      assertStorageKey(key)
      signal?.throwIfAborted()
      const source = await openSource(file)
      await source.close()
      return await (file.bytes > s3.onePutBytes ? putParts : putObject)(s3, key, file, signal)
    },
    async head(key) {
      assertStorageKey(key)
      const head = await headObject(s3, key)
      return head && { bytes: head.bytes, sha256: head.sha256, contentType: head.contentType }
    },
    async read(key, range) {
      assertStorageKey(key)
      return await readObject(s3, key, range)
    },
    async delete(key) {
      assertStorageKey(key)
      await abortUploads(s3, key)
      if (!(await headObject(s3, key))) return false
      await s3.trying(({ sdk, client }) =>
        client.send(new sdk.DeleteObjectCommand({ Bucket: s3.bucket, Key: s3.keyOf(key) })),
      )
      return true
    },
    async sign(key, { expiresInSeconds, fileName, contentType, asDownload }) {
      assertStorageKey(key)
      const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner')
      return await signer.trying(({ sdk, client }) =>
        getSignedUrl(
          client,
          new sdk.GetObjectCommand({
            Bucket: s3.bucket,
            Key: s3.keyOf(key),
            ResponseContentType: contentType,
            ResponseContentDisposition: contentDisposition(fileName, asDownload),
          }),
          { expiresIn: expiresInSeconds },
        ),
      )
    },
    check: () => check(s3),
    async close() {
      await s3.close()
      await signer.close()
    },
  }
}

const trial = Buffer.from('Seer writes this now and then, to find out whether it can.\n')
const trialSha256 = createHash('sha256').update(trial).digest('hex')

/** Always the same object, so that nothing piles up. */
async function check(s3: S3): Promise<void> {
  await s3.trying(({ sdk, client }) =>
    client.send(
      new sdk.PutObjectCommand({
        Bucket: s3.bucket,
        Key: s3.keyOf('seer-check.txt'),
        Body: trial,
        ContentType: 'text/plain',
        ChecksumSHA256: base64Of(trialSha256),
      }),
    ),
  )
}
