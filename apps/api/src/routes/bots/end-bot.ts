import { type EndBotOutcome, endBot } from '@seer/core/meetings/bots/end-bot'
import { skipEvents } from '@seer/core/planning/overrides/skip-events'
import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { Problem } from '../../problems/problem.ts'
import { scheduleSoon, schedulingDeps } from '../scheduling/scheduling-deps.ts'
import { Bot, BotParams } from './bot-schema.ts'
import { toBot } from './to-bot.ts'

export function endBotRoute(app: ApiScope, deps: ApiDeps): void {
  const { db, queue, lateAccess, now, log } = deps
  app.route({
    method: 'DELETE',
    url: `${apiPrefix}/bots/:botId`,
    config: { access: 'write' },
    schema: {
      tags: ['Bots'],
      summary: 'End a bot',
      description:
        'Makes a bot leave its meeting, or cancels one that has not started. What it recorded until then is kept. If the meeting stands in your calendar and would be recorded by rule or override, the override of that event becomes `skip`, so that no other bot is booked for it. A bot that others have as well stays for them: you leave it, and see it and its recording no more. A bot that has ended stays as it is; one whose end Seer concluded by itself (`endInferred`) is told to leave all the same, since it may be there, unless others have it as well. Safe to repeat.',
      params: BotParams,
      response: answers({
        200: dataOf(Bot, 'The bot has ended, or you have left it to the others (`role` is `left`).'),
        202: dataOf(Bot, 'The bot was told to leave; `state` shows when it has.'),
      }),
    },
    handler: async (request, reply) => {
      const onEnqueueFailed = (error: unknown) =>
        log.warn({ requestId: request.id, err: error }, 'end_bot.job_not_enqueued')
      const order = { userId: callerOf(request).userId, botId: request.params.botId }
      await skipEvents(schedulingDeps(deps, request), order)
      const result = await endBot({ meetings: db.meetings, queue, now, onEnqueueFailed }, order)
      if (result.outcome === 'not_found') throw new Problem('NOT_FOUND', { detail: 'You have no bot with this id.' })
      request.meetingId = result.meeting.id
      await scheduleSoon(deps, request, order.userId)
      const seen = await seenAfter(deps, order.userId, result)
      return reply.code(result.outcome === 'leaving' ? 202 : 200).send({ data: toBot(seen, lateAccess) })
    },
  })
}

type Ended = Exclude<EndBotOutcome, { outcome: 'not_found' }>

async function seenAfter({ db }: Pick<ApiDeps, 'db'>, userId: string, { outcome, meeting }: Ended) {
  if (outcome === 'left') return { meeting, role: 'left' as const, others: 0 }
  return (await db.meetings.findForUser(userId, meeting.id)) ?? { meeting, role: 'left' as const, others: 0 }
}
