import type { Clock } from '../../basics/clock.ts'
import type { IntegrationStore } from '../../calendars/calendar-store.ts'
import { checkRules, type RuleProblem } from '../../rules/check-rules.ts'
import type { RecordingRules } from '../../rules/rules.ts'
import type { BotDefaults } from '../../vendor/bot-config.ts'

export type RuleCheckDeps = {
  integrations: Pick<IntegrationStore, 'list'>
  defaults: BotDefaults
  now: Clock
}

/** What cannot work for this user, although the rules fit the schema. */
export async function findRuleProblems(
  { integrations, defaults, now }: RuleCheckDeps,
  userId: string,
  rules: RecordingRules,
): Promise<RuleProblem[]> {
  const all = await integrations.list(userId)
  // A calendar whose access is lost still tells one of the user's own addresses.
  const connected = all.filter(({ status }) => status !== 'connecting' && status !== 'failed')
  const accountEmails = connected.map(({ accountEmail }) => accountEmail)
  return checkRules(rules, { now: now(), accountEmails, botDefaults: defaults })
}
