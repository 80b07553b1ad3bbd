import { lookBackMs } from '@seer/core/planning/carry-out/schedule-recordings'
import { loadCapacity } from '@seer/core/planning/day-limit/load-capacity'
import { findRuleProblems } from '@seer/core/planning/find-rule-problems'
import { rereadKeys } from '@seer/core/planning/keys/reread-keys'
import { planInput } from '@seer/core/planning/plan-input'
import { draftPlan } from '@seer/core/planning/plan-recordings'
import { previewRules } from '@seer/core/planning/preview-rules'
import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { PreviewOrder, RulesPreview, toPreview } from './preview-schema.ts'
import { largestRules } from './rules-schema.ts'

const dayMs = 24 * 3_600_000

export function previewRulesRoute(app: ApiScope, deps: ApiDeps): void {
  const { db, vendor, policy, now } = deps
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
      const { rules, days, examples } = request.body
      const problems = await findRuleProblems({ calendars: db.calendars, ...policy, now }, userId, rules)
      const at = now()
      const from = new Date(at.getTime() - lookBackMs)
      const { facts } = rereadKeys(await db.scheduling.loadPlan(userId, from, policy.sharing))
      // Where the operator has switched recording by rules off, the proposed rules would record nothing either.
      const proposed = planInput({ ...facts, rules }, policy, at)
      const input = planInput(facts, policy, at)
      const drafts = [input, proposed].map(draftPlan)
      const capacity = await loadCapacity({ capacity: db.capacity, botsPerDay: vendor.botsPerDay }, userId, drafts)
      const until = new Date(at.getTime() + days * dayMs)
      return { data: toPreview(previewRules({ ...input, capacity, proposed, until, examples }), problems) }
    },
  })
}
