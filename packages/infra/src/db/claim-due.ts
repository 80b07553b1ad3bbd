type Claim = {
  table: 'meetings' | 'calendar_integrations' | 'webhook_events' | 'artifacts' | 'transcripts' | 'webhook_endpoints'
  /** Placeholders. */
  now: string
  limit: string
  /** The weaker lock is for tables to which other rows refer that are written at the same time. */
  lock?: 'UPDATE' | 'NO KEY UPDATE'
  /** What the claim sets besides the round: the due time, and the version if the table has one. */
  set: string
  returning: string
}

/**
 * The text of a statement that takes due rows, the longest due first. It skips rows that another sweep is taking. It
 * raises the round, so that the job of this claim is not taken for one that has ended.
 */
export function claimDueSql({ table, now, limit, lock = 'UPDATE', set, returning }: Claim): string {
  return `
    WITH due AS (
      SELECT id FROM ${table} WHERE due_at <= ${now} ORDER BY due_at LIMIT ${limit} FOR ${lock} SKIP LOCKED)
    UPDATE ${table} SET ${set}, round = round + 1 FROM due WHERE ${table}.id = due.id RETURNING ${returning}`
}
