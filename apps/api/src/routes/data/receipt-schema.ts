/** The receipt of a deletion as the API shows it. */
import { readReceipt } from '@seer/core/erasure/receipt'
import { dataStates, deletionReasons, deletionScopes, vendorOutcomes } from '@seer/core/meetings/deletion/data-deletion'
import type { Meeting } from '@seer/core/meetings/meeting'
import { artifactKinds } from '@seer/core/vendor/artifact-kinds'
import { z } from 'zod'
import type { ApiDeps } from '../../dependencies.ts'
import { Hold } from '../bots/bot-schema.ts'

const time = z.iso.datetime()
const count = z.int()

export const Receipt = z
  .object({
    state: z.enum(dataStates).meta({
      description: '`kept`: nothing was deleted. `deleting`: `left` is still to be removed; Seer goes on. `deleted`.',
    }),
    hold: Hold.nullable(),
    scopes: z.array(z.enum(deletionScopes)).meta({
      description:
        'What goes. `media`: video and audio. `transcripts`: all versions, the files they are made from, and the chat. `everything`: both, and who took part.',
    }),
    reason: z.enum(deletionReasons).nullable().meta({
      description: '`request`: its owner asked. `retention`: its time was over. `user_deleted`: so was its owner.',
    }),
    requestedAt: time.nullable(),
    doneAt: time.nullable().meta({ description: 'When nothing of it was left.' }),
    storage: z
      .object({
        files: count,
        bytes: z.number(),
        removed: z.array(
          z.object({
            kind: z.enum(artifactKinds),
            bytes: z.number().nullable(),
            sha256: z.string().nullable().meta({ description: 'Of the removed file. Null: it was not copied whole.' }),
          }),
        ),
      })
      .meta({ description: 'What is gone from the storage.' }),
    database: z
      .object({
        transcripts: z.array(z.object({ version: count, source: z.string(), utterances: count })),
        utterances: count,
        speakerNames: count.meta({ description: 'Names that were given to speakers.' }),
        chatMessages: count.meta({ description: 'Messages whose sender and text were removed from the timeline.' }),
      })
      .meta({ description: 'What is gone from the database. Of the webhooks of this bot, the bodies are gone, too.' }),
    vendor: z
      .object({
        outcome: z.enum(vendorOutcomes).meta({
          description:
            '`pending`: still to be told; `reason` says what is in the way. `deleted`: Meeting BaaS has deleted its copy, now or before. `not_there`: Meeting BaaS has nothing of this bot. `expired`: it could not be told, and its own retention is over.',
        }),
        reason: z.string().nullable(),
        at: time.nullable(),
      })
      .nullable()
      .meta({ description: 'What became of the copy at Meeting BaaS.' }),
    left: z
      .array(
        z.object({
          what: z.enum(['file', 'transcript', 'webhook', 'vendor']),
          kind: z.enum(artifactKinds).optional().meta({ description: 'Of a file.' }),
          reason: z.string().nullable().meta({ description: 'What was in the way the last time. Null: nothing yet.' }),
        }),
      )
      .meta({ description: 'What is still to be removed. Seer tries again until nothing is left.' }),
  })
  .meta({
    id: 'Receipt',
    examples: [
      {
        state: 'deleting',
        hold: null,
        scopes: ['everything'],
        reason: 'request',
        requestedAt: '2030-01-31T16:00:00.000Z',
        doneAt: null,
        storage: {
          files: 1,
          bytes: 734003200,
          removed: [
            {
              kind: 'video',
              bytes: 734003200,
              sha256: 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9',
            },
          ],
        },
        database: {
          transcripts: [{ version: 1, source: 'vendor', utterances: 412 }],
          utterances: 412,
          speakerNames: 2,
          chatMessages: 3,
        },
        vendor: { outcome: 'pending', reason: 'VENDOR_UNAVAILABLE: Meeting BaaS answered with status 503.', at: null },
        left: [{ what: 'vendor', reason: 'VENDOR_UNAVAILABLE: Meeting BaaS answered with status 503.' }],
      },
    ],
  })
export type Receipt = z.output<typeof Receipt>

/** The receipt as it stands. The reason of a hold is the owner's own. */
export async function showReceipt(
  db: Pick<ApiDeps['db'], 'artifacts' | 'transcripts'>,
  meeting: Meeting,
  isOwner: boolean,
): Promise<Receipt> {
  const { hold } = meeting
  const receipt = await readReceipt(db, meeting)
  return { ...receipt, hold: hold && { ...hold, reason: isOwner ? hold.reason : null } }
}
