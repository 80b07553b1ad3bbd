/** Where recordings are kept. */
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

export type StoragePlace = { kind: 'folder'; path: string }

export const storageSettings = {
  STORAGE_URL: z
    .string()
    .trim()
    .refine((text) => readStorageUrl(text) !== null, 'must be file: with a folder')
    .default('file:.seer/recordings')
    .meta({
      description:
        'Where recordings are kept. A folder: file:/srv/recordings, or file:recordings for one below the current folder. API and workers must see the same folder.',
    }),
}

/** Null when the text names no place. */
export function readStorageUrl(text: string): StoragePlace | null {
  const [, scheme = '', rest = ''] = /^([a-z0-9]+):(.+)$/s.exec(text) ?? []
  if (scheme !== 'file' || /[\0?#]/.test(rest)) return null
  if (!rest.startsWith('//')) return { kind: 'folder', path: rest }
  try {
    return { kind: 'folder', path: fileURLToPath(text) }
  } catch {
    return null
  }
}
