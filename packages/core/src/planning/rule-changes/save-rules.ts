import { untilWritten } from '../../basics/change-row.ts'
import { isSameJson } from '../../basics/same-json.ts'
import { planJobs } from '../../jobs/consequences.ts'
import type { JobQueue } from '../../jobs/job-queue.ts'
import type { RuleProblem } from '../../rules/check-rules.ts'
import type { RecordingRules } from '../../rules/rules.ts'
import type { SchedulingStore, StoredRules } from '../scheduling-store.ts'
import { findRuleProblems, type RuleCheckDeps } from './find-rule-problems.ts'

type RuleStore = { scheduling: Pick<SchedulingStore, 'findRules' | 'saveRules'> }
type Deps = RuleCheckDeps & RuleStore & { queue: Pick<JobQueue, 'wake'> }

type Order = {
  userId: string
  rules: RecordingRules
  /** Versions that the user has in mind; null: any. */
  versions: readonly string[] | null
}

export type SaveRulesOutcome =
  | { outcome: 'saved'; stored: StoredRules }
  /** They cannot work. Nothing was stored, nor in the next two cases. */
  | { outcome: 'impossible'; problems: RuleProblem[] }
  /** The rules have none of the given versions; these are the ones that there are. */
  | { outcome: 'conflict'; stored: StoredRules }

/**
 * Replaces the rules of a user, and has the user's recordings decided on anew soon.
 * @throws RetryableError SERVICE_UNAVAILABLE when others kept changing them
 */
export async function saveRules(deps: Deps, order: Order): Promise<SaveRulesOutcome> {
  const { userId, rules } = order
  const problems = await findRuleProblems(deps, userId, rules)
  if (problems.length > 0) return { outcome: 'impossible', problems }
  const result = await replaceRules(deps, order)
  if (result.outcome === 'saved') await deps.queue.wake(planJobs([userId]))
  return result
}

/**
 * Rules that are stored already are not written again. So a client that lost the first answer can repeat its request,
 * with the same version, and succeeds.
 */
async function replaceRules(
  { scheduling, now }: RuleStore & Pick<Deps, 'now'>,
  { userId, rules, versions }: Order,
): Promise<SaveRulesOutcome> {
  return await untilWritten<SaveRulesOutcome>(`The rules of ${userId}`, async () => {
    const stored = await scheduling.findRules(userId)
    if (stored.version > 0 && isSameJson(stored.rules, rules)) return { outcome: 'saved', stored }
    if (versions && !versions.includes(String(stored.version))) return { outcome: 'conflict', stored }
    const saved = await scheduling.saveRules(userId, rules, stored.version, now())
    return saved ? { outcome: 'saved', stored: saved } : 'overtaken'
  })
}
