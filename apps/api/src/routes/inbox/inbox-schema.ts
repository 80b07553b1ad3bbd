import type { InboxEntry } from '@seer/core/webhooks/inbox-admin'
import { z } from 'zod'

const time = z.iso.datetime()
export const inboxStates = ['received', 'processed', 'failed'] as const

export const WebhookEvent = z
  .object({
    id: z.uuid(),
    source: z.string().meta({ description: 'Who sent it: v2_webhook, v2_callback, v1_webhook or guide.' }),
    eventType: z.string(),
    messageId: z.string().nullable(),
    vendorBotId: z.string().nullable(),
    meetingId: z.string().nullable().meta({ description: 'The id of our bot, if the event carries it.' }),
    state: z
      .enum(inboxStates)
      .meta({ description: '`failed` means that processing failed for good (a dead letter); `error` says why.' }),
    outcome: z.enum(['applied', 'late', 'duplicate', 'unknown', 'ignored']).nullable(),
    attempts: z.int(),
    error: z.string().nullable(),
    receivedAt: time,
    processedAt: time.nullable(),
  })
  .meta({ id: 'WebhookEvent' })

export function toWebhookEvent(entry: InboxEntry): z.input<typeof WebhookEvent> {
  const { id, source, eventType, messageId, vendorBotId, meetingId, state, outcome, attempts, error } = entry
  const times = { receivedAt: entry.receivedAt.toISOString(), processedAt: entry.processedAt?.toISOString() ?? null }
  return { id, source, eventType, messageId, vendorBotId, meetingId, state, outcome, attempts, error, ...times }
}

export const EventParams = z.object({
  eventId: z.guid().meta({ description: 'The `id` of a received event.' }),
})
