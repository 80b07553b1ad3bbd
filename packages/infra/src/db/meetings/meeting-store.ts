import type { Meeting, Subscriber } from '@seer/core/meetings/meeting'
import {
  type ActiveBot,
  type ClaimOutcome,
  type MeetingStore,
  type NextLook,
  type StoredKey,
  withoutLimit,
} from '@seer/core/meetings/meeting-store'
import type pg from 'pg'
import type { ChangeWriter } from '../change-writer.ts'
import { claimDueSql } from '../claim-due.ts'
import { readEntries, removeEntries } from '../log/entries.ts'
import { type Named, returns, statement } from '../statement.ts'
import { openClaims } from './claim-meetings.ts'
import { uninvitedTo } from './invitations.ts'
import { meetingTypes, selectMeeting, selectSubscriber, subscriberTypes } from './meeting-row.ts'
import { moveMeeting } from './move-meeting.ts'
import { bookedFor, findSeen, listSeen } from './seen-meetings.ts'

const meetingColumns = selectMeeting('meetings')
const aMeeting = returns<Meeting>(meetingTypes)
const anId = returns<{ id: string }>({ id: 'uuid' })

/** Before the id of any row. */
const firstId = `'00000000-0000-0000-0000-000000000000'::uuid`

/** Meetings in Postgres. Plain SQL: claims and writes must be one statement or hold a lock (docs/adr/0003). */
export function openMeetingStore(pool: pg.Pool, write: ChangeWriter): MeetingStore {
  const claim = openClaims(pool)
  return {
    claim: (meeting, entry, sharing) =>
      claim({ meeting, entry, terms: withoutLimit(sharing) }) as Promise<ClaimOutcome>,
    claimWithin: (meeting, entry, terms) => claim({ meeting, entry, terms }),
    move: (change, terms) => moveMeeting(pool, change, terms),
    find: (meetingId) => find.first(pool, { meetingId }),
    findForBot: ({ botId, meetingId }) => findForBot.first(pool, { botId, meetingId }),
    findForUser: (userId, id) => findSeen(pool, userId, id),
    subscribers: (meetingId) => subscribers.all(pool, { meetingId }),
    uninvited: (meetingId) => uninvited.all(pool, { meetingId }),
    bookedFor: (userId, eventIds) => bookedFor(pool, userId, eventIds),
    list: (userId, filter, after, limit) => listSeen(pool, { userId, filter, after, limit }),
    timeline: (meetingId, afterSeq, limit) => readEntries(pool, { kind: 'bot', id: meetingId }, afterSeq, limit),
    saveChange: (change) => write({ change, processed: null }),
    claimDue: (now, next, limit) => claimDue.all(pool, { now, ...next, limit }),
    listEndedShared: async (userId, limit) => (await listEndedShared.all(pool, { userId, limit })).map(({ id }) => id),
    listUndeleted: async (userId, limit) => (await listUndeleted.all(pool, { userId, limit })).map(({ id }) => id),
    removeChat: async (meetingId) => (await removeChat.first(pool, { meetingId }))?.count ?? 0,
    removeEnded: (userId, limit) => removeEnded.count(pool, { userId, limit }),
    listActive: (now, afterId, limit) => listActive.all(pool, { now, afterId, limit }),
    listKeys: (after, limit) => listKeys.all(pool, { joinKey: after?.joinKey ?? null, id: after?.id ?? null, limit }),
  }
}

type Of = { meetingId: string }

const find = statement(
  'meeting-find',
  (p: Named<Of>) => `SELECT ${meetingColumns} FROM meetings WHERE id = ${p.meetingId}`,
  { returns: aMeeting },
)

const findForBot = statement(
  'meeting-find-for-bot',
  (p: Named<{ botId: string; meetingId: string | null }>) => `SELECT ${meetingColumns} FROM meetings
    WHERE id = ${p.meetingId}::uuid OR meeting_baas_id = ${p.botId}
    ORDER BY id = ${p.meetingId}::uuid DESC LIMIT 1`,
  { returns: aMeeting },
)

const subscribers = statement(
  'meeting-subscribers',
  (p: Named<Of>) => `SELECT ${selectSubscriber('meetings', 's')}
    FROM meeting_subscribers s JOIN meetings ON meetings.id = s.meeting_id WHERE s.meeting_id = ${p.meetingId}
    ORDER BY s.shared_since, s.user_id`,
  { returns: returns<Subscriber>(subscriberTypes) },
)

type Guest = Awaited<ReturnType<MeetingStore['uninvited']>>[number]

const uninvited = statement(
  'meeting-uninvited',
  (p: Named<Of>) =>
    `SELECT guests.* FROM meetings CROSS JOIN LATERAL (${uninvitedTo('meetings')}) AS guests WHERE id = ${p.meetingId}`,
  { returns: returns<Guest>({ userId: 'uuid', meetingUrl: 'text' }) },
)

/** Whether somebody waits for the bot: it should leave, or be created or moved before it joins soon. */
const isAwaited = (soonBefore: string) => `leave_requested_at IS NOT NULL AND leave_sent_at IS NULL
  OR (meeting_baas_id IS NULL OR change_owed) AND coalesce(join_at, created_at) <= ${soonBefore}`

/** Postpones all due times that have come; later ones stay. A due time without a debt is postponed, too. */
const claimDue = statement(
  'meetings-claim-due',
  (p: Named<NextLook & { now: Date; limit: number }>) => {
    const soonOrLater = `CASE WHEN ${isAwaited(p.soonBefore)} THEN ${p.soon}::timestamptz ELSE ${p.later}::timestamptz END`
    const putOff = (column: string, until: string) => `CASE WHEN ${column} <= ${p.now} THEN ${until} ELSE ${column} END`
    const writeDueAt = putOff('write_due_at', soonOrLater)
    const lookDueAt = putOff('look_due_at', `${p.later}::timestamptz`)
    const isUncollected = `NOT collected AND final_state IN ('completed', 'failed')`
    const collectDueAt = `CASE WHEN ${isUncollected} THEN
      ${putOff('coalesce(collect_due_at, created_at)', `${p.later}::timestamptz`)} ELSE collect_due_at END`
    const owedCollectAt = `CASE WHEN ${isUncollected} THEN ${collectDueAt} END`
    const deleteDueAt = putOff('delete_due_at', `${p.later}::timestamptz`)
    const dueAt = `least(${soonOrLater}, ${writeDueAt}, ${lookDueAt}, ${owedCollectAt}, ${deleteDueAt})`
    return claimDueSql({
      table: 'meetings',
      now: p.now,
      limit: p.limit,
      set: `write_due_at = ${writeDueAt}, look_due_at = ${lookDueAt},
        collect_due_at = ${collectDueAt}, delete_due_at = ${deleteDueAt}, due_at = ${dueAt}, version = version + 1`,
      returning: meetingColumns,
    })
  },
  { returns: aMeeting },
)

type Some = { userId: string; limit: number }
const isShared = 'EXISTS (SELECT FROM meeting_subscribers s WHERE s.meeting_id = meetings.id)'

/** Files, and what the vendor has, are deleted before the rows that know of them. */
const hasData = `(final_state <> 'cancelled' AND NOT everything_deleted OR delete_due_at IS NOT NULL)`

const listEndedShared = statement(
  'meetings-ended-shared',
  (p: Named<Some>) => `SELECT id FROM meetings
    WHERE user_id = ${p.userId} AND final_at IS NOT NULL AND ${isShared} LIMIT ${p.limit}`,
  { returns: anId, isPrepared: false },
)

const listUndeleted = statement(
  'meetings-undeleted',
  (p: Named<Some>) => `SELECT id FROM meetings
    WHERE user_id = ${p.userId} AND final_at IS NOT NULL AND final_state <> 'cancelled' AND NOT everything_deleted
      AND NOT ${isShared} ORDER BY id LIMIT ${p.limit}`,
  { returns: anId, isPrepared: false },
)

/**
 * What was written is gone; that somebody wrote, and when, stays. So are the snapshots in the entries, because they name
 * people. Counts also what was removed before.
 */
const removeChat = statement(
  'meeting-remove-chat',
  (p: Named<Of>) => `
    WITH removed AS (
      UPDATE log SET snapshot = NULL, data = CASE WHEN type = 'chat_message' THEN '{"removed": true}' ELSE data END
      WHERE subject_kind = 'bot' AND subject_id = ${p.meetingId}
        AND (snapshot IS NOT NULL OR (type = 'chat_message' AND NOT data ? 'removed')))
    SELECT count(*)::int FROM log
    WHERE subject_kind = 'bot' AND subject_id = ${p.meetingId} AND type = 'chat_message'`,
  { returns: returns<{ count: number }>({ count: 'int' }), isPrepared: false },
)

/** A removal does not wait for another look at how the run ended, and files that are not copied yet need no copy. */
const owesVendorNothing = 'write_due_at IS NULL AND (look_due_at IS NULL OR (end_inferred AND create_attempts <= 1))'

/**
 * Nobody begins to share an ended meeting. A meeting that is being written, or was written since this statement began,
 * is left to the next call.
 */
const removeEnded = statement(
  'meetings-remove-ended',
  (p: Named<Some>) => `WITH seen AS MATERIALIZED (
      SELECT id, version FROM meetings
      WHERE user_id = ${p.userId} AND final_at IS NOT NULL AND ${owesVendorNothing} AND NOT ${isShared} AND NOT ${hasData}
      ORDER BY id LIMIT ${p.limit}),
    ended AS (
      SELECT id FROM meetings WHERE (id, version) IN (SELECT id, version FROM seen) FOR UPDATE SKIP LOCKED),
    forgotten AS (${removeEntries('bot', 'ended')})
    DELETE FROM meetings USING ended WHERE meetings.id = ended.id`,
  { isPrepared: false },
)

const listActive = statement(
  'meetings-active',
  (p: Named<{ now: Date; afterId: string | null; limit: number }>) => `
    SELECT id AS "meetingId", meeting_baas_id AS "meetingBaasId", vendor_status AS "vendorStatus",
      updated_at AS "updatedAt"
    FROM meetings
    WHERE final_at IS NULL AND meeting_baas_id IS NOT NULL AND coalesce(join_at, created_at) <= ${p.now}
      AND id > coalesce(${p.afterId}, ${firstId})
    ORDER BY id LIMIT ${p.limit}`,
  {
    returns: returns<ActiveBot>({
      meetingId: 'uuid',
      meetingBaasId: 'text',
      vendorStatus: 'text',
      updatedAt: 'timestamptz',
    }),
    isPrepared: false,
  },
)

const listKeys = statement(
  'meetings-keys',
  (p: Named<{ joinKey: string | null; id: string | null; limit: number }>) => `
    SELECT id, meeting_url AS "joinUrl", join_key AS "joinKey" FROM meetings
    WHERE final_at IS NULL AND (join_key, id) > (coalesce(${p.joinKey}, ''), coalesce(${p.id}, ${firstId}))
    ORDER BY join_key, id LIMIT ${p.limit}`,
  { returns: returns<StoredKey>({ id: 'uuid', joinUrl: 'text', joinKey: 'text' }), isPrepared: false },
)
