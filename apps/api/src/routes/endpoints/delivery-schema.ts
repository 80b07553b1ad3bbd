/** A delivery to a webhook endpoint as the API shows it. */
import { type Attempt, type Delivery, deliveryStates } from '@seer/core/log/deliveries/delivery'
import { webhookProblems } from '@seer/core/log/deliveries/webhook-sender'
import type { Endpoint } from '@seer/core/log/endpoints/endpoint'
import { eventIdOf } from '@seer/core/log/feed/feed-event'
import { z } from 'zod'
import { subjectKinds } from '../events/event-schema.ts'
import { anyId } from '../query-fields.ts'
import { EndpointParams } from './endpoint-schema.ts'

const time = z.iso.datetime()

export const shownStates = [...deliveryStates, 'held'] as const

export const WebhookDelivery = z
  .object({
    id: z.uuid(),
    eventId: z.string().meta({ description: 'The `id` of the event, and the `webhook-id` of every attempt.' }),
    position: z.int(),
    type: z.string(),
    subject: z.object({ kind: z.enum(subjectKinds), id: z.string(), seq: z.int() }),
    state: z.enum(shownStates).meta({
      description:
        '`pending`: it is sent at `nextAttemptAt`. `held`: it waits until its endpoint is active again. `delivered`. `failed`: the last of ten attempts failed. `expired`: the event was removed by retention before it could be delivered.',
    }),
    attempts: z.int().meta({ description: 'How often it was tried since it was made, or sent again by hand.' }),
    nextAttemptAt: time.nullable(),
    lastStatus: z.int().nullable(),
    lastProblem: z.enum(webhookProblems).nullable(),
    createdAt: time,
    settledAt: time.nullable().meta({ description: 'When it was delivered, or given up.' }),
  })
  .meta({ id: 'WebhookDelivery' })

/** What came of one request to an endpoint. */
export const attemptFields = {
  status: z.int().nullable().meta({ description: 'The status that was answered; null when no answer came.' }),
  durationMs: z.int(),
  answer: z.string().nullable().meta({ description: 'The start of what was answered, at most 4 kB.' }),
  problem: z.enum(webhookProblems).nullable().meta({
    description:
      '`timed_out`: the whole answer had not come within 15 s. `unreachable`: no connection, or it broke. `not_allowed`: the address is, or leads to, one that Seer may not connect to.',
  }),
  detail: z.string().nullable().meta({ description: 'One sentence about the problem.' }),
}

const WebhookAttempt = z
  .object({
    at: time,
    number: z.int().meta({ description: 'Counts from 1, and anew when it is sent again by hand.' }),
    ...attemptFields,
  })
  .meta({ id: 'WebhookAttempt' })

export const DeliveryWithAttempts = WebhookDelivery.extend({
  attemptList: z.array(WebhookAttempt).meta({
    description: 'Oldest first. Those older than DELIVERY_RETENTION_DAYS are gone.',
  }),
}).meta({ id: 'WebhookDeliveryWithAttempts' })

export const DeliveryParams = EndpointParams.extend({ deliveryId: anyId() })

export function toDelivery(delivery: Delivery, endpoint: Endpoint): z.output<typeof WebhookDelivery> {
  const subject = { kind: delivery.subjectKind, id: delivery.subjectId, seq: delivery.seq }
  const isHeld = delivery.state === 'pending' && endpoint.state !== 'active'
  return {
    id: delivery.id,
    eventId: eventIdOf(subject),
    position: delivery.position,
    type: delivery.type,
    subject,
    state: isHeld ? 'held' : delivery.state,
    attempts: delivery.attempts,
    nextAttemptAt: isHeld ? null : nextAttemptAt(delivery, endpoint),
    lastStatus: delivery.lastStatus,
    lastProblem: delivery.lastProblem,
    createdAt: delivery.createdAt.toISOString(),
    settledAt: delivery.settledAt?.toISOString() ?? null,
  }
}

function nextAttemptAt({ dueAt }: Delivery, { retryAt }: Endpoint): string | null {
  if (!dueAt) return null
  return (retryAt && retryAt > dueAt ? retryAt : dueAt).toISOString()
}

export function toAttempt({ at, ...attempt }: Attempt): z.output<typeof WebhookAttempt> {
  return { at: at.toISOString(), ...attempt }
}
