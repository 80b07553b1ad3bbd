/** Recordings as the API shows them. */

import { artifactStates } from '@seer/core/meetings/delivery/delivery'
import { recordingPath } from '@seer/core/meetings/views/recording-path'
import { type Artifact, artifactReasons } from '@seer/core/recordings/artifact'
import { recordingViewOf } from '@seer/core/recordings/views'
import { artifactKinds } from '@seer/core/vendor/artifact-kinds'
import { z } from 'zod'
import { anyId } from '../query-fields.ts'

const time = z.iso.datetime()

export const Recording = z
  .object({
    id: z.uuid(),
    kind: z.enum(artifactKinds),
    state: z.enum(artifactStates).meta({
      description:
        '`pending`: waits to be copied. `copying`. `stored`: Seer has it, whole and checked. `failed`: no attempt has succeeded so far; Seer goes on trying until `deadline`. `missing`: the bot left no such file. `expired`: Meeting BaaS deleted it before it could be copied. `deleted`: somebody asked for that, or its time was over.',
    }),
    reason: z
      .enum(artifactReasons)
      .nullable()
      .meta({ description: 'Why it is not stored, or what is odd about it (`unreadable_media`, `truncated_file`).' }),
    contentType: z.string().nullable(),
    bytes: z.number().nullable(),
    sha256: z.string().nullable().meta({ description: 'Of the whole file, in hexadecimal.' }),
    durationSeconds: z.number().nullable().meta({ description: 'Of video and audio, by the header of the file.' }),
    progress: z.number().nullable().meta({ description: 'How much of it has been copied, from 0 to 1.' }),
    storedAt: time.nullable(),
    deadline: time.meta({ description: 'When Meeting BaaS deletes its own copy.' }),
    url: z.string().meta({
      description: 'Where you get the file, with your API key. It never changes. It works while `state` is `stored`.',
    }),
  })
  .meta({
    id: 'Recording',
    examples: [
      {
        id: '0198d2f4-8b0e-7c11-9a55-1f0f6a2f3c77',
        kind: 'video',
        state: 'stored',
        reason: null,
        contentType: 'video/mp4',
        bytes: 734003200,
        sha256: 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9',
        durationSeconds: 3541.2,
        progress: 1,
        storedAt: '2030-01-31T15:04:12.000Z',
        deadline: '2030-02-03T15:01:30.000Z',
        url: 'https://seer.example.com/api/meetingbaas/bots/0198d2f1-51a9-7d40-8f3e-2f6f3a1b9c01/recordings/0198d2f4-8b0e-7c11-9a55-1f0f6a2f3c77/content',
      },
    ],
  })
export type Recording = z.output<typeof Recording>

export function toRecording(artifact: Artifact, baseUrl: string): Recording {
  const view = recordingViewOf(artifact)
  return {
    ...view,
    storedAt: view.storedAt?.toISOString() ?? null,
    deadline: view.deadline.toISOString(),
    url: `${baseUrl}${recordingPath(artifact.meetingId, artifact.id)}`,
  }
}

export const RecordingParams = z.strictObject({
  botId: anyId().meta({ description: 'The bot’s `id`, or its `meetingBaasId`.' }),
  recordingId: z
    .union([z.enum(artifactKinds), anyId()], {
      error: `must be the id of a recording, or one of ${artifactKinds.join(', ')}`,
    })
    .meta({ description: 'The `id` of the recording, or its kind.', examples: ['video'] }),
})
