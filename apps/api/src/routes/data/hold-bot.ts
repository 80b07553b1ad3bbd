import { type HoldBotOutcome, holdBot } from '@seer/core/erasure/hold-bot'
import { z } from 'zod'
import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { Problem } from '../../problems/problem.ts'
import { Bot, BotParams } from '../bots/bot-schema.ts'
import { toBot } from '../bots/to-bot.ts'

const HoldOrder = z
  .strictObject({
    hold: z.boolean(),
    reason: z
      .string()
      .trim()
      .min(1)
      .max(500)
      .optional()
      .meta({ description: 'For yourself; nobody else sees it. Only with `hold: true`.' }),
  })
  .refine(({ hold, reason }) => hold || reason === undefined, {
    path: ['reason'],
    message: 'is only allowed when hold is true',
  })
  .meta({ id: 'HoldOrder', example: { hold: true, reason: 'Case 2030-17' } })

export function holdBotRoute(app: ApiScope, deps: ApiDeps): void {
  app.route({
    method: 'PUT',
    url: `${apiPrefix}/bots/:botId/hold`,
    config: { access: 'write' },
    schema: {
      tags: ['Data'],
      summary: 'Keep the data of a bot from deletion',
      description:
        'While the data are on hold, neither `DELETE /bots/{botId}/data` nor the retention of this installation deletes anything that Seer has; copies at Meeting BaaS go when its own time is over. A hold ends when it is lifted, or when the user who owns the bot is deleted and nobody shares it. You may place it before the bot has ended. Safe to repeat.\n\nOnly the owner of the bot may do this.',
      params: BotParams,
      body: HoldOrder,
      response: answers({ 200: dataOf(Bot, 'The bot; `hold` says since when.') }),
    },
    handler: async (request) => {
      const { hold, reason = null } = request.body
      const order = { userId: callerOf(request).userId, botId: request.params.botId, hold, reason }
      const held = await holdBot({ meetings: deps.db.meetings, queue: deps.queue, now: deps.now }, order)
      if (held.outcome !== 'done') throw refusal(held.outcome)
      request.meetingId = held.seen.meeting.id
      return { data: toBot(held.seen, deps) }
    },
  })
}

function refusal(outcome: Exclude<HoldBotOutcome['outcome'], 'done'>): Problem {
  switch (outcome) {
    case 'not_found':
      return new Problem('NOT_FOUND', { detail: 'You have no bot with this id.' })
    case 'not_owner':
      return new Problem('NOT_THE_OWNER', { detail: 'You share this bot. Only its owner may place or lift a hold.' })
    case 'already_deleted':
      return new Problem('DATA_DELETED')
  }
}
