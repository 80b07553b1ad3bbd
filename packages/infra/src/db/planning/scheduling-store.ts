import type {
  DecisionWrite,
  SchedulingStore,
  StoredDecision,
  StoredOverride,
  StoredRules,
} from '@seer/core/planning/scheduling-store'
import { defaultRules, type RecordingRules } from '@seer/core/rules/rules'
import type pg from 'pg'
import { appendRows } from '../log/entries.ts'
import { type Named, returns, statement } from '../statement.ts'
import { carryOverrides, noteOverrides } from './scheduling-overrides.ts'
import { loadPlan, overrideColumns } from './scheduling-plan.ts'

/** Rules, overrides and decisions in Postgres. */
export function openSchedulingStore(pool: pg.Pool): SchedulingStore {
  return {
    findRules: async (userId) => {
      const row = await findRules.first(pool, { userId })
      return row ? toRules(row) : { rules: defaultRules, version: 0, updatedAt: null }
    },
    saveRules: (userId, rules, expectedVersion, at) => saveRules(pool, { userId, rules, expectedVersion, at }),
    saveOverride: (userId, override, at) => saveOverride(pool, userId, override, at),
    noteOverrides: (userId, notes) => noteOverrides(pool, userId, notes),
    carryOverrides: (userId, carries, at) => carryOverrides(pool, userId, carries, at),
    listOverrides: (userId, targetIds) => listOverrides.all(pool, { userId, targetIds }),
    loadPlan: (userId, from, scope) => loadPlan(pool, userId, from, scope),
    saveDecisions: (userId, writes) => saveDecisions(pool, userId, writes),
    findDecisions: async (userId, eventIds) => {
      const rows = await findDecisions.all(pool, { userId, eventIds })
      return new Map(rows.map(({ id, ...stored }): [string, StoredDecision] => [id, stored]))
    },
    listDecisions: (userId, eventId, limit) => listDecisions.all(pool, { userId, eventId, limit }),
    listUsers: async (afterId, limit) => (await listUsers.all(pool, { afterId, limit })).map(({ id }) => id),
  }
}

const rulesColumns = 'rules, version, updated_at AS "updatedAt"'
const storedRules = returns<StoredRules>({ rules: 'jsonb', version: 'int', updatedAt: 'timestamptz' })

/** Rules from an older Seer lack newer fields, which get their defaults. */
function toRules(row: StoredRules): StoredRules {
  return { ...row, rules: { ...defaultRules, ...row.rules } }
}

const findRules = statement(
  'scheduling-find-rules',
  (p: Named<{ userId: string }>) => `SELECT ${rulesColumns} FROM recording_rules WHERE user_id = ${p.userId}`,
  { returns: storedRules },
)

type RulesWrite<Rules> = { userId: string; rules: Rules; expectedVersion: number; at: Date }

const addRules = statement(
  'scheduling-add-rules',
  (p: Named<RulesWrite<string>>) => `
    INSERT INTO recording_rules (user_id, rules, version, updated_at)
    VALUES (${p.userId}, ${p.rules}, ${p.expectedVersion} + 1, ${p.at})
    ON CONFLICT DO NOTHING RETURNING ${rulesColumns}`,
  { returns: storedRules, isPrepared: false },
)

const changeRules = statement(
  'scheduling-change-rules',
  (p: Named<RulesWrite<string>>) => `
    UPDATE recording_rules SET rules = ${p.rules}, version = version + 1, updated_at = ${p.at}
    WHERE user_id = ${p.userId} AND version = ${p.expectedVersion} RETURNING ${rulesColumns}`,
  { returns: storedRules, isPrepared: false },
)

async function saveRules(pool: pg.Pool, write: RulesWrite<RecordingRules>): Promise<StoredRules | null> {
  const saving = write.expectedVersion === 0 ? addRules : changeRules
  const row = await saving.first(pool, { ...write, rules: JSON.stringify(write.rules) })
  return row && toRules(row)
}

const listOverrides = statement(
  'scheduling-list-overrides',
  (p: Named<{ userId: string; targetIds: string[] }>) => `SELECT ${overrideColumns} FROM recording_overrides
    WHERE user_id = ${p.userId} AND scope IN ('event', 'series') AND target_id = ANY (${p.targetIds}::uuid[])`,
  {
    returns: returns<StoredOverride>({
      scope: 'text',
      targetId: 'uuid',
      value: 'text',
      bot: 'jsonb',
      updatedAt: 'timestamptz',
    }),
  },
)

type OverrideWrite = Parameters<SchedulingStore['saveOverride']>[1]
type Target = { userId: string; scope: string; targetId: string }

const removeOverride = statement(
  'scheduling-remove-override',
  (p: Named<Target>) => `DELETE FROM recording_overrides
    WHERE user_id = ${p.userId} AND scope = ${p.scope} AND target_id = ${p.targetId}`,
  { isPrepared: false },
)

const putOverride = statement(
  'scheduling-put-override',
  (p: Named<Target & { value: string; bot: string | null; at: Date }>) => `
    INSERT INTO recording_overrides (user_id, scope, target_id, value, bot, updated_at)
    VALUES (${p.userId}, ${p.scope}, ${p.targetId}, ${p.value}, ${p.bot}, ${p.at})
    ON CONFLICT (user_id, scope, target_id)
    DO UPDATE SET value = excluded.value, bot = excluded.bot, updated_at = excluded.updated_at, carried_at = NULL`,
  { isPrepared: false },
)

async function saveOverride(pool: pg.Pool, userId: string, override: OverrideWrite, at: Date): Promise<void> {
  const { scope, targetId, value, bot } = override
  if (value === null) await removeOverride.count(pool, { userId, scope, targetId })
  else await putOverride.count(pool, { userId, scope, targetId, value, bot: bot && JSON.stringify(bot), at })
}

const findDecisions = statement(
  'scheduling-find-decisions',
  (p: Named<{ userId: string; eventIds: string[] }>) => `
    SELECT id, decision, decided_at AS "decidedAt" FROM calendar_events
    WHERE user_id = ${p.userId} AND id = ANY (${p.eventIds}::uuid[]) AND decision IS NOT NULL`,
  {
    returns: returns<StoredDecision & { id: string }>({ id: 'uuid', decision: 'jsonb', decidedAt: 'timestamptz' }),
  },
)

const listDecisions = statement(
  'scheduling-list-decisions',
  (p: Named<{ userId: string; eventId: string; limit: number }>) => `
    SELECT d.decision, d.decided_at AS "decidedAt"
    FROM recording_decisions d JOIN calendar_events e ON e.id = d.event_id
    WHERE e.user_id = ${p.userId} AND e.id = ${p.eventId} ORDER BY d.decided_at DESC LIMIT ${p.limit}`,
  { returns: returns<StoredDecision>({ decision: 'jsonb', decidedAt: 'timestamptz' }) },
)

type Decisions = {
  userId: string
  eventIds: string[]
  decisions: string[]
  decidedAt: Date[]
  snapshots: (string | null)[]
}

/**
 * Locks the calendars first, and then their events in the order of their ids, like all writers of events. If two passes
 * over one user overlap, the newer decision stays, whichever is written last. An event that is removed while a decision on it
 * is written may leave that entry behind. If it comes back under the same id, its numbers go on after it.
 */
const saveAll = statement(
  'scheduling-save-decisions',
  (p: Named<Decisions>) => `
  WITH decided AS (
    SELECT * FROM unnest(${p.eventIds}::uuid[], ${p.decisions}::jsonb[], ${p.decidedAt}::timestamptz[],
      ${p.snapshots}::json[]) AS decided (event_id, decision, decided_at, snapshot)),
  named AS MATERIALIZED (
    SELECT id, integration_id FROM calendar_events WHERE user_id = ${p.userId} AND id = ANY (${p.eventIds}::uuid[])),
  calendars AS (
    SELECT id FROM calendar_integrations WHERE id IN (SELECT integration_id FROM named) ORDER BY id FOR KEY SHARE),
  locked AS (
    SELECT e.id, coalesce(e.decision->>'willRecord', 'false') AS would_record,
      (SELECT max(seq) FROM log WHERE subject_id = e.id AND subject_kind = 'event') AS logged_seq
    FROM calendars JOIN named ON named.integration_id = calendars.id JOIN calendar_events e ON e.id = named.id
    ORDER BY e.id FOR NO KEY UPDATE OF e),
  stood AS (
    UPDATE calendar_events e SET decision = decided.decision, decided_at = decided.decided_at,
      over_capacity = decided.decision->>'winner' = 'daily_cap',
      last_seq = CASE WHEN would_record <> decided.decision->>'willRecord' THEN greatest(e.last_seq, logged_seq) + 1
        ELSE e.last_seq END
    FROM decided, locked
    WHERE e.id = decided.event_id AND locked.id = e.id
      AND (e.decided_at IS NULL OR e.decided_at <= decided.decided_at)
    RETURNING e.id, e.last_seq AS seq, decided.decision AS data, decided.decided_at AS occurred_at, decided.snapshot,
      would_record <> decided.decision->>'willRecord' AS is_turned),
  turned AS (
    SELECT id, seq, 'event.will_record_changed' AS type, occurred_at, 'worker' AS cause, NULL::uuid AS webhook_event_id, data,
      snapshot, ${p.userId}::uuid AS owner_id, NULL::jsonb AS readers
    FROM stood WHERE is_turned),
  ${appendRows('event', 'turned')}
  INSERT INTO recording_decisions (event_id, decided_at, decision)
  SELECT decided.event_id, decided.decided_at, decided.decision
  FROM decided JOIN locked ON locked.id = decided.event_id
  ON CONFLICT (event_id, decided_at) DO UPDATE SET decision = excluded.decision`,
)

async function saveDecisions(pool: pg.Pool, userId: string, writes: DecisionWrite[]): Promise<void> {
  // One statement cannot write a row twice.
  const unique = [...new Map(writes.map((write) => [write.eventId, write])).values()]
  if (unique.length === 0) return
  await saveAll.count(pool, {
    userId,
    eventIds: unique.map(({ eventId }) => eventId),
    decisions: unique.map(({ decision }) => JSON.stringify(decision)),
    decidedAt: unique.map(({ decidedAt }) => decidedAt),
    snapshots: unique.map(({ snapshot }) => snapshot ?? null),
  })
}

const listUsers = statement(
  'scheduling-list-users',
  (p: Named<{ afterId: string | null; limit: number }>) => `
    SELECT id FROM users
      WHERE id > coalesce(${p.afterId}, '00000000-0000-0000-0000-000000000000'::uuid)
        AND (EXISTS (SELECT FROM calendar_integrations c
            WHERE c.user_id = users.id AND c.status NOT IN ('failed', 'disconnecting'))
          OR EXISTS (SELECT FROM meetings m
            WHERE m.user_id = users.id AND m.final_at IS NULL AND m.calendar_event_id IS NOT NULL)
          OR EXISTS (SELECT FROM meeting_subscribers s JOIN meetings m ON m.id = s.meeting_id
            WHERE s.user_id = users.id AND s.calendar_event_id IS NOT NULL AND m.final_at IS NULL))
      ORDER BY id LIMIT ${p.limit}`,
  { returns: returns<{ id: string }>({ id: 'uuid' }) },
)
