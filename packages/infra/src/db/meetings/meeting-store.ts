import type { Meeting, TimelineEntry } from '@seer/core/meetings/meeting'
import type { ActiveBot, ClaimOutcome, MeetingStore, NextLook, StoredKey } from '@seer/core/meetings/meeting-store'
import type pg from 'pg'
import type { ChangeWriter } from '../change-writer.ts'
import { openClaims } from './claim-meetings.ts'
import { uninvitedTo } from './invitations.ts'
import { selectMeeting, selectSubscriber, toMeeting } from './meeting-row.ts'
import { moveMeeting } from './move-meeting.ts'
import { bookedFor, findSeen, listSeen } from './seen-meetings.ts'

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
    claim: (meeting, entry, scope) => claim({ meeting, entry, scope, botsPerDay: null }) as Promise<ClaimOutcome>,
    claimWithin: (meeting, entry, scope, botsPerDay) => claim({ meeting, entry, scope, botsPerDay }),
    move: (change, scope, botsPerDay) => moveMeeting(pool, { change, scope, botsPerDay }),
    find: (meetingId) => selectOne('meeting-find', 'id = $1', [meetingId]),
    findForBot: ({ botId, meetingId }) =>
      selectOne('meeting-find-for-bot', 'id = $1::uuid OR meeting_baas_id = $2 ORDER BY id = $1::uuid DESC LIMIT 1', [
        meetingId,
        botId,
      ]),
    findForUser: (userId, id) => findSeen(pool, userId, id),
    subscribers: async (meetingId) => {
      const text = `SELECT ${selectSubscriber('meetings', 's')}
        FROM meeting_subscribers s JOIN meetings ON meetings.id = s.meeting_id WHERE s.meeting_id = $1
        ORDER BY s.shared_since, s.user_id`
      const { rows } = await pool.query({ name: 'meeting-subscribers', text, values: [meetingId] })
      return rows
    },
    uninvited: async (meetingId) => {
      const text = `SELECT guests.* FROM meetings CROSS JOIN LATERAL (${uninvitedTo('meetings')}) AS guests WHERE id = $1`
      const { rows } = await pool.query({ name: 'meeting-uninvited', text, values: [meetingId] })
      return rows
    },
    bookedFor: (userId, eventIds) => bookedFor(pool, userId, eventIds),
    list: (userId, filter, after, limit) => listSeen(pool, { userId, filter, after, limit }),
    timeline: (meetingId, afterSeq, limit) => timeline(pool, meetingId, afterSeq, limit),
    saveChange: (change) => write({ change, processed: null }),
    claimDue: (now, next, limit) => claimDue(pool, now, next, limit),
    listEndedShared: async (userId, limit) => {
      const text = `SELECT id FROM meetings WHERE user_id = $1 AND final_at IS NOT NULL AND ${isShared} LIMIT $2`
      const { rows } = await pool.query<{ id: string }>(text, [userId, limit])
      return rows.map(({ id }) => id)
    },
    removeEnded: (userId, limit) => removeEnded(pool, userId, limit),
    listActive: (now, afterId, limit) => listActive(pool, now, afterId, limit),
    listKeys: (after, limit) => listKeys(pool, after, limit),
  }
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

/** A bot that is to leave, or to be created or moved before it joins soon. */
const isAwaited = `leave_requested_at IS NOT NULL AND leave_sent_at IS NULL
  OR (meeting_baas_id IS NULL OR change_owed) AND coalesce(join_at, created_at) <= $4`

const soonOrLater = `CASE WHEN ${isAwaited} THEN $2::timestamptz ELSE $3::timestamptz END`
const putOff = (column: string, until: string) => `CASE WHEN ${column} <= $1 THEN ${until} ELSE ${column} END`
const [writeDueAt, lookDueAt] = [putOff('write_due_at', soonOrLater), putOff('look_due_at', '$3::timestamptz')]

/** What is due is put off; what is due later stays. A due time that neither debt explains is put off as well. */
async function claimDue(pool: pg.Pool, now: Date, next: NextLook, limit: number): Promise<Meeting[]> {
  const { rows } = await pool.query({
    name: 'meetings-claim-due',
    text: `WITH due AS (SELECT id FROM meetings WHERE due_at <= $1 ORDER BY due_at LIMIT $5 FOR UPDATE SKIP LOCKED)
      UPDATE meetings SET write_due_at = ${writeDueAt}, look_due_at = ${lookDueAt},
        due_at = least(${soonOrLater}, ${writeDueAt}, ${lookDueAt}), round = round + 1, version = version + 1
      FROM due WHERE meetings.id = due.id RETURNING ${meetingColumns}`,
    values: [now, next.soon, next.later, next.soonBefore, limit],
  })
  return rows.map(toMeeting)
}

const isShared = 'EXISTS (SELECT FROM meeting_subscribers s WHERE s.meeting_id = meetings.id)'

/** Another look at how the run ended is nothing that a removal waits for. */
const owesNothing = 'due_at IS NULL OR (end_inferred AND write_due_at IS NULL AND create_attempts <= 1)'

/** Nobody comes to share a meeting that has ended. One that is being written now is left to the next call. */
async function removeEnded(pool: pg.Pool, userId: string, limit: number): Promise<number> {
  const { rowCount } = await pool.query(
    `WITH ended AS (
        SELECT id FROM meetings WHERE user_id = $1 AND final_at IS NOT NULL AND (${owesNothing}) AND NOT ${isShared}
        ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED)
      DELETE FROM meetings USING ended WHERE meetings.id = ended.id`,
    [userId, limit],
  )
  return rowCount ?? 0
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

async function listKeys(pool: pg.Pool, after: StoredKey | null, limit: number): Promise<StoredKey[]> {
  const { rows } = await pool.query<StoredKey>(
    `SELECT id, meeting_url AS "joinUrl", join_key AS "joinKey" FROM meetings
      WHERE final_at IS NULL
        AND (join_key, id) > (coalesce($1, ''), coalesce($2, '00000000-0000-0000-0000-000000000000'::uuid))
      ORDER BY join_key, id LIMIT $3`,
    [after?.joinKey ?? null, after?.id ?? null, limit],
  )
  return rows
}
