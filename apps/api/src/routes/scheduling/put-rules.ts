import { type SaveRulesOutcome, saveRules } from '@seer/core/planning/rule-changes/save-rules'
import type { StoredRules as CoreStoredRules } from '@seer/core/planning/scheduling-store'
import { RecordingRules } from '@seer/core/rules/rules'
import { planningDeps } from '@seer/infra/planning-deps'
import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { Problem } from '../../problems/problem.ts'
import { mostErrors } from '../../problems/validation.ts'
import { IfMatchHeaders } from './if-match.ts'
import { etagOf, largestRules, StoredRules, toStoredRules } from './rules-schema.ts'

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
      const order = {
        userId: callerOf(request).userId,
        rules: request.body,
        versions: request.headers['if-match'] ?? null,
      }
      const stored = storedRules(await saveRules(planningDeps(deps), order))
      return reply.header('etag', etagOf(stored)).send({ data: toStoredRules(stored) })
    },
  })
}

/** @throws Problem VALIDATION_FAILED, RULES_CONFLICT */
function storedRules(result: SaveRulesOutcome): CoreStoredRules {
  switch (result.outcome) {
    case 'saved':
      return result.stored
    case 'impossible':
      throw new Problem('VALIDATION_FAILED', { errors: result.problems.slice(0, mostErrors) })
    case 'conflict': {
      const detail = `The rules now have version ${result.stored.version}; read them and try again.`
      throw new Problem('RULES_CONFLICT', { detail, headers: { etag: etagOf(result.stored) } })
    }
  }
}
