import { neverStartedCodes, notStarted } from '@seer/core/meetings/launch'
import type { CapacityStore, DayCounts, JoinTimes } from '@seer/core/planning/day-limit/capacity-store'
import type pg from 'pg'

const list = (texts: readonly string[]) => texts.map((text) => `'${text}'`).join(', ')

/** `countsForDay` in SQL. The first line is also that of the indexes, so it must not be spelled in another way. */
const counts = `processing_status <> 'cancelled'
  AND (processing_status <> 'failed'
    OR (meeting_baas_id IS NOT NULL AND coalesce(error_code, '') NOT IN (${list(neverStartedCodes)})))
  AND (leave_requested_at IS NULL OR processing_status NOT IN (${list(notStarted)}))`

/** Bots that count and join from $1 to $2. Those for later and those that were sent at once are in two indexes. */
const joining = (condition = 'true') => `
  SELECT join_at AS joins_at FROM meetings
    WHERE join_at IS NOT NULL AND join_at BETWEEN $1 AND $2 AND ${counts} AND ${condition}
  UNION ALL
  SELECT created_at FROM meetings
    WHERE join_at IS NULL AND created_at BETWEEN $1 AND $2 AND ${counts} AND ${condition}`

/** Many bots join at the same moment, on the hour: each moment comes once. */
const joinTimesText = `
  SELECT extract(epoch FROM joins_at)::float8 * 1000 AS "joinsAt", count(*)::int AS bots
  FROM (${joining(`(user_id IS DISTINCT FROM $3::uuid OR calendar_event_id IS NULL
      OR processing_status NOT IN (${list(notStarted)}))`)}) AS joining
  GROUP BY joins_at`

/** How full the days are, in Postgres. */
export function openCapacityStore(pool: pg.Pool): CapacityStore {
  return {
    joinTimes: (wanted) => readJoinTimes(pool, wanted),
    count: (now) => count(pool, now),
  }
}

/** When bots join that count; within a transaction where a client is given. */
export async function readJoinTimes(
  client: Pick<pg.PoolClient, 'query'>,
  { from, until, withoutBookingsOf }: JoinTimes,
): Promise<Date[]> {
  const values = [from, until, withoutBookingsOf]
  const { rows } = await client.query<{ joinsAt: number; bots: number }>({
    name: 'capacity-join-times',
    text: joinTimesText,
    values,
  })
  return rows.flatMap(({ joinsAt, bots }) => Array<Date>(bots).fill(new Date(joinsAt)))
}

const dayMs = 24 * 3_600_000

async function count(pool: pg.Pool, now: Date): Promise<DayCounts> {
  const { rows } = await pool.query<DayCounts>({
    name: 'capacity-count',
    text: `SELECT (SELECT count(*)::int FROM calendar_events WHERE over_capacity AND end_time > $3) AS waiting,
        count(*) FILTER (WHERE joins_at <= $3 AND joins_at > $1)::int AS "last24Hours",
        count(*) FILTER (WHERE joins_at > $3)::int AS "next24Hours"
      FROM (${joining()}) AS joining`,
    values: [new Date(+now - dayMs), new Date(+now + dayMs), now],
  })
  return rows[0] as DayCounts
}
