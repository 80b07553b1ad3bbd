import { createHash } from 'node:crypto'
import type { Meeting, NewTimelineEntry, TimelineEntry } from '@seer/core/bots/meeting'
import {
  type ActiveBot,
  type ClaimOutcome,
  type MeetingFilter,
  type MeetingPosition,
  type MeetingStore,
  sameMeetingWindowMs,
} from '@seer/core/bots/meeting-store'
import type pg from 'pg'
import { insertMeeting, selectMeeting, toMeeting } from './meeting-row.ts'
import { saveChange } from './save-change.ts'

const meetingColumns = selectMeeting('meetings')

/** Meetings in Postgres. Plain SQL: claims and writes must be one statement or hold a lock (docs/adr/0003). */
export function openMeetingStore(pool: pg.Pool): MeetingStore {
  const selectOne = async (name: string, where: string, values: unknown[]) => {
    const text = `SELECT ${meetingColumns} FROM meetings WHERE ${where}`
    const { rows } = await pool.query({ name, text, values })
    return rows[0] ? toMeeting(rows[0]) : null
  }
  return {
    claim: (meeting, entry) => claim(pool, meeting, entry),
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
    list: (userId, filter, after, limit) => list(pool, userId, filter, after, limit),
    timeline: (meetingId, afterSeq, limit) => timeline(pool, meetingId, afterSeq, limit),
    saveChange: (change) => saveChange(pool, change, null),
    claimDue: (now, nextDueAt, limit) => claimDue(pool, now, nextDueAt, limit),
    listActive: (now, afterId, limit) => listActive(pool, now, afterId, limit),
  }
}

/**
 * A lock on (user, join key) makes simultaneous claims wait for each other; a unique index could not, because two start
 * times may be the same meeting without being equal.
 */
async function claim(pool: pg.Pool, meeting: Meeting, entry: NewTimelineEntry): Promise<ClaimOutcome> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    // A number of our own making, so it can stand in the text and save a round trip.
    await client.query(`BEGIN; SELECT pg_advisory_xact_lock(${lockKey(meeting)})`)
    const existing = await findClaimed(client, meeting)
    if (!existing) await insert(client, meeting, entry)
    await client.query('COMMIT')
    if (!existing) return { outcome: 'created', meeting: { ...meeting, lastSeq: 1 } }
    return existing.userId === meeting.userId ? { outcome: 'existing', meeting: existing } : { outcome: 'id_taken' }
  } catch (error) {
    broken = error as Error
    // The same id claimed at the same moment for another join key or user: it is there now.
    if ((error as { code?: string }).code === '23505') return await claimAgain(client, pool, meeting, entry)
    throw error
  } finally {
    client.release(broken)
  }
}

async function claimAgain(client: pg.PoolClient, pool: pg.Pool, meeting: Meeting, entry: NewTimelineEntry) {
  await client.query('ROLLBACK')
  return claim(pool, meeting, entry)
}

function lockKey({ userId, joinKey }: Meeting): bigint {
  return createHash('sha256').update(`${userId} ${joinKey}`).digest().readBigInt64BE(0)
}

async function findClaimed(client: pg.PoolClient, meeting: Meeting): Promise<Meeting | null> {
  const startsAt = meeting.joinAt ?? meeting.createdAt
  const now = meeting.createdAt
  const wantsNow = startsAt.getTime() <= now.getTime() + sameMeetingWindowMs
  const { rows } = await client.query({
    name: 'meeting-find-claimed',
    text: `SELECT ${meetingColumns} FROM meetings WHERE id = $1
      UNION ALL
      (SELECT ${meetingColumns} FROM meetings
        WHERE user_id = $2 AND join_key = $3 AND final_at IS NULL AND leave_requested_at IS NULL AND id <> $1
          AND (abs(extract(epoch FROM coalesce(join_at, created_at) - $4::timestamptz)) * 1000 <= $5
            OR ($6 AND coalesce(join_at, created_at) <= $7))
        ORDER BY created_at, id LIMIT 1)`,
    values: [meeting.id, meeting.userId, meeting.joinKey, startsAt, sameMeetingWindowMs, wantsNow, now],
  })
  return rows[0] ? toMeeting(rows[0]) : null
}

async function insert(client: pg.PoolClient, meeting: Meeting, entry: NewTimelineEntry): Promise<void> {
  const row = insertMeeting({ ...meeting, lastSeq: 1 })
  const first = row.values.length + 1
  await client.query({
    name: 'meeting-insert',
    text: `WITH claimed AS (INSERT INTO meetings (${row.columns}) VALUES (${row.placeholders}) RETURNING id)
      INSERT INTO meeting_events (meeting_id, seq, type, occurred_at, cause, data)
      SELECT id, 1, $${first}, $${first + 1}, 'api', $${first + 2} FROM claimed`,
    values: [...row.values, entry.type, entry.occurredAt, JSON.stringify(entry.data)],
  })
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
