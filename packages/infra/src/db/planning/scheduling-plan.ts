import { mayKeepSharing, mayShare, type SharingScope } from '@seer/core/meetings/sharing/sharing'
import type { OthersBot, PlanFacts, PlannedOverride, StoredDecision } from '@seer/core/planning/scheduling-store'
import { defaultRules } from '@seer/core/rules/rules'
import type pg from 'pg'
import { type EventRow, eventTypes, selectEvent, toCalendarEvent } from '../calendars/calendar-event-row.ts'
import { accountsOf, ownerAccounts, sharerAccounts } from '../calendars/verified-accounts.ts'
import { uninvitedLinks } from '../meetings/invitations.ts'
import { meetingFromJson, selectMeeting, selectSubscriber, withShareTimes } from '../meetings/meeting-row.ts'
import { type Named, returns, statement } from '../statement.ts'

/** A select list that makes rows in the shape of `StoredOverride`. */
export const overrideColumns = 'scope, target_id AS "targetId", value, bot, updated_at AS "updatedAt"'

type PlanRow = { kind: string; facts: unknown } & EventRow & StoredDecision

/**
 * Everything in one statement, so that all of it is from one moment and costs one round trip. Events are by far the
 * most rows, so they come as columns: making JSON of them would cost more than all the rest. Other rows come as JSON in
 * one more column, which is empty for events. Running and ended bots are found by two indexes. So are other users'
 * bots: those that the user shares, and those in the meetings of the events. A booking is at most 90 days ahead, so a
 * bot that was ordered long before `from` has ended.
 */
const findPlan = statement(
  'scheduling-load-plan',
  (p: Named<{ userId: string; from: Date; mayShare: boolean }>) => `
  WITH planned AS (
    SELECT ${selectEvent('e', 'c')}, e.decision, e.decided_at AS "decidedAt"
    FROM calendar_events e JOIN calendar_integrations c ON c.id = e.integration_id AND c.user_id = e.user_id
    WHERE e.user_id = ${p.userId} AND e.end_time >= ${p.from} AND c.status <> 'disconnecting' AND c.calendar_id IS NOT NULL),
  overrides AS (
    SELECT ${overrideColumns}, subject, carried_at IS NOT NULL AS "isCarried" FROM recording_overrides
    WHERE user_id = ${p.userId} AND ((scope = 'event' AND target_id IN (SELECT id FROM planned))
      OR (scope = 'series' AND target_id IN (SELECT "seriesId" FROM planned))
      OR (subject IS NOT NULL AND carried_at IS NULL AND (starts_at IS NULL OR starts_at >= ${p.from})))),
  booked AS (
    SELECT ${selectMeeting('meetings')} FROM meetings WHERE user_id = ${p.userId} AND final_at IS NULL
    UNION ALL
    SELECT ${selectMeeting('meetings')} FROM meetings WHERE user_id = ${p.userId} AND final_at >= ${p.from}
    UNION ALL
    SELECT ${selectMeeting('meetings')} FROM meetings
    WHERE user_id = ${p.userId} AND final_state = 'failed' AND created_at >= ${p.from}::timestamptz - interval '100 days'
      AND final_at < ${p.from} AND meeting_baas_id IS NULL AND event_ends_at >= ${p.from}),
  shared AS (
    SELECT meetings.id
    FROM meeting_subscribers s JOIN meetings ON meetings.id = s.meeting_id
    WHERE s.user_id = ${p.userId} AND s.meeting_created_at >= ${p.from}::timestamptz - interval '100 days'
      AND (final_at IS NULL OR final_at >= ${p.from})
    UNION
    SELECT id FROM meetings
    WHERE ${p.mayShare} AND join_key IN (SELECT "joinKey" FROM planned) AND user_id <> ${p.userId}
      AND final_at IS NULL AND leave_requested_at IS NULL AND exited_at IS NULL),
  accounts AS (
    SELECT DISTINCT lower(account_email) AS email FROM calendar_integrations
    WHERE user_id = ${p.userId} AND status NOT IN ('connecting', 'failed', 'disconnecting')),
  theirs AS (
    SELECT
      (SELECT row_to_json(m) FROM (SELECT ${selectMeeting('meetings')}) AS m) AS meeting,
      (SELECT row_to_json(s) FROM (SELECT ${selectSubscriber('meetings', 's')} FROM meeting_subscribers s
        WHERE s.meeting_id = meetings.id AND s.user_id = ${p.userId}) AS s) AS share,
      ${accountsOf('meetings.user_id', ownerAccounts)} AS owner,
      ${accountsOf(p.userId, sharerAccounts)} AS sharer,
      ${uninvitedLinks('meetings')} AS uninvited
    FROM meetings WHERE id IN (SELECT id FROM shared)),
  others AS (
    SELECT 'rules' AS kind, rules::json AS facts FROM recording_rules WHERE user_id = ${p.userId}
    UNION ALL SELECT 'email', to_json(email) FROM accounts
    UNION ALL SELECT 'override', row_to_json(overrides) FROM overrides
    UNION ALL SELECT 'meeting', row_to_json(booked) FROM booked
    UNION ALL SELECT 'shared', to_json(id) FROM booked
      WHERE "finalAt" IS NULL AND EXISTS (SELECT FROM meeting_subscribers s WHERE s.meeting_id = booked.id)
    UNION ALL SELECT 'other', row_to_json(theirs) FROM theirs)
  SELECT 'event' AS kind, NULL AS facts, planned.* FROM planned
  UNION ALL
  SELECT others.kind, others.facts, nothing.* FROM others LEFT JOIN planned AS nothing ON false`,
  {
    returns: returns<PlanRow>({
      kind: 'text',
      facts: 'json',
      ...eventTypes,
      decision: 'jsonb',
      decidedAt: 'timestamptz',
    }),
  },
)

type Row = Record<string, unknown>

/** Reads the data for a pass of auto-scheduling over one user's events. */
export async function loadPlan(pool: pg.Pool, userId: string, from: Date, scope: SharingScope): Promise<PlanFacts> {
  const rows = await findPlan.all(pool, { userId, from, mayShare: scope !== 'nobody' })
  const of = (kind: string) => rows.filter((row) => row.kind === kind)
  const facts = <Facts>(kind: string): Facts[] => of(kind).map((row) => row.facts as Facts)
  const events = of('event')
  return {
    rules: { ...defaultRules, ...facts<Row>('rules')[0] },
    accountEmails: facts<string>('email'),
    events: events.map(({ kind: _k, facts: _f, decision: _d, decidedAt: _a, ...event }) => toCalendarEvent(event)),
    overrides: facts<PlannedOverride>('override').map((one) => ({ ...one, updatedAt: new Date(one.updatedAt) })),
    decisions: new Map(
      events.flatMap(({ id, decision, decidedAt }): [string, StoredDecision][] =>
        decision ? [[id, { decision, decidedAt }]] : [],
      ),
    ),
    meetings: facts<Row>('meeting').map(meetingFromJson),
    shared: new Set(facts<string>('shared')),
    others: facts<OthersRow>('other').flatMap((row) => toOthersBot(row, scope) ?? []),
  }
}

type Accounts = { owner: string[] | null; sharer: string[] | null }
type OthersRow = Accounts & { meeting: Row; share: Row | null; uninvited: string[] | null }

/** Null when the user does not share the bot and may not. */
function toOthersBot({ meeting, share, owner, sharer, uninvited }: OthersRow, scope: SharingScope): OthersBot | null {
  const isAllowed = (share ? mayKeepSharing : mayShare)(scope, owner ?? [], sharer ?? [])
  if (!share && !isAllowed) return null
  return {
    meeting: meetingFromJson(meeting),
    share: share && withShareTimes(share),
    mayShare: isAllowed,
    uninvited: uninvited ?? [],
  }
}
