import type { SeenMeeting } from '@seer/core/meetings/meeting-store'
import type { FastifyRequest } from 'fastify'
import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { Problem } from '../../problems/problem.ts'
import { BotParams, BotWithTimeline } from './bot-schema.ts'
import { toBot, toTimeline } from './to-bot.ts'

/** A usual run has about 15 entries; long chats have more. */
const entriesShown = 200

export function getBotRoute(app: ApiScope, deps: Pick<ApiDeps, 'db' | 'policy' | 'options'>): void {
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
      const { db, policy } = deps
      const seen = await findBot(db, request, request.params.botId)
      const { meeting } = seen
      const entries = await db.meetings.timeline(meeting.id, 0, entriesShown)
      const timeline = toTimeline(meeting, entries, policy.lateAccess)
      const lastShown = entries.at(-1)?.seq ?? 0
      const timelineNextCursor =
        entries.length === entriesShown && lastShown < meeting.lastSeq ? String(lastShown) : null
      return { data: { ...toBot(seen, deps), timeline, timelineNextCursor } }
    },
  })
}

/** @throws Problem NOT_FOUND, also for another user's bot that is not shared */
export async function findBot(
  db: Pick<ApiDeps['db'], 'meetings'>,
  request: FastifyRequest,
  botId: string,
): Promise<SeenMeeting> {
  const seen = await db.meetings.findForUser(callerOf(request).userId, botId)
  if (!seen) throw new Problem('NOT_FOUND', { detail: 'You have no bot with this id.' })
  request.meetingId = seen.meeting.id
  return seen
}
