import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { BotParams } from '../bots/bot-schema.ts'
import { findBotWithData } from '../bots/find-recorded-bot.ts'
import { Receipt, showReceipt } from './receipt-schema.ts'

export function getDataRoute(app: ApiScope, deps: Pick<ApiDeps, 'db' | 'policy'>): void {
  app.route({
    method: 'GET',
    url: `${apiPrefix}/bots/:botId/data`,
    config: { access: 'read' },
    schema: {
      tags: ['Data'],
      summary: 'See whether the data of a bot are kept',
      description: 'After a deletion, this is its receipt: what was removed from where, and what is left.',
      params: BotParams,
      response: answers({ 200: dataOf(Receipt, 'The receipt as it stands.') }),
    },
    handler: async (request) => {
      const { meeting, role } = await findBotWithData(deps, request, request.params.botId)
      return { data: await showReceipt(deps.db, meeting, role === 'owner') }
    },
  })
}
