import { replayWebhookEvents } from '@seer/core/webhooks/replay-webhook-events'
import { z } from 'zod'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { Problem } from '../../problems/problem.ts'
import { timeField } from '../query-fields.ts'
import { EventParams, inboxStates } from './inbox-schema.ts'

const ReplayBody = z
  .strictObject({
    since: timeField().meta({ description: 'Only events that were received at this time or later.' }),
    state: z
      .enum([...inboxStates, 'any'])
      .default('failed')
      .meta({ description: 'Only events in this state; `any` for all.' }),
  })
  .meta({ id: 'ReplayOrder', example: { since: '2030-01-31T14:00:00Z', state: 'failed' } })

const Replayed = z.object({ replayed: z.int() }).meta({ id: 'Replayed' })
const description = 'Safe to repeat: an event that has already had its effect changes nothing the second time.'

/** Processing stored events again: for operators. */
export function replayEventsRoutes(app: ApiScope, deps: Pick<ApiDeps, 'db' | 'queue' | 'now'>): void {
  const core = { inbox: deps.db.inboxAdmin, queue: deps.queue, now: deps.now }
  app.route({
    method: 'POST',
    url: `${apiPrefix}/webhook-events/:eventId/replay`,
    config: { access: 'admin' },
    schema: {
      tags: ['Operations'],
      summary: 'Process a received webhook again',
      description,
      params: EventParams,
      response: answers({ 202: dataOf(Replayed, 'The event will be processed again.') }),
    },
    handler: async (request, reply) => {
      const replayed = await replayWebhookEvents(core, { id: request.params.eventId })
      const detail = 'There is no event with this id, or its body has been removed after its retention time.'
      if (replayed === 0) throw new Problem('NOT_FOUND', { detail })
      return reply.code(202).send({ data: { replayed } })
    },
  })
  app.route({
    method: 'POST',
    url: `${apiPrefix}/webhook-events/replay`,
    config: { access: 'admin' },
    schema: {
      tags: ['Operations'],
      summary: 'Process all webhooks since a time again',
      description,
      body: ReplayBody,
      response: answers({ 202: dataOf(Replayed, 'The events will be processed again.') }),
    },
    handler: async (request, reply) => {
      const { since, state } = request.body
      const replayed = await replayWebhookEvents(core, state === 'any' ? { since } : { since, state })
      return reply.code(202).send({ data: { replayed } })
    },
  })
}
