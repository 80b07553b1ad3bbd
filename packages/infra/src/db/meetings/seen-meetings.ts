import type { MeetingFilter, MeetingPosition, SeenMeeting } from '@seer/core/meetings/meeting-store'
import type pg from 'pg'
import { selectMeeting, selectSeen, toMeeting } from './meeting-row.ts'

/** How many others have the bot as well; of a row named `seen`. */
const others = '(SELECT count(*)::int FROM meeting_subscribers s WHERE s.meeting_id = seen.id) AS others'

const owned = `SELECT ${selectMeeting('meetings')}, 'owner' AS role FROM meetings`
const shared = `SELECT ${selectSeen('meetings', 'shares')}, 'subscriber' AS role
  FROM meeting_subscribers shares JOIN meetings ON meetings.id = shares.meeting_id`

function toSeen({ role, others: count, ...row }: Record<string, unknown>): SeenMeeting {
  return { meeting: toMeeting(row), role, others: count } as SeenMeeting
}

const findText = `SELECT seen.*, ${others} FROM (
  ${owned} WHERE user_id = $1 AND (id = $2::uuid OR meeting_baas_id = $2::text)
  UNION ALL
  ${shared} WHERE shares.user_id = $1 AND (meetings.id = $2::uuid OR meetings.meeting_baas_id = $2::text)) AS seen`

/** A meeting that the user owns or shares, by our id or the vendor's. */
export async function findSeen(pool: pg.Pool, userId: string, id: string): Promise<SeenMeeting | null> {
  const { rows } = await pool.query({ name: 'meeting-find-for-user', text: findText, values: [userId, id] })
  return rows[0] ? toSeen(rows[0]) : null
}

const bookedText = `
  SELECT id, calendar_event_id AS "eventId" FROM meetings
  WHERE user_id = $1 AND calendar_event_id = ANY ($2) AND final_at IS NULL AND leave_requested_at IS NULL
  UNION ALL
  SELECT meetings.id, shares.calendar_event_id FROM meeting_subscribers shares
  JOIN meetings ON meetings.id = shares.meeting_id
  WHERE shares.user_id = $1 AND shares.calendar_event_id = ANY ($2) AND final_at IS NULL AND leave_requested_at IS NULL`

/** The bots that are booked or shared for these events of the user, by event id. */
export async function bookedFor(pool: pg.Pool, userId: string, eventIds: string[]): Promise<Map<string, string>> {
  const { rows } = await pool.query({ name: 'meeting-booked-for', text: bookedText, values: [userId, eventIds] })
  return new Map(rows.map(({ eventId, id }) => [eventId, id]))
}

type Page = { userId: string; filter: MeetingFilter; after: MeetingPosition | null; limit: number }

/** What the user owns or shares, newest first. Each of the two goes by an index of its own and yields one page at most. */
export async function listSeen(pool: pg.Pool, { userId, filter, after, limit }: Page): Promise<SeenMeeting[]> {
  const values: unknown[] = [userId]
  const bind = (value: unknown) => `$${values.push(value)}`
  const conditions = [
    ...(filter.states ? [`processing_status = ANY (${bind(filter.states)})`] : []),
    ...(filter.platform ? [`platform = ${bind(filter.platform)}`] : []),
    ...(filter.joinKey ? [`join_key = ${bind(filter.joinKey)}`] : []),
  ].map((condition) => ` AND meetings.${condition}`)
  const times = [
    ...(filter.createdAfter ? [[' >= ', bind(filter.createdAfter)]] : []),
    ...(filter.createdBefore ? [[' < ', bind(filter.createdBefore)]] : []),
  ]
  const position = after && `(${bind(after.createdAt)}, ${bind(after.id)})`
  const most = bind(limit)
  const page = (select: string, user: string, time: string, id: string) => `(${select} WHERE ${user} = $1
      ${conditions.join('')}${times.map(([compare, value]) => ` AND ${time}${compare}${value}`).join('')}
      ${position ? ` AND (${time}, ${id}) < ${position}` : ''}
    ORDER BY ${time} DESC, ${id} DESC LIMIT ${most})`
  const { rows } = await pool.query(
    `SELECT seen.*, ${others} FROM (
      ${page(owned, 'meetings.user_id', 'meetings.created_at', 'meetings.id')}
      UNION ALL
      ${page(shared, 'shares.user_id', 'shares.meeting_created_at', 'shares.meeting_id')}) AS seen
    ORDER BY "createdAt" DESC, id DESC LIMIT ${most}`,
    values,
  )
  return rows.map(toSeen)
}
