import { endByHand } from '@seer/core/planning/overrides/end-by-hand'
import { planningDeps } from '@seer/infra/planning-deps'
import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { Problem } from '../../problems/problem.ts'
import { Bot, BotParams } from './bot-schema.ts'
import { toBot } from './to-bot.ts'

export function endBotRoute(app: ApiScope, deps: ApiDeps): void {
  app.route({
    method: 'DELETE',
    url: `${apiPrefix}/bots/:botId`,
    config: { access: 'write' },
    schema: {
      tags: ['Bots'],
      summary: 'End a bot',
      description:
        'Makes a bot leave its meeting, or cancels a bot that has not started. What it has recorded until then is kept. Safe to repeat.\n\nThe calendar event that the bot was booked for gets the override `skip`. Otherwise your rules would book another bot for it. If you ordered the bot by hand, the events of its meeting that would be recorded without it get the override.\n\nIf other users share the bot, it stays for them. You only give it up: after this answer you see neither the bot nor its recording.\n\nA bot that has already ended does not change. There is one exception: if Seer only concluded that the bot has ended (`endInferred`), it may still be in the meeting. It is then told to leave, unless others share it.',
      params: BotParams,
      response: answers({
        200: dataOf(Bot, 'The bot has ended, or others keep it and you have given it up (`role` is then `left`).'),
        202: dataOf(Bot, 'The bot will leave. `state` shows when it has left.'),
      }),
    },
    handler: async (request, reply) => {
      const order = { userId: callerOf(request).userId, botId: request.params.botId }
      const ended = await endByHand(planningDeps(deps), order)
      if (ended.outcome === 'not_found') throw new Problem('NOT_FOUND', { detail: 'You have no bot with this id.' })
      request.meetingId = ended.seen.meeting.id
      return reply.code(ended.outcome === 'leaving' ? 202 : 200).send({ data: toBot(ended.seen, deps) })
    },
  })
}
