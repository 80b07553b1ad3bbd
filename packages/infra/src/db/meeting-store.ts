import type { Meeting, TimelineEntry } from '@seer/core/bots/meeting'
import type {
  ActiveBot,
  ClaimOutcome,
  MeetingFilter,
  MeetingPosition,
  MeetingStore,
} from '@seer/core/bots/meeting-store'
import type pg from 'pg'
import type { ChangeWriter } from './change-writer.ts'
import { openClaims } from './claim-meetings.ts'
import { selectMeeting, toMeeting } from './meeting-row.ts'

const meetingColumns = selectMeeting('meetings')

/** Meetings in Postgres. Plain SQL: claims and writes must be one statement or hold a lock (docs/adr/0003). */
export function openMeetingStore(pool: pg.Pool, write: ChangeWriter): MeetingStore {
  const claim = openClaims(pool)
  const selectOne = async (name: string, where: string, values: unknown[]) => {
    const text = `SELECT ${meetingColumns} FROM meetings WHERE ${where}`
    const { rows } = await pool.query({ name, text, values })
    return rows[0] ? toMeeting(rows[0]) : null
  }
  return {
    claim: (meeting, entry) => claim({ meeting, entry, botsPerDay: null }) as Promise<ClaimOutcome>,
    claimWithin: (meeting, entry, botsPerDay) => claim({ meeting, entry, botsPerDay }),
    find: (meetingId) => selectOne('meeting-find', 'id = $1', [meetingId]),
    findForBot: ({ botId, meetingId }) =>
      selectOne('meeting-find-for-bot', 'id = $1::uuid OR meeting_baas_id = $2 ORDER BY id = $1::uuid DESC LIMIT 1', [
        meetingId,
        botId,
      ]),
    findForUser: (userId, id) =>
      selectOne('meeting-find-for-user', 'user_id = $1 AND (id = $2::uuid OR meeting_baas_id = $2::text)', [
        userId,
        id,
      ]),
    bookedFor: async (userId, eventIds) => {
      const text = `SELECT id, calendar_event_id AS "eventId" FROM meetings
        WHERE user_id = $1 AND calendar_event_id = ANY ($2) AND final_at IS NULL AND leave_requested_at IS NULL`
      const { rows } = await pool.query({ name: 'meeting-booked-for', text, values: [userId, eventIds] })
      return new Map(rows.map(({ eventId, id }) => [eventId, id]))
    },
    list: (userId, filter, after, limit) => list(pool, userId, filter, after, limit),
    timeline: (meetingId, afterSeq, limit) => timeline(pool, meetingId, afterSeq, limit),
    saveChange: (change) => write({ change, processed: null }),
    claimDue: (now, nextDueAt, limit) => claimDue(pool, now, nextDueAt, limit),
    listActive: (now, afterId, limit) => listActive(pool, now, afterId, limit),
  }
}

async function list(
  pool: pg.Pool,
  userId: string,
  filter: MeetingFilter,
  after: MeetingPosition | null,
  limit: number,
): Promise<Meeting[]> {
  const values: unknown[] = [userId]
  const bind = (value: unknown) => `$${values.push(value)}`
  const conditions = ['user_id = $1']
  if (filter.states) conditions.push(`processing_status = ANY (${bind(filter.states)})`)
  if (filter.platform) conditions.push(`platform = ${bind(filter.platform)}`)
  if (filter.joinKey) conditions.push(`join_key = ${bind(filter.joinKey)}`)
  if (filter.createdAfter) conditions.push(`created_at >= ${bind(filter.createdAfter)}`)
  if (filter.createdBefore) conditions.push(`created_at < ${bind(filter.createdBefore)}`)
  if (after) conditions.push(`(created_at, id) < (${bind(after.createdAt)}, ${bind(after.id)})`)
  const { rows } = await pool.query(
    `SELECT ${meetingColumns} FROM meetings WHERE ${conditions.join(' AND ')}
      ORDER BY created_at DESC, id DESC LIMIT ${bind(limit)}`,
    values,
  )
  return rows.map(toMeeting)
}

async function timeline(pool: pg.Pool, meetingId: string, afterSeq: number, limit: number): Promise<TimelineEntry[]> {
  const { rows } = await pool.query({
    name: 'meeting-timeline',
    text: `SELECT seq, type, occurred_at AS "occurredAt", recorded_at AS "recordedAt", cause, data
      FROM meeting_events WHERE meeting_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`,
    values: [meetingId, afterSeq, limit],
  })
  return rows
}

async function claimDue(pool: pg.Pool, now: Date, nextDueAt: Date, limit: number): Promise<Meeting[]> {
  const { rows } = await pool.query(
    `WITH due AS (SELECT id FROM meetings WHERE due_at <= $1 ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED)
      UPDATE meetings SET due_at = $2, round = round + 1, version = version + 1 FROM due WHERE meetings.id = due.id
      RETURNING ${meetingColumns}`,
    [now, nextDueAt, limit],
  )
  return rows.map(toMeeting)
}

async function listActive(pool: pg.Pool, now: Date, afterId: string | null, limit: number): Promise<ActiveBot[]> {
  const { rows } = await pool.query(
    `SELECT id AS "meetingId", meeting_baas_id AS "meetingBaasId", vendor_status AS "vendorStatus",
        updated_at AS "updatedAt"
      FROM meetings
      WHERE final_at IS NULL AND meeting_baas_id IS NOT NULL AND coalesce(join_at, created_at) <= $1
        AND id > coalesce($2, '00000000-0000-0000-0000-000000000000'::uuid)
      ORDER BY id LIMIT $3`,
    [now, afterId, limit],
  )
  return rows
}
