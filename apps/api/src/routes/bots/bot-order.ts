/** The body of POST /bots. */
import { CustomBotConfig } from '@seer/core/vendor/bot-config'
import { z } from 'zod'
import { hasUrlForSecret, urlForSecret, webhookUrlFields } from '../endpoints/webhook-url.ts'
import { timeField } from '../query-fields.ts'
import { meetingUrlField } from './meeting-url-field.ts'

/** Meeting BaaS echoes `extra` in every event, so it stays small. */
const extraBytes = 4_096
const extraLevels = 8

const Extra = z
  .record(z.string(), z.unknown())
  .refine(
    (extra) => Buffer.byteLength(JSON.stringify(extra)) <= extraBytes,
    `must not exceed ${extraBytes} bytes as JSON`,
  )
  .refine((extra) => levelsOf(extra) <= extraLevels, `must not be nested deeper than ${extraLevels} levels`)

/** The validator has refused bodies nested deeper than 32 levels by now, so recursion is safe. */
function levelsOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(levelsOf))
}

export const BotOrderBody = z
  .strictObject({
    meetingUrl: meetingUrlField.meta({
      description:
        'A Zoom, Google Meet or Microsoft Teams meeting link with its passcode, as the invitation has it. A mail filter may have rewritten it, and it may stand in a sentence or in HTML. The `meetingUrl` of the bot is the link that Seer found in it.',
      examples: ['https://meet.google.com/abc-defg-hij'],
    }),
    meetingId: z
      .uuid()
      .transform((id) => id.toLowerCase())
      .optional()
      .meta({
        description:
          'A UUID of your choice, which becomes the bot’s `id`. If you send the same order again, you get the same bot.',
      }),
    customBotName: z
      .string()
      .trim()
      .min(1)
      .max(255)
      .optional()
      .meta({ description: 'The name under which the bot joins.', examples: ['Acme Notetaker'] }),
    joinAt: timeField()
      .optional()
      .meta({
        description:
          'When the bot should join, up to 90 days ahead: an ISO 8601 time with its offset from UTC. Without it, the bot joins at once.',
        examples: ['2030-01-31T14:00:00+01:00'],
      }),
    customBotConfig: CustomBotConfig.optional().meta({
      description:
        'What this bot does differently from the defaults of this installation. Fields may also be written with underscores, such as `recording_mode`.',
      examples: [{ recordingMode: 'gallery_view', automaticLeave: { waitingRoomTimeout: 300 } }],
    }),
    extra: Extra.optional().meta({
      description: `Your own data, which Seer keeps with the bot: at most ${extraBytes} bytes as JSON, nested at most ${extraLevels} levels deep.`,
      examples: [{ customerId: 'c-42' }],
    }),
    ...webhookUrlFields,
  })
  .refine(hasUrlForSecret, urlForSecret)
  .meta({
    id: 'BotOrder',
    example: { meetingUrl: 'https://meet.google.com/abc-defg-hij', customBotName: 'Acme Notetaker' },
  })
export type BotOrderBody = z.output<typeof BotOrderBody>
