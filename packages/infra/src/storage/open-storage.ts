import type { Storage } from '@seer/core/recordings/storage'
import type { z } from 'zod'
import { readStorageUrl, type storageSettings } from '../config/storage-settings.ts'
import { openFolderStorage } from './folder/open-folder-storage.ts'
import { recent } from './recent.ts'

export type StorageSettings = z.output<z.ZodObject<typeof storageSettings>>

/** Health is open to everybody, and each check writes. So one answer holds for a while. */
const checkHoldsMs = 15_000

/** The storage that STORAGE_URL names. Nothing connects yet. */
export function openStorage(settings: StorageSettings): Storage {
  const place = readStorageUrl(settings.STORAGE_URL)
  if (!place) throw new Error('STORAGE_URL names no place.')
  const storage = openFolderStorage(place.path)
  return { ...storage, check: recent(storage.check, checkHoldsMs) }
}
