import type { FeedPage } from '@seer/core/log/feed/event-feed'
import { showEvent } from '@seer/core/meetings/views/event-view'
import { z } from 'zod'
import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import type { Hub } from '../../feed/hub.ts'
import { waitForEvents } from '../../feed/wait-for-events.ts'
import { whenClosed } from '../../feed/when-closed.ts'
import { eventFields, filterOf, startOf } from './event-query.ts'
import { FeedEvent } from './event-schema.ts'

const EventsQuery = z.strictObject({
  ...eventFields,
  wait: z.coerce.number().int().min(0).max(25).default(0).meta({
    description: 'How many seconds the answer may wait for an event when there is none. It comes with the first one.',
  }),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(100)
    .meta({ description: 'How many events a page has at most.' }),
})

const EventPage = z
  .object({
    data: z.array(FeedEvent),
    nextCursor: z.string().meta({
      description:
        'Send it as `after` with your next request. Always there: without newer events it is where you will go on.',
    }),
    hasMore: z.boolean().meta({
      description: 'Whether there may be more events now. A page may have few events, or none, and still say so.',
    }),
  })
  .meta({ description: 'A page of events, oldest first.' })

type Deps = Pick<ApiDeps, 'db' | 'policy' | 'options'>

export function listEventsRoute(app: ApiScope, deps: Deps, hub: Hub): void {
  app.route({
    method: 'GET',
    url: `${apiPrefix}/events`,
    config: { access: 'read', takesStreamToken: true },
    schema: {
      tags: ['Events'],
      summary: 'Read what happened, in order',
      description:
        'Everything that happened to your bots and calendars, oldest first. Keep the `nextCursor`, and you miss nothing and see nothing twice, however long you were away.',
      querystring: EventsQuery,
      response: answers({ 200: EventPage }),
    },
    handler: async (request, reply) => {
      const { limit, wait } = request.query
      const filter = filterOf(request.query, request)
      // What was committed before this request is in the answer.
      const bounds = await deps.db.feed.number()
      const read = (after: number, upTo: number) => deps.db.feed.page({ ...filter, after, upTo, limit })
      let page = await read(startOf(request.query.after, bounds), bounds.newest)
      if (wait > 0 && page.events.length === 0 && !page.hasMore) {
        const { next: after } = page
        page = await waitForEvents(hub, {
          ...{ userId: callerOf(request).userId, filter, after, atMost: wait * 1_000 },
          read: (upTo) => read(after, upTo),
          onBegin: (end) => whenClosed(reply.raw, end),
        })
      }
      // The text of the events is stored; parsing it to serialize it again would take longer than reading it.
      return reply.type('application/json; charset=utf-8').send(pageJson(page, deps) as never)
    },
  })
}

/** The answer as JSON text. */
export function pageJson({ events, next, hasMore }: FeedPage, { policy, options }: Omit<Deps, 'db'>): string {
  const view = { lateAccess: policy.lateAccess, baseUrl: options.baseUrl }
  const data = events.map((event) => showEvent(event, view)).join(',')
  return `{"data":[${data}],"nextCursor":"${next}","hasMore":${hasMore}}`
}
