import type { StoredObject } from '@seer/core/recordings/storage'
import type { S3 } from './s3-client.ts'
import { statusOf } from './s3-errors.ts'
import { hexOf } from './send-file.ts'

export type HeadOfObject = StoredObject & { etag: string | undefined }

/** What the store says of an object; null when there is none. @throws as `Storage.head` */
export async function headObject(s3: S3, key: string): Promise<HeadOfObject | null> {
  const head = await s3.trying(async ({ sdk, client }) => {
    try {
      return await client.send(
        new sdk.HeadObjectCommand({ Bucket: s3.bucket, Key: s3.keyOf(key), ChecksumMode: 'ENABLED' }),
      )
    } catch (error) {
      if (statusOf(error) !== 404) throw error
      return null
    }
  })
  if (!head) {
    await assertBucket(s3)
    return null
  }
  const { ContentLength = 0, ContentType = null, ETag, ChecksumSHA256, Metadata } = head
  return { bytes: ContentLength, contentType: ContentType, sha256: sha256Of(ChecksumSHA256, Metadata), etag: ETag }
}

/** The answer to HEAD has no body, so a missing bucket looks like a missing object. @throws STORAGE_UNAVAILABLE */
async function assertBucket(s3: S3): Promise<void> {
  await s3.trying(async ({ sdk, client }) => {
    try {
      await client.send(new sdk.HeadBucketCommand({ Bucket: s3.bucket }))
    } catch (error) {
      throw statusOf(error) === 404 ? Object.assign(error as Error, { name: 'NoSuchBucket' }) : error
    }
  })
}

/** The checksum of an upload in parts ends with `-` and their number, and says nothing of the whole file. */
function sha256Of(checksum: string | undefined, metadata: Record<string, string> | undefined): string | null {
  if (checksum && !checksum.includes('-')) return hexOf(checksum)
  const said = metadata?.['sha256'] ?? ''
  return /^[0-9a-f]{64}$/.test(said) ? said : null
}
