import type { Storage } from '@seer/core/recordings/storage'
import type { z } from 'zod'
import { readStorageUrl, type storageSettings } from '../config/storage-settings.ts'
import { openFolderStorage } from './folder/open-folder-storage.ts'
import { checkHoldsMs, recent } from './recent.ts'
import { openS3Storage } from './s3/open-s3-storage.ts'

export type StorageSettings = z.output<z.ZodObject<typeof storageSettings>>

/** The storage that STORAGE_URL names. Nothing connects yet, and the SDK for S3 is loaded with the first use. */
export function openStorage(settings: StorageSettings): Storage {
  const storage = openPlace(settings)
  return { ...storage, check: recent(storage.check, checkHoldsMs) }
}

function openPlace(settings: StorageSettings): Storage {
  const place = readStorageUrl(settings.STORAGE_URL)
  if (!place) throw new Error('STORAGE_URL names no place.')
  if (place.kind === 'folder') return openFolderStorage(place.path)
  return openS3Storage({
    bucket: place.bucket,
    prefix: place.prefix,
    region: settings.STORAGE_S3_REGION,
    endpoint: settings.STORAGE_S3_ENDPOINT ?? null,
    publicEndpoint: settings.STORAGE_S3_PUBLIC_ENDPOINT ?? null,
    pathStyle: settings.STORAGE_S3_PATH_STYLE,
  })
}
