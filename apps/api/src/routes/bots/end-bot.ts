import { endBot } from '@seer/core/bots/end-bot'
import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { Problem } from '../../problems/problem.ts'
import { Bot, BotParams } from './bot-schema.ts'
import { toBot } from './to-bot.ts'

export function endBotRoute(app: ApiScope, { db, queue, now, log }: ApiDeps): void {
  app.route({
    method: 'DELETE',
    url: `${apiPrefix}/bots/:botId`,
    config: { access: 'write' },
    schema: {
      tags: ['Bots'],
      summary: 'End a bot',
      description:
        'Makes a bot leave its meeting, or cancels one that has not started. What it recorded until then is kept. Safe to repeat.',
      params: BotParams,
      response: answers({
        200: dataOf(Bot, 'The bot has ended.'),
        202: dataOf(Bot, 'The bot was told to leave; `state` shows when it has.'),
      }),
    },
    handler: async (request, reply) => {
      const onEnqueueFailed = (error: unknown) =>
        log.warn({ requestId: request.id, err: error }, 'end_bot.job_not_enqueued')
      const order = { userId: callerOf(request).userId, botId: request.params.botId }
      const result = await endBot({ meetings: db.meetings, queue, now, onEnqueueFailed }, order)
      if (result.outcome === 'not_found') throw new Problem('NOT_FOUND', { detail: 'You have no bot with this id.' })
      request.meetingId = result.meeting.id
      return reply.code(result.outcome === 'ended' ? 200 : 202).send({ data: toBot(result.meeting) })
    },
  })
}
