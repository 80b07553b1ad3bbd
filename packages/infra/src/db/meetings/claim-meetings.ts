import { createHash } from 'node:crypto'
import type { Meeting } from '@seer/core/meetings/meeting'
import { type ClaimOutcome, sameMeetingWindowMs } from '@seer/core/meetings/meeting-store'
import { mayEnter, mayShare } from '@seer/core/meetings/sharing/sharing'
import { tellBot } from '@seer/core/meetings/views/tell-bot'
import type pg from 'pg'
import { groupCommit } from '../../group-commit.ts'
import { accountsOf, ownerAccounts, sharerAccounts } from '../calendars/verified-accounts.ts'
import { isDatabaseUnavailable } from '../database-errors.ts'
import { appendEntries, entryValues } from '../log/entries.ts'
import { type Named, returns, statement } from '../statement.ts'
import type { Claim } from './claim.ts'
import { claimsWithoutRoom } from './claim-room.ts'
import { isInvited, uninvitedLinks } from './invitations.ts'
import { meetingIn, meetingTypes, selectMeeting } from './meeting-row.ts'
import { type InsertedRows, isOrder, orderRows, wholeRows } from './meeting-writes.ts'

export type LimitedOutcome = ClaimOutcome | { outcome: 'no_room' }

/**
 * Claims of meetings. A lock on the join key makes claims at the same time wait for each other, because they may be
 * about one bot. A unique index could not do this: two start times may be the same meeting without being equal. Claims
 * of different meetings at the same time share a transaction.
 */
export function openClaims(pool: pg.Pool): (claim: Claim) => Promise<LimitedOutcome> {
  return groupCommit({
    write: (claims: Claim[]) => claimAll(pool, claims),
    batchSize: 50,
    parallel: 2,
    isFatal: isDatabaseUnavailable,
    key: ({ meeting }) => meeting.joinKey,
  })
}

async function claimAll(pool: pg.Pool, claims: Claim[]): Promise<LimitedOutcome[]> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await beginWithLocks(
      client,
      claims.map(({ meeting }) => meeting.joinKey),
    )
    const existing = await findClaimed(client, claims)
    const added = claims.filter((_, i) => !existing.has(i))
    const noRoom = await claimsWithoutRoom(client, added)
    await insert(
      client,
      added.filter((claim) => !noRoom.has(claim)),
    )
    await client.query('COMMIT')
    return claims.map((claim, i) =>
      noRoom.has(claim) ? { outcome: 'no_room' } : outcomeOf(claim.meeting, existing.get(i)),
    )
  } catch (error) {
    if (!isTaken(error)) broken = error as Error
    else await client.query('ROLLBACK')
    if (isTaken(error) && claims.length === 1) return await claimAll(pool, claims)
    throw error
  } finally {
    client.release(broken)
  }
}

function outcomeOf(meeting: Meeting, existing: Meeting | undefined): ClaimOutcome {
  if (!existing) return { outcome: 'created', meeting: { ...meeting, lastSeq: 1 } }
  if (existing.userId === meeting.userId) return { outcome: 'existing', meeting: existing }
  return existing.id === meeting.id ? { outcome: 'id_taken' } : { outcome: 'others', meeting: existing }
}

/**
 * Whether the same id was claimed at the same moment for another join key or user. Looking again finds that meeting.
 */
function isTaken(error: unknown): boolean {
  return (error as { code?: string }).code === '23505'
}

/**
 * Begins a transaction. While it lasts, no other transaction claims or moves bots with these join keys. The locks are
 * numbers that we compute, so they can be in the text, which saves a round trip. They are sorted, so that two
 * transactions cannot wait for each other.
 */
export async function beginWithLocks(client: pg.PoolClient, joinKeys: readonly string[]): Promise<void> {
  const locks = [...new Set(joinKeys.map(lockKey))].sort((a, b) => (a < b ? -1 : 1))
  await client.query(`BEGIN; SELECT pg_advisory_xact_lock(key) FROM unnest('{${locks.join(',')}}'::bigint[]) AS key`)
}

function lockKey(joinKey: string): bigint {
  return createHash('sha256').update(joinKey).digest().readBigInt64BE(0)
}

/** Whether an active bot for the join key of a claim is about the same meeting: at about its time, or there now. */
const isSameMeeting = (windowMs: string) => `meetings.join_key = wanted.join_key
  AND final_at IS NULL AND leave_requested_at IS NULL AND exited_at IS NULL
  AND (abs(extract(epoch FROM coalesce(join_at, created_at) - wanted.starts_at)) * 1000 <= ${windowMs}
    OR (wanted.wants_now AND coalesce(join_at, created_at) <= wanted.now))`

type Door = { joinUrl: string; isInvited: boolean; uninvited: string[] | null }
type FoundRow = Meeting & Door & { place: number; isShared: boolean; owner: string[] | null; sharer: string[] | null }

type Wanted = {
  ids: string[]
  userIds: string[]
  joinKeys: string[]
  startsAt: Date[]
  wantNow: boolean[]
  now: Date[]
  mayShare: boolean[]
  windowMs: number
}

// Sorted in code. With ORDER BY and LIMIT, and little statistics, the planner might walk through all meetings of the
// user in that order.
const find = statement(
  'claim-find',
  (p: Named<Wanted>) => `
  SELECT wanted.place::int AS place, found.*
  FROM unnest(${p.ids}::uuid[], ${p.userIds}::uuid[], ${p.joinKeys}::text[], ${p.startsAt}::timestamptz[],
    ${p.wantNow}::boolean[], ${p.now}::timestamptz[], ${p.mayShare}::boolean[])
    WITH ORDINALITY AS wanted (id, user_id, join_key, starts_at, wants_now, now, may_share, place)
  CROSS JOIN LATERAL (
    SELECT ${selectMeeting('meetings')}, true AS "isShared", NULL::text[] AS owner, NULL::text[] AS sharer,
      true AS "isInvited", NULL::text[] AS uninvited
    FROM meetings WHERE meetings.id = wanted.id
    UNION ALL
    SELECT ${selectMeeting('meetings')}, true, NULL, NULL, true, NULL
    FROM meetings WHERE meetings.user_id = wanted.user_id AND ${isSameMeeting(p.windowMs)}
    UNION ALL
    SELECT ${selectMeeting('meetings')},
      EXISTS (SELECT FROM meeting_subscribers s WHERE s.meeting_id = meetings.id AND s.user_id = wanted.user_id),
      ${accountsOf('meetings.user_id', ownerAccounts)}, ${accountsOf('wanted.user_id', sharerAccounts)},
      ${isInvited('wanted.user_id', 'wanted.join_key', 'wanted.starts_at')}, ${uninvitedLinks('meetings')}
    FROM meetings WHERE meetings.user_id <> wanted.user_id AND ${isSameMeeting(p.windowMs)} AND (wanted.may_share
      OR EXISTS (SELECT FROM meeting_subscribers s WHERE s.meeting_id = meetings.id AND s.user_id = wanted.user_id))
  ) AS found`,
  {
    returns: returns<FoundRow>({
      ...meetingTypes,
      place: 'int',
      isShared: 'boolean',
      owner: 'text[]',
      sharer: 'text[]',
      isInvited: 'boolean',
      uninvited: 'text[]',
    }),
  },
)

/** For each claim, by its index, the meeting that is in its way. */
export async function findClaimed(
  client: pg.PoolClient,
  claims: Pick<Claim, 'meeting' | 'terms'>[],
  except: string | null = null,
): Promise<Map<number, Meeting>> {
  const meetings = claims.map(({ meeting }) => meeting)
  const startOf = (meeting: Meeting) => meeting.joinAt ?? meeting.createdAt
  const wantsNow = (meeting: Meeting) => startOf(meeting).getTime() <= meeting.createdAt.getTime() + sameMeetingWindowMs
  const rows = await find.all(client, {
    ids: meetings.map((meeting) => meeting.id),
    userIds: meetings.map((meeting) => meeting.userId),
    joinKeys: meetings.map((meeting) => meeting.joinKey),
    startsAt: meetings.map(startOf),
    wantNow: meetings.map(wantsNow),
    now: meetings.map((meeting) => meeting.createdAt),
    mayShare: claims.map(({ terms }) => terms.sharing !== 'nobody'),
    windowMs: sameMeetingWindowMs,
  })
  const found = new Map<number, Meeting>()
  for (const row of rows) {
    const { place, isShared, owner, sharer } = row
    const meeting = meetingIn(row)
    const claim = claims[place - 1] as Claim
    if (meeting.id === except) continue
    if (!isShared && !(mayShare(claim.terms.sharing, owner ?? [], sharer ?? []) && mayComeIn(claim, row))) continue
    found.set(place - 1, preferred(claim, meeting, found.get(place - 1)))
  }
  return found
}

/** Whether the claim may share the bot as far as the passcode goes. A claim for an event counts as invited. */
function mayComeIn(
  { meeting: { meetingUrl, calendarEventId } }: Pick<Claim, 'meeting'>,
  { joinUrl, isInvited, uninvited }: Door,
): boolean {
  const guest = { meetingUrl, isInvited: isInvited || calendarEventId !== null }
  return mayEnter(guest, { joinUrl, uninvited: uninvited ?? [] })
}

/** The meeting with the claim's own id, else one of the same user, else the oldest. */
function preferred({ meeting }: Claim, a: Meeting, b: Meeting | undefined): Meeting {
  if (!b) return a
  const rank = ({ id, userId }: Meeting) => (id === meeting.id ? 0 : userId === meeting.userId ? 1 : 2)
  return (rank(a) - rank(b) || +a.createdAt - +b.createdAt) < 0 ? a : b
}

const insertion = (name: string, inserted: InsertedRows) =>
  statement(name, (p: Named<Record<string, unknown>>) => {
    const { columns, source } = inserted.rows(p)
    return `WITH claimed AS (INSERT INTO meetings (${columns}) SELECT * FROM ${source} RETURNING id),
    ${appendEntries('bot', 'claimed', p)}
    SELECT FROM claimed`
  })
const insertOrders = insertion('claim-insert-orders', orderRows)
const insertWhole = insertion('claim-insert', wholeRows)

async function insert(client: pg.PoolClient, claims: Claim[]): Promise<void> {
  if (claims.length === 0) return
  const meetings = claims.map(({ meeting }) => ({ ...meeting, lastSeq: 1 }))
  const areOrders = claims.every(({ meeting }) => isOrder(meeting))
  const [{ values }, insertAll] = areOrders ? [orderRows, insertOrders] : [wholeRows, insertWhole]
  await insertAll.count(client, {
    ...values(meetings),
    ...entryValues(claims.map(claimed)),
  })
}

function claimed({ meeting, entry }: Claim) {
  const told = tellBot({ before: meeting, next: meeting }, meeting.createdAt)
  return { before: meeting, entries: [entry], cause: entry.cause, told }
}
