import { neverStartedCodes, notStarted } from '@seer/core/meetings/launch'
import type { CapacityStore, DayCounts, JoinTimes } from '@seer/core/planning/day-limit/capacity-store'
import type pg from 'pg'
import { type Named, type Queries, returns, statement } from '../statement.ts'

const list = (texts: readonly string[]) => texts.map((text) => `'${text}'`).join(', ')

/** `countsForDay` in SQL. The indexes have the same first line, so it must be spelled exactly like this. */
const counts = `final_state IS DISTINCT FROM 'cancelled'
  AND (processing_status <> 'failed'
    OR (meeting_baas_id IS NOT NULL AND coalesce(error_code, '') NOT IN (${list(neverStartedCodes)})))
  AND (leave_requested_at IS NULL OR processing_status NOT IN (${list(notStarted)}))`

type Span = { from: string; until: string }

/** The counted bots that join within a span. Later bots and bots that were sent at once are in two indexes. */
const joining = ({ from, until }: Span, condition = 'true') => `
  SELECT join_at AS joins_at FROM meetings
    WHERE join_at IS NOT NULL AND join_at BETWEEN ${from} AND ${until} AND ${counts} AND ${condition}
  UNION ALL
  SELECT created_at FROM meetings
    WHERE join_at IS NULL AND created_at BETWEEN ${from} AND ${until} AND ${counts} AND ${condition}`

/** Many bots join at the same moment, on the hour, so each moment is returned once with a number. */
const joinTimes = statement(
  'capacity-join-times',
  (p: Named<JoinTimes>) => `
  SELECT extract(epoch FROM joins_at)::float8 * 1000 AS "joinsAt", count(*)::int AS bots
  FROM (${joining(
    p,
    `(user_id IS DISTINCT FROM ${p.withoutBookingsOf}::uuid OR calendar_event_id IS NULL
      OR processing_status NOT IN (${list(notStarted)}))`,
  )}) AS joining
  GROUP BY joins_at`,
  { returns: returns<{ joinsAt: number; bots: number }>({ joinsAt: 'float8', bots: 'int' }) },
)

/** Counts the bots of a day in Postgres. */
export function openCapacityStore(pool: pg.Pool): CapacityStore {
  return {
    joinTimes: (wanted) => readJoinTimes(pool, wanted),
    count: (now) => count(pool, now),
  }
}

/** The join times of counted bots. In a transaction if a client is given. */
export async function readJoinTimes(db: Queries, wanted: JoinTimes): Promise<Date[]> {
  const rows = await joinTimes.all(db, wanted)
  return rows.flatMap(({ joinsAt, bots }) => Array<Date>(bots).fill(new Date(joinsAt)))
}

const dayMs = 24 * 3_600_000

const countDays = statement(
  'capacity-count',
  (p: Named<{ from: Date; until: Date; now: Date }>) => `
    SELECT (SELECT count(*)::int FROM calendar_events WHERE over_capacity AND end_time > ${p.now}) AS waiting,
      count(*) FILTER (WHERE joins_at <= ${p.now} AND joins_at > ${p.from})::int AS "last24Hours",
      count(*) FILTER (WHERE joins_at > ${p.now})::int AS "next24Hours"
    FROM (${joining(p)}) AS joining`,
  { returns: returns<DayCounts>({ waiting: 'int', last24Hours: 'int', next24Hours: 'int' }) },
)

async function count(pool: pg.Pool, now: Date): Promise<DayCounts> {
  return await countDays.only(pool, { from: new Date(+now - dayMs), until: new Date(+now + dayMs), now })
}
