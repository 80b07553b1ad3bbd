import { isFinal, type Meeting, type MeetingState } from '@seer/core/meetings/meeting'
import type { MeetingFilter, MeetingPosition, SeenMeeting } from '@seer/core/meetings/meeting-store'
import { type Bind, composed, type Named, type Queries, returns, statement } from '../statement.ts'
import { isHiddenFrom, meetingIn, meetingTypes, selectMeeting, selectSeen } from './meeting-row.ts'

/** How many other users have the bot, too; for a row named `seen`. */
const others = '(SELECT count(*)::int FROM meeting_subscribers s WHERE s.meeting_id = seen.id) AS others'

const owned = `SELECT ${selectMeeting('meetings')}, 'owner' AS role FROM meetings`
const shared = `SELECT ${selectSeen('meetings', 'shares')}, 'subscriber' AS role
  FROM meeting_subscribers shares JOIN meetings ON meetings.id = shares.meeting_id`

type SeenRow = Meeting & Omit<SeenMeeting, 'meeting'>
const seenTypes = returns<SeenRow>({ ...meetingTypes, role: 'text', others: 'int' })

const toSeen = (row: SeenRow): SeenMeeting => ({ meeting: meetingIn(row), role: row.role, others: row.others })

const findForUser = statement(
  'meeting-find-for-user',
  (p: Named<{ userId: string; id: string }>) => `SELECT seen.*, ${others} FROM (
  ${owned} WHERE user_id = ${p.userId} AND (id = ${p.id}::uuid OR meeting_baas_id = ${p.id}::text)
  UNION ALL
  ${shared} WHERE shares.user_id = ${p.userId}
    AND (meetings.id = ${p.id}::uuid OR meetings.meeting_baas_id = ${p.id}::text)) AS seen`,
  { returns: seenTypes },
)

/** A meeting that the user owns or shares, by our id or the vendor's. */
export async function findSeen(db: Queries, userId: string, id: string): Promise<SeenMeeting | null> {
  const row = await findForUser.first(db, { userId, id })
  return row && toSeen(row)
}

const findBooked = statement(
  'meeting-booked-for',
  (p: Named<{ userId: string; eventIds: string[] }>) => `
  SELECT id, calendar_event_id AS "eventId" FROM meetings
  WHERE user_id = ${p.userId} AND calendar_event_id = ANY (${p.eventIds}) AND final_at IS NULL
    AND leave_requested_at IS NULL
  UNION ALL
  SELECT meetings.id, shares.calendar_event_id FROM meeting_subscribers shares
  JOIN meetings ON meetings.id = shares.meeting_id
  WHERE shares.user_id = ${p.userId} AND shares.calendar_event_id = ANY (${p.eventIds}) AND final_at IS NULL
    AND leave_requested_at IS NULL`,
  { returns: returns<{ id: string; eventId: string }>({ id: 'uuid', eventId: 'text' }) },
)

/** The bots that are booked or shared for these events of the user, by event id. */
export async function bookedFor(db: Queries, userId: string, eventIds: string[]): Promise<Map<string, string>> {
  const rows = await findBooked.all(db, { userId, eventIds })
  return new Map(rows.map(({ eventId, id }) => [eventId, id]))
}

type Page = { userId: string; filter: MeetingFilter; after: MeetingPosition | null; limit: number }

const epoch = new Date(0)
const listPage = composed(
  'meeting-list',
  ({ userId, filter, after, limit }: Page, bind) => {
    const conditions = [
      ...(filter.states ? [inStates(filter.states, bind)] : []),
      ...(filter.grades ? [`meetings.delivery_grade = ANY (${bind(filter.grades)}::text[])`] : []),
      ...(filter.platform ? [`meetings.platform = ${bind(filter.platform)}`] : []),
      ...(filter.joinKey ? [`meetings.join_key = ${bind(filter.joinKey)}`] : []),
    ].map((condition) => ` AND ${condition}`)
    const keepsFrom = (share: string) =>
      filter.grades && filter.lateAccess === 'status' ? ` AND NOT ${isHiddenFrom(share)}` : ''
    const times = [
      ...(filter.createdAfter ? [[' >= ', bind(filter.createdAfter)]] : []),
      ...(filter.createdBefore ? [[' < ', bind(filter.createdBefore)]] : []),
    ]
    const position = after && `(${bind(after.createdAt)}, ${bind(after.id)})`
    const [owner, most] = [bind(userId), bind(limit)]
    const page = (select: string, share: 'meetings' | 'shares', time: string, id: string) => `(${select}
      WHERE ${share}.user_id = ${owner}${conditions.join('')}${keepsFrom(share)}${times.map(([compare, value]) => ` AND ${time}${compare}${value}`).join('')}
      ${position ? ` AND (${time}, ${id}) < ${position}` : ''}
    ORDER BY ${time} DESC, ${id} DESC LIMIT ${most})`
    return `SELECT seen.*, ${others} FROM (
      ${page(owned, 'meetings', 'meetings.created_at', 'meetings.id')}
      UNION ALL
      ${page(shared, 'shares', 'shares.meeting_created_at', 'shares.meeting_id')}) AS seen
    ORDER BY "createdAt" DESC, id DESC LIMIT ${most}`
  },
  {
    returns: seenTypes,
    examples: [
      { userId: '', filter: { states: [] }, after: null, limit: 1 },
      { userId: '', filter: { grades: ['good'], lateAccess: 'status' }, after: null, limit: 1 },
      {
        userId: '',
        filter: {
          states: ['recording', 'failed'],
          platform: 'zoom',
          joinKey: 'key',
          createdAfter: epoch,
          createdBefore: epoch,
        },
        after: { createdAt: epoch, id: '' },
        limit: 1,
      },
    ],
  },
)

/** Bots that run go by an index of those that have not ended, the others by one of how they ended. */
function inStates(states: MeetingState[], bind: Bind): string {
  const [ended, active] = [states.filter(isFinal), states.filter((state) => !isFinal(state))]
  const conditions = [
    ...(active.length > 0 ? [`meetings.final_at IS NULL AND meetings.processing_status = ANY (${bind(active)})`] : []),
    ...(ended.length > 0 ? [`meetings.final_state = ANY (${bind(ended)})`] : []),
  ]
  return conditions.length > 0 ? `(${conditions.join(' OR ')})` : 'false'
}

/**
 * The meetings that the user owns or shares, newest first. Each of the two uses its own index and gives at most one
 * page.
 */
export async function listSeen(db: Queries, page: Page): Promise<SeenMeeting[]> {
  return (await listPage.all(db, page)).map(toSeen)
}
