/** Settings for how long data of bots are kept. */
import type { Retention } from '@seer/core/erasure/retention'
import type { z } from 'zod'
import { whole } from './fields.ts'

const days = () => whole(1, 36_500).optional()

/** The worker reads these. */
export const retentionSettings = {
  RETENTION_DAYS: days().meta({
    description:
      'How many days after its end all data of a bot are deleted: files, transcripts, who took part, and the copy at Meeting BaaS. The timeline stays. Without it they are kept.',
  }),
  MEDIA_RETENTION_DAYS: days().meta({
    description: 'After how many days video and audio are deleted, if that is sooner.',
  }),
  TRANSCRIPT_RETENTION_DAYS: days().meta({
    description: 'After how many days transcripts and the chat are deleted, if that is sooner.',
  }),
}

type Settings = z.output<z.ZodObject<typeof retentionSettings>>

export function retentionOf(settings: Settings): Retention {
  return {
    everything: settings.RETENTION_DAYS ?? null,
    media: settings.MEDIA_RETENTION_DAYS ?? null,
    transcripts: settings.TRANSCRIPT_RETENTION_DAYS ?? null,
  }
}
