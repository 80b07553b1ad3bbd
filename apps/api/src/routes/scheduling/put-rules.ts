import { RecordingRules } from '@seer/core/rules/rules'
import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { Problem } from '../../problems/problem.ts'
import { mostErrors } from '../../problems/validation.ts'
import { IfMatchHeaders } from './if-match.ts'
import { etagOf, findProblems, largestRules, StoredRules, toStoredRules } from './rules-schema.ts'
import { saveRules } from './save-rules.ts'
import { scheduleSoon } from './scheduling-deps.ts'

export function putRulesRoute(app: ApiScope, deps: ApiDeps): void {
  app.route({
    method: 'PUT',
    url: `${apiPrefix}/calendar/rules`,
    config: { access: 'write' },
    bodyLimit: largestRules,
    schema: {
      tags: ['Recording'],
      summary: 'Set the recording rules',
      description:
        'Replaces the whole rule set: a field that you leave out gets its default. Rules that cannot work are refused. Within moments Seer decides again what is recorded. Safe to repeat.\n\nIf you send `If-Match` and somebody else has changed the rules meanwhile, nothing is stored, and the answer is `RULES_CONFLICT`.',
      headers: IfMatchHeaders,
      body: RecordingRules,
      response: answers({ 200: dataOf(StoredRules, 'The rules as stored. The header `ETag` has their version.') }),
    },
    handler: async (request, reply) => {
      const { userId } = callerOf(request)
      const rules = request.body
      const problems = await findProblems(deps, userId, rules)
      if (problems.length > 0) throw new Problem('VALIDATION_FAILED', { errors: problems.slice(0, mostErrors) })
      const stored = await saveRules(deps, { userId, rules, versions: request.headers['if-match'] ?? null })
      await scheduleSoon(deps, userId)
      return reply.header('etag', etagOf(stored)).send({ data: toStoredRules(stored) })
    },
  })
}
