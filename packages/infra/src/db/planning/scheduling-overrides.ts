import type { OverrideCarry, OverrideNote } from '@seer/core/planning/scheduling-store'
import type pg from 'pg'
import { type Named, statement } from '../statement.ts'

type Scope = OverrideNote['scope']
type Notes = {
  userId: string
  scopes: Scope[]
  targetIds: string[]
  subjects: OverrideNote['subject'][]
  startsAt: OverrideNote['startsAt'][]
}

const note = statement(
  'scheduling-note-overrides',
  (p: Named<Notes>) => `
  WITH noted AS (
    SELECT * FROM unnest(${p.scopes}::text[], ${p.targetIds}::uuid[], ${p.subjects}::text[], ${p.startsAt}::timestamptz[])
      AS noted (scope, target_id, subject, starts_at)),
  locked AS (
    SELECT o.scope, o.target_id FROM recording_overrides o JOIN noted USING (scope, target_id)
    WHERE o.user_id = ${p.userId} ORDER BY o.scope, o.target_id FOR NO KEY UPDATE OF o)
  UPDATE recording_overrides o SET subject = noted.subject, starts_at = noted.starts_at
  FROM noted JOIN locked USING (scope, target_id)
  WHERE o.user_id = ${p.userId} AND o.scope = noted.scope AND o.target_id = noted.target_id`,
)

/** See `SchedulingStore.noteOverrides`. */
export async function noteOverrides(pool: pg.Pool, userId: string, notes: OverrideNote[]): Promise<void> {
  await note.count(pool, {
    userId,
    scopes: notes.map(({ scope }) => scope),
    targetIds: notes.map(({ targetId }) => targetId),
    subjects: notes.map(({ subject }) => subject),
    startsAt: notes.map(({ startsAt }) => startsAt),
  })
}

type Carries = {
  userId: string
  at: Date
  oldScopes: Scope[]
  oldTargetIds: string[]
  scopes: Scope[]
  targetIds: string[]
  fromIds: string[]
}

/**
 * Marks overrides as carried and copies them. If two passes over one user do this, the second finds them marked and
 * copies nothing. So an override that the user has taken back meanwhile does not return.
 */
const carry = statement(
  'scheduling-carry-overrides',
  (p: Named<Carries>) => `
  WITH locked AS (
    SELECT o.scope, o.target_id
    FROM recording_overrides o
      JOIN unnest(${p.oldScopes}::text[], ${p.oldTargetIds}::uuid[]) AS old (scope, target_id) USING (scope, target_id)
    WHERE o.user_id = ${p.userId} AND o.carried_at IS NULL ORDER BY o.scope, o.target_id FOR NO KEY UPDATE OF o),
  settled AS (
    UPDATE recording_overrides o SET carried_at = ${p.at}
    FROM locked WHERE o.user_id = ${p.userId} AND o.scope = locked.scope AND o.target_id = locked.target_id
    RETURNING o.scope, o.target_id, o.value, o.bot, o.updated_at, o.subject, o.starts_at)
  INSERT INTO recording_overrides (user_id, scope, target_id, value, bot, updated_at, subject, starts_at)
  SELECT ${p.userId}, settled.scope, carry.target_id, value, bot, updated_at, subject, starts_at
  FROM unnest(${p.scopes}::text[], ${p.targetIds}::uuid[], ${p.fromIds}::uuid[]) AS carry (scope, target_id, from_id)
    JOIN settled ON settled.scope = carry.scope AND settled.target_id = carry.from_id
  ORDER BY settled.scope, carry.target_id
  ON CONFLICT DO NOTHING`,
)

/** See `SchedulingStore.carryOverrides`. */
export async function carryOverrides(pool: pg.Pool, userId: string, carries: OverrideCarry[], at: Date): Promise<void> {
  const old = carries.flatMap(({ scope, predecessorIds }) => predecessorIds.map((targetId) => ({ scope, targetId })))
  // A row that is joined twice would be locked twice and copied twice.
  const unique = [...new Map(old.map((one) => [`${one.scope} ${one.targetId}`, one])).values()]
  await carry.count(pool, {
    userId,
    at,
    oldScopes: unique.map(({ scope }) => scope),
    oldTargetIds: unique.map(({ targetId }) => targetId),
    scopes: carries.map(({ scope }) => scope),
    targetIds: carries.map(({ targetId }) => targetId),
    fromIds: carries.map(({ fromId }) => fromId),
  })
}
