import type { Meeting } from '@seer/core/bots/meeting'
import type { FastifyRequest } from 'fastify'
import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { Problem } from '../../problems/problem.ts'
import { BotParams, BotWithTimeline } from './bot-schema.ts'
import { toBot, toTimelineEntry } from './to-bot.ts'

/** A usual run has about 15 entries; long chats have more. */
const entriesShown = 200

export function getBotRoute(app: ApiScope, { db }: Pick<ApiDeps, 'db'>): void {
  app.route({
    method: 'GET',
    url: `${apiPrefix}/bots/:botId`,
    config: { access: 'read' },
    schema: {
      tags: ['Bots'],
      summary: 'Get a bot with its timeline',
      params: BotParams,
      response: answers({ 200: dataOf(BotWithTimeline, 'The bot.') }),
    },
    handler: async (request) => {
      const meeting = await findBot(db, request, request.params.botId)
      const entries = await db.meetings.timeline(meeting.id, 0, entriesShown)
      const timeline = entries.map(toTimelineEntry)
      const lastShown = entries.at(-1)?.seq ?? 0
      const timelineNextCursor =
        entries.length === entriesShown && lastShown < meeting.lastSeq ? String(lastShown) : null
      return { data: { ...toBot(meeting), timeline, timelineNextCursor } }
    },
  })
}

/** @throws Problem NOT_FOUND, also for another user's bot */
export async function findBot(
  db: Pick<ApiDeps['db'], 'meetings'>,
  request: FastifyRequest,
  botId: string,
): Promise<Meeting> {
  const meeting = await db.meetings.findForUser(callerOf(request).userId, botId)
  if (!meeting) throw new Problem('NOT_FOUND', { detail: 'You have no bot with this id.' })
  request.meetingId = meeting.id
  return meeting
}
