import { isDeepStrictEqual } from 'node:util'
import type { StoredRules } from '@seer/core/planning/scheduling-store'
import type { RecordingRules } from '@seer/core/rules/rules'
import type { ApiDeps } from '../../dependencies.ts'
import { Problem } from '../../problems/problem.ts'
import { etagOf } from './rules-schema.ts'

/** Of simultaneous writers one gets through in each round; nobody has more of them than this. */
const mostAttempts = 20

type Order = {
  userId: string
  rules: RecordingRules
  /** Versions that the caller has in mind; null: any. */
  versions: string[] | null
}

/**
 * Replaces the rules of a user. Those that are stored already are left alone, so that a repetition whose first answer was
 * lost succeeds under the same `If-Match`.
 * @throws Problem RULES_CONFLICT when the rules have none of the given versions
 */
export async function saveRules(
  { db, now }: Pick<ApiDeps, 'db' | 'now'>,
  { userId, rules, versions }: Order,
): Promise<StoredRules> {
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const before = await db.scheduling.findRules(userId)
    if (before.version > 0 && isDeepStrictEqual(before.rules, rules)) return before
    if (versions && !versions.includes(String(before.version))) throw conflict(before)
    const saved = await db.scheduling.saveRules(userId, rules, before.version, now())
    if (saved) return saved
  }
  throw new Problem('RULES_CONFLICT')
}

function conflict(stored: StoredRules): Problem {
  const detail = `The rules now have version ${stored.version}; read them and try again.`
  return new Problem('RULES_CONFLICT', { detail, headers: { etag: etagOf(stored) } })
}
