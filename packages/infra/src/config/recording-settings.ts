/** Settings for copying recordings from the vendor. */
import { join } from 'node:path'
import { z } from 'zod'
import { whole } from './fields.ts'
import { readStorageUrl } from './storage-settings.ts'

/** The worker reads these. */
export const recordingSettings = {
  MEETINGBAAS_RETENTION_DAYS: whole(3, 30).default(3).meta({
    description:
      'After how many days your Meeting BaaS plan deletes recordings: 3, 7, 14 or 30. Seer must have copied them by then, and warns when that becomes doubtful.',
  }),
  RECORDING_MAX_GB: whole(1, 1_000).default(20).meta({
    description: 'Files that are larger than so many gigabytes are not copied.',
  }),
  DOWNLOAD_FOLDER: z.string().trim().min(1).optional().meta({
    description:
      'Where files are while they are being copied. It needs room for a few of the largest. Without it: a folder beside the recordings, or .seer/downloads.',
  }),
}

type Settings = z.output<z.ZodObject<typeof recordingSettings>>

/** Where downloads are. On the file system of a folder of recordings, where a finished one is not copied once more. */
export function downloadFolder({
  DOWNLOAD_FOLDER,
  STORAGE_URL,
}: Pick<Settings, 'DOWNLOAD_FOLDER'> & { STORAGE_URL: string }): string {
  if (DOWNLOAD_FOLDER !== undefined) return DOWNLOAD_FOLDER
  const place = readStorageUrl(STORAGE_URL)
  return place?.kind === 'folder' ? join(place.path, '.downloads') : join('.seer', 'downloads')
}
