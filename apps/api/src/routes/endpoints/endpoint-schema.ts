/** A webhook endpoint as the API shows it. */
import { disabledReasons, endpointStates } from '@seer/core/log/endpoints/endpoint'
import type { EndpointViewer } from '@seer/core/log/endpoints/endpoint-store'
import { type Caller, mayDo } from '@seer/core/people/caller'
import { z } from 'zod'
import { Problem } from '../../problems/problem.ts'
import { anyId } from '../query-fields.ts'

const time = z.iso.datetime()

/** Of requests. */
export const FilterOrder = z
  .strictObject({
    userIds: z.array(anyId()).min(1).max(1_000).optional().meta({
      description: 'Only events that one of these users may see. Only with `allUsers`.',
    }),
    calendarIds: z.array(anyId()).min(1).max(1_000).optional().meta({
      description:
        'Only events of these calendars, by the ids of their integrations, and of bots that were booked for their events.',
    }),
    extra: z
      .record(z.string(), z.unknown())
      .refine((extra) => Object.keys(extra).length > 0, 'must have a key')
      .refine((extra) => JSON.stringify(extra).length <= 4_096, 'must not exceed 4096 characters as JSON')
      .optional()
      .meta({ description: 'Only events of bots whose `extra` has equal values under these keys.' }),
  })
  .meta({ description: 'Events must fit every part that is given.' })

const Filter = z
  .object({
    userIds: z.array(z.uuid()).optional(),
    calendarIds: z.array(z.uuid()).optional(),
    extra: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'WebhookEndpointFilter' })

export const WebhookEndpoint = z
  .object({
    id: z.uuid(),
    botId: z.uuid().nullable().meta({
      description: 'The only bot whose events it gets, when an order with a `webhookUrl` made it.',
    }),
    url: z.string(),
    description: z.string().nullable(),
    events: z.array(z.string()),
    filter: Filter,
    headerNames: z.array(z.string()).meta({ description: 'The headers that you add. Nobody can read their values.' }),
    allUsers: z.boolean().meta({ description: 'Whether it gets the events of all users, not only yours.' }),
    state: z.enum(endpointStates).meta({
      description:
        '`active`: events are sent. `paused`: you have paused it. `disabled`: Seer has, see `disabledBecause`. While it is not active, events are held and not dropped.',
    }),
    disabledBecause: z.enum(disabledReasons).nullable().meta({
      description: '`failing`: nothing could be delivered for days. `gone`: it has answered with status 410.',
    }),
    disabledAt: time.nullable(),
    failures: z.int().meta({ description: 'How many attempts have failed since the last success.' }),
    failingSince: time.nullable().meta({
      description: 'When the first of them failed. After five days without success the endpoint is disabled.',
    }),
    lastFailureAt: time.nullable(),
    lastSuccessAt: time.nullable().meta({ description: 'Accurate to ten seconds while all goes well.' }),
    retryAt: time.nullable().meta({ description: 'While it fails: nothing is sent before.' }),
    oldSecretUntil: time.nullable().meta({
      description: 'Until when the secret before the last rotation signs as well; null when it does not.',
    }),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'WebhookEndpoint' })

export const EndpointWithSecret = WebhookEndpoint.extend({
  secret: z.string().meta({
    description: 'Verifies the signatures. Keep it: it is told only in this answer.',
    examples: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo='],
  }),
}).meta({ id: 'WebhookEndpointWithSecret' })

export const EndpointParams = z.object({ endpointId: anyId() })

/** Operators also have the endpoints for the events of all users. */
export function viewerOf(caller: Caller): EndpointViewer {
  return { userId: caller.userId, isOperator: mayDo(caller, 'admin') }
}

export function noSuchEndpoint(): Problem {
  return new Problem('NOT_FOUND', { detail: 'You have no webhook endpoint with this id.' })
}
