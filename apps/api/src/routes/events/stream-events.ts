import { z } from 'zod'
import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, contentOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { type EventStream, openEventStream } from '../../feed/event-stream.ts'
import { newGate } from '../../feed/gate.ts'
import type { Hub, Seat } from '../../feed/hub.ts'
import { whenClosed } from '../../feed/when-closed.ts'
import { eventFields, filterOf, startOf } from './event-query.ts'

/** How many streams read what they missed from the database at the same time. */
const replaysAtOnce = 3

const StreamHeaders = z.looseObject({
  'last-event-id': z
    .preprocess((text) => (text === '' ? undefined : text), eventFields.after)
    .meta({ description: 'The position after which the stream goes on. Browsers send it when they connect again.' }),
})

type Deps = Pick<ApiDeps, 'db' | 'policy' | 'options' | 'now'>

export function streamEventsRoute(app: ApiScope, deps: Deps, hub: Hub): void {
  const gate = newGate(replaysAtOnce)
  const view = { lateAccess: deps.policy.lateAccess, baseUrl: deps.options.baseUrl }
  const limits = deps.options.streams
  app.route({
    method: 'GET',
    url: `${apiPrefix}/events/stream`,
    // Fastify would answer HEAD by reading the stream to its end.
    exposeHeadRoute: false,
    config: { access: 'read', takesStreamToken: true },
    schema: {
      tags: ['Events'],
      summary: 'Follow what happens',
      description:
        'Server-Sent Events: what happened after a position, and then what happens, in the same order as in the feed. `id` is the position, `event` the type, `data` the event as in the feed. Every 20 seconds without an event there is a comment. A stream ends with its token, and after 15 minutes; browsers then connect again and go on where they were. [The page on events](/docs/events) has a client.',
      querystring: z.strictObject(eventFields),
      headers: StreamHeaders,
      response: answers({ 200: contentOf(['text/event-stream'], z.string(), 'Events, as they happen.') }),
    },
    handler: async (request, reply) => {
      const filter = filterOf(request.query, request)
      const cut = () => reply.raw.destroy()
      let stream: EventStream | undefined
      const seat = await hub.enter({
        ...{ userId: callerOf(request).userId, filter },
        onEnd: (why) => (why === 'behind' ? cut() : stream?.stop()),
      })
      try {
        // A browser that comes back has the position in the header, and an old one in the address.
        const given = request.headers['last-event-id'] ?? request.query.after
        const after = await startIn(seat, given, deps)
        const endsIn = Math.min(limits.longest, timeLeft(request.streamToken, deps))
        stream = openEventStream({ seat, feed: deps.db.feed, filter, after, view, limits, endsIn, gate, cut })
      } catch (error) {
        seat.leave()
        throw error
      }
      stream.readable.once('error', (error) => {
        request.failure = error
      })
      whenClosed(reply.raw, seat.end)
      return reply
        .headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
        .type('text/event-stream')
        .send(stream.readable as never)
    },
  })
}

/**
 * Where a stream begins. The hub may not have looked since the reader saw the newest event, perhaps at another server.
 * @throws Problem INVALID_CURSOR, CURSOR_TOO_OLD
 */
async function startIn(seat: Seat, after: number | undefined, { db }: Pick<Deps, 'db'>): Promise<number> {
  const known = seat.bounds()
  return startOf(after, after !== undefined && after > known.newest ? await db.feed.number() : known)
}

function timeLeft(token: { expiresAt: number } | null, { now }: Pick<Deps, 'now'>): number {
  return token ? token.expiresAt - now().getTime() : Number.POSITIVE_INFINITY
}
