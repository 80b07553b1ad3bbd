/** An event of the feed as the API shows it. `showEvent` of core makes the text; this describes it. */
import { causes } from '@seer/core/log/entry'
import { entryTypes, type SubjectKind } from '@seer/core/log/entry-types'
import { z } from 'zod'

export const subjectKinds = Object.keys(entryTypes) as [SubjectKind, ...SubjectKind[]]

export const FeedEvent = z
  .object({
    id: z.string().meta({
      description: 'The same in the feed, in the stream and as `webhook-id`, in every attempt and at every endpoint.',
      examples: ['evt_bot_8f0d6a52-6f0e-4a53-9c55-0c3a1f9c1f11_4'],
    }),
    position: z.int().meta({
      description:
        'The place of the event in the order of all events. Whoever has seen it has seen all before it that they may see.',
    }),
    type: z
      .string()
      .meta({ description: 'What happened, see [the list](/docs/events).', examples: ['recording_ready'] }),
    subject: z.object({
      kind: z.enum(subjectKinds),
      id: z.string(),
      seq: z.int().meta({ description: 'Numbers the events of this subject from 1, without gaps.' }),
    }),
    occurredAt: z.iso.datetime().meta({ description: 'When it happened, by the clock of whoever reported it.' }),
    recordedAt: z.iso.datetime().meta({ description: 'When Seer wrote it down.' }),
    cause: z.enum(causes),
    data: z.record(z.string(), z.unknown()),
    snapshot: z.record(z.string(), z.unknown()).nullable().meta({
      description:
        'The subject after the event, as the API shows it to you. Null once its data were deleted. Fields that are too large are null and named in `cut`.',
    }),
  })
  .meta({ id: 'Event' })
