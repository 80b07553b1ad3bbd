import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { etagOf, StoredRules, toStoredRules } from './rules-schema.ts'

export function getRulesRoute(app: ApiScope, { db }: Pick<ApiDeps, 'db'>): void {
  app.route({
    method: 'GET',
    url: `${apiPrefix}/calendar/rules`,
    config: { access: 'read' },
    schema: {
      tags: ['Recording'],
      summary: 'Get the recording rules',
      description:
        'Which meetings of your calendars are recorded. As long as you have set no rules, you get the defaults, which record nothing.',
      response: answers({ 200: dataOf(StoredRules, 'The rules. The header `ETag` has their version.') }),
    },
    handler: async (request, reply) => {
      const stored = await db.scheduling.findRules(callerOf(request).userId)
      return reply.header('etag', etagOf(stored)).send({ data: toStoredRules(stored) })
    },
  })
}
