import { z } from 'zod'
import { type ApiScope, answers, apiPrefix, pageOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { BotParams, TimelineEntry } from './bot-schema.ts'
import { findBot } from './get-bot.ts'
import { toTimeline } from './to-bot.ts'

const EventsQuery = z.strictObject({
  after: z.coerce.number().int().min(0).max(2_147_483_647).default(0).meta({
    description:
      'Only entries with a higher `seq` than this. For the next page, send the `nextCursor` of the page before. To follow a bot, send the last `seq` that you have.',
  }),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(500)
    .default(100)
    .meta({ description: 'How many entries a page has at most.' }),
})

export function listBotEventsRoute(app: ApiScope, { db, policy }: Pick<ApiDeps, 'db' | 'policy'>): void {
  app.route({
    method: 'GET',
    url: `${apiPrefix}/bots/:botId/events`,
    config: { access: 'read' },
    schema: {
      tags: ['Bots'],
      summary: 'Page through a bot’s timeline',
      description: 'Oldest first.',
      params: BotParams,
      querystring: EventsQuery,
      response: answers({ 200: pageOf(TimelineEntry, 'A page of the timeline.') }),
    },
    handler: async (request) => {
      const { after, limit } = request.query
      const { meeting } = await findBot(db, request, request.params.botId)
      const found = await db.meetings.timeline(meeting.id, after, limit + 1)
      const page = found.slice(0, limit)
      const data = toTimeline(meeting, page, policy.lateAccess)
      return found.length > limit ? { data, nextCursor: String(page.at(-1)?.seq) } : { data }
    },
  })
}
