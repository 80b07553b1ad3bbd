import { redactBody } from '@seer/core/webhooks/redact-body'
import { z } from 'zod'
import { type ApiScope, answers, apiPrefix, dataOf, pageOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { Problem } from '../../problems/problem.ts'
import { cursorField, timeField } from '../query-fields.ts'
import { EventParams, inboxStates, toWebhookEvent, WebhookEvent } from './inbox-schema.ts'

const InboxQuery = z.strictObject({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(200)
    .default(50)
    .meta({ description: 'How many events a page has at most.' }),
  cursor: cursorField(),
  state: z.enum(inboxStates).optional().meta({ description: '`failed` shows the dead letters.' }),
  eventType: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .meta({ examples: ['bot.completed'] }),
  since: timeField().optional().meta({ description: 'Only events that were received at this time or later.' }),
})

const EventWithBody = WebhookEvent.extend({
  body: z.unknown().meta({
    description:
      'The body as it was received, with secrets and link signatures masked. Null once WEBHOOK_RETENTION_DAYS are over.',
  }),
}).meta({ id: 'WebhookEventWithBody' })

/** Received webhooks, for operators: about the bots of all users. */
export function inspectInboxRoutes(app: ApiScope, { db }: Pick<ApiDeps, 'db'>): void {
  app.route({
    method: 'GET',
    url: `${apiPrefix}/webhook-events`,
    config: { access: 'admin' },
    schema: {
      tags: ['Operations'],
      summary: 'List received webhooks',
      description: 'Newest first.',
      querystring: InboxQuery,
      response: answers({ 200: pageOf(WebhookEvent, 'A page of events.') }),
    },
    handler: async (request) => {
      const { limit, cursor, ...filter } = request.query
      const found = await db.inboxAdmin.list(filter, cursor === undefined ? null : readCursor(cursor), limit + 1)
      const page = found.slice(0, limit)
      const data = page.map(toWebhookEvent)
      return found.length > limit ? { data, nextCursor: page.at(-1)?.id } : { data }
    },
  })
  app.route({
    method: 'GET',
    url: `${apiPrefix}/webhook-events/:eventId`,
    config: { access: 'admin' },
    schema: {
      tags: ['Operations'],
      summary: 'Show a received webhook with its body',
      params: EventParams,
      response: answers({ 200: dataOf(EventWithBody, 'The event.') }),
    },
    handler: async (request) => {
      const event = await db.inboxAdmin.show(request.params.eventId)
      if (!event) throw new Problem('NOT_FOUND', { detail: 'There is no event with this id.' })
      return { data: { ...toWebhookEvent(event), body: event.body === null ? null : redactBody(event.body) } }
    },
  })
}

/** @throws Problem INVALID_CURSOR */
function readCursor(cursor: string): string {
  if (z.guid().safeParse(cursor).success) return cursor
  throw new Problem('INVALID_CURSOR', { errors: [{ path: 'cursor', message: 'is not a nextCursor of this list' }] })
}
