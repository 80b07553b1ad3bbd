import { findRuleProblems } from '@seer/core/planning/rule-changes/find-rule-problems'
import { previewRules } from '@seer/core/planning/rule-changes/preview-rules'
import { planningDeps } from '@seer/infra/planning-deps'
import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { PreviewOrder, RulesPreview, toPreview } from './preview-schema.ts'
import { largestRules } from './rules-schema.ts'

export function previewRulesRoute(app: ApiScope, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    url: `${apiPrefix}/calendar/rules/preview`,
    config: { access: 'read' },
    bodyLimit: largestRules,
    schema: {
      tags: ['Recording'],
      summary: 'Try recording rules out',
      description:
        'Says what other rules would change about your recordings of the next days, and changes nothing itself. Rules that cannot work are tried out, too; `problems` says what is wrong with them.',
      body: PreviewOrder,
      response: answers({ 200: dataOf(RulesPreview, 'What would change.') }),
    },
    handler: async (request) => {
      const { userId } = callerOf(request)
      const core = planningDeps(deps)
      const problems = await findRuleProblems(core, userId, request.body.rules)
      return { data: toPreview(await previewRules(core, { userId, ...request.body }), problems) }
    },
  })
}
