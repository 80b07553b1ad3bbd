/** Uploads in parts that are under way. */
import type { Part } from '@aws-sdk/client-s3'
import type { FileToStore } from '@seer/core/recordings/storage'
import type { S3 } from './s3-client.ts'
import { nameOf, statusOf } from './s3-errors.ts'

/** `parts`: by their numbers. */
export type Upload = { id: string; parts: Map<number, Part> }

export async function createUpload(s3: S3, key: string, file: FileToStore): Promise<Upload> {
  const { UploadId } = await s3.trying(({ sdk, client }) =>
    client.send(
      new sdk.CreateMultipartUploadCommand({
        Bucket: s3.bucket,
        Key: s3.keyOf(key),
        ContentType: file.contentType,
        ChecksumAlgorithm: 'SHA256',
        // The service knows only a checksum of the parts' checksums.
        Metadata: { sha256: file.sha256 },
      }),
    ),
  )
  if (!UploadId) throw new Error('The service gave no id to the upload.')
  return { id: UploadId, parts: new Map() }
}

/** The newest unfinished upload of the key that has parts. */
export async function findUpload(s3: S3, key: string): Promise<Upload | null> {
  for (const id of await uploadIds(s3, key)) {
    const parts = await partsOf(s3, key, id)
    if (parts.size > 0) return { id, parts }
  }
  return null
}

export async function abortUploads(s3: S3, key: string): Promise<void> {
  for (const id of await uploadIds(s3, key)) await abortUpload(s3, key, id)
}

export async function abortUpload(s3: S3, key: string, UploadId: string): Promise<void> {
  await s3.trying(async ({ sdk, client }) => {
    const command = new sdk.AbortMultipartUploadCommand({ Bucket: s3.bucket, Key: s3.keyOf(key), UploadId })
    try {
      await client.send(command)
    } catch (error) {
      if (nameOf(error) !== 'NoSuchUpload') throw error
    }
  })
}

/** Newest first. */
async function uploadIds(s3: S3, key: string): Promise<string[]> {
  const wanted = s3.keyOf(key)
  const found: { id: string; at: number }[] = []
  let place: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } | null = {}
  while (place) {
    const markers: object = place
    const page = await s3.trying(async ({ sdk, client }) => {
      try {
        return await client.send(new sdk.ListMultipartUploadsCommand({ Bucket: s3.bucket, Prefix: wanted, ...markers }))
      } catch (error) {
        // A service that cannot list them can still store.
        if (statusOf(error) === 501) return null
        throw error
      }
    })
    for (const { Key, UploadId, Initiated } of page?.Uploads ?? []) {
      if (Key === wanted && UploadId) found.push({ id: UploadId, at: Initiated?.getTime() ?? 0 })
    }
    place = page?.IsTruncated ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker } : null
  }
  return found.toSorted((one, other) => other.at - one.at).map(({ id }) => id)
}

async function partsOf(s3: S3, key: string, UploadId: string): Promise<Map<number, Part>> {
  const parts = new Map<number, Part>()
  let marker: string | undefined
  do {
    const PartNumberMarker = marker
    const page = await s3.trying(async ({ sdk, client }) => {
      const command = new sdk.ListPartsCommand({ Bucket: s3.bucket, Key: s3.keyOf(key), UploadId, PartNumberMarker })
      try {
        return await client.send(command)
      } catch (error) {
        if (nameOf(error) === 'NoSuchUpload') return null
        throw error
      }
    })
    for (const part of page?.Parts ?? []) if (part.PartNumber) parts.set(part.PartNumber, part)
    marker = page?.IsTruncated ? page.NextPartNumberMarker : undefined
  } while (marker)
  return parts
}
