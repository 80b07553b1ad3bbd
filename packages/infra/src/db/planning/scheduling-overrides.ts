import type { OverrideCarry, OverrideNote } from '@seer/core/planning/scheduling-store'
import type pg from 'pg'

const noteText = `
  WITH noted AS (
    SELECT * FROM unnest($2::text[], $3::uuid[], $4::text[], $5::timestamptz[])
      AS noted (scope, target_id, subject, starts_at)),
  locked AS (
    SELECT o.scope, o.target_id FROM recording_overrides o JOIN noted USING (scope, target_id)
    WHERE o.user_id = $1 ORDER BY o.scope, o.target_id FOR NO KEY UPDATE OF o)
  UPDATE recording_overrides o SET subject = noted.subject, starts_at = noted.starts_at
  FROM noted JOIN locked USING (scope, target_id)
  WHERE o.user_id = $1 AND o.scope = noted.scope AND o.target_id = noted.target_id`

export async function noteOverrides(pool: pg.Pool, userId: string, notes: OverrideNote[]): Promise<void> {
  const values = [
    userId,
    notes.map(({ scope }) => scope),
    notes.map(({ targetId }) => targetId),
    notes.map(({ subject }) => subject),
    notes.map(({ startsAt }) => startsAt),
  ]
  await pool.query({ name: 'scheduling-note-overrides', text: noteText, values })
}

/**
 * Marks the overrides as carried and copies them. Of two passes over one user the second finds them marked and copies
 * nothing: what a user has taken back meanwhile stays taken back.
 */
const carryText = `
  WITH locked AS (
    SELECT o.scope, o.target_id
    FROM recording_overrides o JOIN unnest($2::text[], $3::uuid[]) AS old (scope, target_id) USING (scope, target_id)
    WHERE o.user_id = $1 AND o.carried_at IS NULL ORDER BY o.scope, o.target_id FOR NO KEY UPDATE OF o),
  settled AS (
    UPDATE recording_overrides o SET carried_at = $4
    FROM locked WHERE o.user_id = $1 AND o.scope = locked.scope AND o.target_id = locked.target_id
    RETURNING o.scope, o.target_id, o.value, o.bot, o.updated_at, o.subject, o.starts_at)
  INSERT INTO recording_overrides (user_id, scope, target_id, value, bot, updated_at, subject, starts_at)
  SELECT $1, settled.scope, carry.target_id, value, bot, updated_at, subject, starts_at
  FROM unnest($5::text[], $6::uuid[], $7::uuid[]) AS carry (scope, target_id, from_id)
    JOIN settled ON settled.scope = carry.scope AND settled.target_id = carry.from_id
  ORDER BY settled.scope, carry.target_id
  ON CONFLICT DO NOTHING`

export async function carryOverrides(pool: pg.Pool, userId: string, carries: OverrideCarry[], at: Date): Promise<void> {
  const old = carries.flatMap(({ scope, predecessorIds }) => predecessorIds.map((targetId) => ({ scope, targetId })))
  // Joined to the same row twice, a row would be locked twice and copied twice.
  const unique = [...new Map(old.map((one) => [`${one.scope} ${one.targetId}`, one])).values()]
  const values = [
    userId,
    unique.map(({ scope }) => scope),
    unique.map(({ targetId }) => targetId),
    at,
    carries.map(({ scope }) => scope),
    carries.map(({ targetId }) => targetId),
    carries.map(({ fromId }) => fromId),
  ]
  await pool.query({ name: 'scheduling-carry-overrides', text: carryText, values })
}
