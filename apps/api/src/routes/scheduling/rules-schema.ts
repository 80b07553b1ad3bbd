/** The recording rules as the API takes and shows them. */

import type { StoredRules as CoreStoredRules } from '@seer/core/planning/scheduling-store'
import { checkRules, type RuleProblem } from '@seer/core/rules/check-rules'
import { RecordingRules } from '@seer/core/rules/rules'
import { z } from 'zod'
import type { ApiDeps } from '../../dependencies.ts'

/** Bytes. The longest rules that fit the schema, every list full of long texts, are a little shorter. */
export const largestRules = 262_144

export const StoredRules = RecordingRules.extend({
  version: z.int().meta({
    description: 'Every change raises it; it is 0 as long as you have set no rules. The `ETag` has the same number.',
  }),
  updatedAt: z.iso.datetime().nullable(),
}).meta({ id: 'StoredRules' })
export type StoredRules = z.output<typeof StoredRules>

export function toStoredRules({ rules, version, updatedAt }: CoreStoredRules): StoredRules {
  return { ...rules, version, updatedAt: updatedAt?.toISOString() ?? null }
}

export const etagOf = ({ version }: Pick<CoreStoredRules, 'version'>): string => `"${version}"`

/** What cannot work for this user, although the rules fit the schema. */
export async function findProblems(
  { db, policy, now }: Pick<ApiDeps, 'db' | 'policy' | 'now'>,
  userId: string,
  rules: RecordingRules,
): Promise<RuleProblem[]> {
  const calendars = await db.calendars.list(userId)
  // The address of a calendar whose access is lost is still one of the user's own.
  const connected = calendars.filter(({ status }) => status !== 'connecting' && status !== 'failed')
  const accountEmails = connected.map(({ accountEmail }) => accountEmail)
  return checkRules(rules, { now: now(), accountEmails, botDefaults: policy.defaults })
}
