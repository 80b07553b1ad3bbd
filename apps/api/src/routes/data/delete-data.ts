import { requestDataDeletion } from '@seer/core/erasure/request-data-deletion'
import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { Problem } from '../../problems/problem.ts'
import { BotParams } from '../bots/bot-schema.ts'
import { Receipt, showReceipt } from './receipt-schema.ts'

export function deleteDataRoute(app: ApiScope, { db, queue, now }: Pick<ApiDeps, 'db' | 'queue' | 'now'>): void {
  app.route({
    method: 'DELETE',
    url: `${apiPrefix}/bots/:botId/data`,
    config: { access: 'write' },
    schema: {
      tags: ['Data'],
      summary: 'Delete the data of a bot',
      description:
        'Deletes what an ended bot has recorded, for everybody who shares it, and for good: all files, all versions of the transcript with the names of speakers, who took part and who spoke, the chat, the stored webhooks, and the copy at Meeting BaaS. From this answer on nobody is shown any of it. The bot and its timeline stay: when it was where, but not what anybody said.\n\nThe answer is a receipt of what was removed from where. What cannot be removed at once is tried again until it is gone, also if a service is away for days; send the request again, or `GET` the same address, to see how far that is.\n\nOnly the owner of the bot may do this.',
      params: BotParams,
      response: answers({
        200: dataOf(Receipt, 'All of it is gone.'),
        202: dataOf(Receipt, 'It is being removed; `left` says what is still there.'),
      }),
    },
    handler: async (request, reply) => {
      const { userId } = callerOf(request)
      const { botId } = request.params
      const requested = await requestDataDeletion({ meetings: db.meetings, queue, now }, { userId, botId })
      if (!('meeting' in requested)) throw refusal(requested.outcome)
      request.meetingId = requested.meeting.id
      const data = await showReceipt(db, requested.meeting, true)
      return reply.code(data.state === 'deleted' ? 200 : 202).send({ data })
    },
  })
}

function refusal(outcome: 'not_found' | 'not_owner' | 'not_ended' | 'on_hold'): Problem {
  switch (outcome) {
    case 'not_found':
      return new Problem('NOT_FOUND', { detail: 'You have no bot with this id.' })
    case 'not_owner':
      return new Problem('NOT_THE_OWNER', { detail: 'You share this bot. Only its owner may delete its data.' })
    case 'not_ended':
      return new Problem('BOT_NOT_ENDED', {
        detail: 'The bot has not ended. End it with DELETE /bots/{botId}, and delete its data when `endedAt` is set.',
      })
    case 'on_hold':
      return new Problem('DATA_ON_HOLD', {
        detail: 'The data of this bot are on hold. Lift the hold with PUT /bots/{botId}/hold first.',
      })
  }
}
