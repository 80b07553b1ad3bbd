type Claim = {
  table: 'meetings' | 'calendar_integrations' | 'webhook_events'
  /** Placeholders. */
  now: string
  limit: string
  /** The weaker lock where other rows refer to these and are written meanwhile. */
  lock?: 'UPDATE' | 'NO KEY UPDATE'
  /** What the claim sets besides the round: the due time, and the version where the table has one. */
  set: string
  returning: string
}

/**
 * The text of a statement that takes rows which are due, the longest due first. Rows that another sweep is about to take are
 * passed over. The round is raised, so that the job of this claim is not taken for one that has ended.
 */
export function claimDueSql({ table, now, limit, lock = 'UPDATE', set, returning }: Claim): string {
  return `
    WITH due AS (
      SELECT id FROM ${table} WHERE due_at <= ${now} ORDER BY due_at LIMIT ${limit} FOR ${lock} SKIP LOCKED)
    UPDATE ${table} SET ${set}, round = round + 1 FROM due WHERE ${table}.id = due.id RETURNING ${returning}`
}
