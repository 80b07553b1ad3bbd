import type { DecisionWrite, SchedulingStore, StoredDecision, StoredRules } from '@seer/core/planning/scheduling-store'
import { defaultRules, type RecordingRules } from '@seer/core/rules/rules'
import type pg from 'pg'
import { carryOverrides, noteOverrides } from './scheduling-overrides.ts'
import { loadPlan, overrideColumns } from './scheduling-plan.ts'

/** Rules, overrides and decisions in Postgres. */
export function openSchedulingStore(pool: pg.Pool): SchedulingStore {
  return {
    findRules: async (userId) => {
      const text = `SELECT ${rulesColumns} FROM recording_rules WHERE user_id = $1`
      const { rows } = await pool.query({ name: 'scheduling-find-rules', text, values: [userId] })
      return rows[0] ? toRules(rows[0]) : { rules: defaultRules, version: 0, updatedAt: null }
    },
    saveRules: (userId, rules, expectedVersion, at) => saveRules(pool, userId, rules, expectedVersion, at),
    saveOverride: (userId, override, at) => saveOverride(pool, userId, override, at),
    noteOverrides: (userId, notes) => noteOverrides(pool, userId, notes),
    carryOverrides: (userId, carries, at) => carryOverrides(pool, userId, carries, at),
    listOverrides: async (userId, targetIds) => {
      const text = `SELECT ${overrideColumns} FROM recording_overrides
        WHERE user_id = $1 AND scope IN ('event', 'series') AND target_id = ANY ($2::uuid[])`
      const { rows } = await pool.query({ name: 'scheduling-list-overrides', text, values: [userId, targetIds] })
      return rows
    },
    loadPlan: (userId, from, scope) => loadPlan(pool, userId, from, scope),
    saveDecisions: (userId, writes) => saveDecisions(pool, userId, writes),
    findDecisions: async (userId, eventIds) => {
      const text = `SELECT id, decision, decided_at AS "decidedAt" FROM calendar_events
        WHERE user_id = $1 AND id = ANY ($2::uuid[]) AND decision IS NOT NULL`
      const { rows } = await pool.query({ name: 'scheduling-find-decisions', text, values: [userId, eventIds] })
      return new Map(rows.map(({ id, ...stored }): [string, StoredDecision] => [id, stored]))
    },
    listDecisions: async (userId, eventId, limit) => {
      const text = `SELECT d.decision, d.decided_at AS "decidedAt"
        FROM recording_decisions d JOIN calendar_events e ON e.id = d.event_id
        WHERE e.user_id = $1 AND e.id = $2 ORDER BY d.decided_at DESC LIMIT $3`
      const { rows } = await pool.query({ name: 'scheduling-list-decisions', text, values: [userId, eventId, limit] })
      return rows
    },
    listUsers: (afterId, limit) => listUsers(pool, afterId, limit),
  }
}

const rulesColumns = 'rules, version, updated_at AS "updatedAt"'

/** Rules that were saved by an older Seer lack the fields that were added since. */
function toRules(row: StoredRules): StoredRules {
  return { ...row, rules: { ...defaultRules, ...row.rules } }
}

const addRulesText = `INSERT INTO recording_rules (user_id, rules, version, updated_at) VALUES ($1, $2, $3 + 1, $4)
  ON CONFLICT DO NOTHING RETURNING ${rulesColumns}`
const changeRulesText = `UPDATE recording_rules SET rules = $2, version = version + 1, updated_at = $4
  WHERE user_id = $1 AND version = $3 RETURNING ${rulesColumns}`

async function saveRules(
  pool: pg.Pool,
  userId: string,
  rules: RecordingRules,
  expectedVersion: number,
  at: Date,
): Promise<StoredRules | null> {
  const text = expectedVersion === 0 ? addRulesText : changeRulesText
  const { rows } = await pool.query(text, [userId, JSON.stringify(rules), expectedVersion, at])
  return rows[0] ? toRules(rows[0]) : null
}

type OverrideWrite = Parameters<SchedulingStore['saveOverride']>[1]

async function saveOverride(pool: pg.Pool, userId: string, override: OverrideWrite, at: Date): Promise<void> {
  const { scope, targetId, value, bot } = override
  if (value === null) {
    const text = 'DELETE FROM recording_overrides WHERE user_id = $1 AND scope = $2 AND target_id = $3'
    await pool.query(text, [userId, scope, targetId])
    return
  }
  await pool.query(
    `INSERT INTO recording_overrides (user_id, scope, target_id, value, bot, updated_at)
      VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (user_id, scope, target_id)
      DO UPDATE SET value = excluded.value, bot = excluded.bot, updated_at = excluded.updated_at, carried_at = NULL`,
    [userId, scope, targetId, value, bot && JSON.stringify(bot), at],
  )
}

/**
 * The calendars are locked first, and then their events in the order of their ids, as all writers of events do. Of two
 * passes over one user the newer decision stands with the event, whichever is written last.
 */
const saveDecisionsText = `
  WITH decided AS (
    SELECT * FROM unnest($2::uuid[], $3::jsonb[], $4::timestamptz[]) AS decided (event_id, decision, decided_at)),
  named AS MATERIALIZED (
    SELECT id, integration_id FROM calendar_events WHERE user_id = $1 AND id = ANY ($2::uuid[])),
  calendars AS (
    SELECT id FROM calendar_integrations WHERE id IN (SELECT integration_id FROM named) ORDER BY id FOR KEY SHARE),
  locked AS (
    SELECT e.id FROM calendars JOIN named ON named.integration_id = calendars.id JOIN calendar_events e ON e.id = named.id
    ORDER BY e.id FOR NO KEY UPDATE OF e),
  stood AS (
    UPDATE calendar_events e SET decision = decided.decision, decided_at = decided.decided_at,
      over_capacity = decided.decision->>'winner' = 'daily_cap'
    FROM decided, locked
    WHERE e.id = decided.event_id AND locked.id = e.id
      AND (e.decided_at IS NULL OR e.decided_at <= decided.decided_at))
  INSERT INTO recording_decisions (event_id, decided_at, decision)
  SELECT decided.event_id, decided.decided_at, decided.decision
  FROM decided JOIN locked ON locked.id = decided.event_id
  ON CONFLICT (event_id, decided_at) DO UPDATE SET decision = excluded.decision`

async function saveDecisions(pool: pg.Pool, userId: string, writes: DecisionWrite[]): Promise<void> {
  // One statement cannot write a row twice.
  const unique = [...new Map(writes.map((write) => [write.eventId, write])).values()]
  if (unique.length === 0) return
  const values = [
    userId,
    unique.map(({ eventId }) => eventId),
    unique.map(({ decision }) => JSON.stringify(decision)),
    unique.map(({ decidedAt }) => decidedAt),
  ]
  await pool.query({ name: 'scheduling-save-decisions', text: saveDecisionsText, values })
}

async function listUsers(pool: pg.Pool, afterId: string | null, limit: number): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>({
    name: 'scheduling-list-users',
    text: `SELECT id FROM users
      WHERE id > coalesce($1, '00000000-0000-0000-0000-000000000000'::uuid)
        AND (EXISTS (SELECT FROM calendar_integrations c
            WHERE c.user_id = users.id AND c.status NOT IN ('failed', 'disconnecting'))
          OR EXISTS (SELECT FROM meetings m
            WHERE m.user_id = users.id AND m.final_at IS NULL AND m.calendar_event_id IS NOT NULL)
          OR EXISTS (SELECT FROM meeting_subscribers s JOIN meetings m ON m.id = s.meeting_id
            WHERE s.user_id = users.id AND s.calendar_event_id IS NOT NULL AND m.final_at IS NULL))
      ORDER BY id LIMIT $2`,
    values: [afterId, limit],
  })
  return rows.map(({ id }) => id)
}
