import type { BotOutcomes, CountedBots, OutcomeCount } from '@seer/core/meetings/stats/bot-stats'
import type pg from 'pg'
import { type Bind, composed, returns } from '../statement.ts'
import { isHiddenFrom } from './meeting-row.ts'

/** Counts bots in Postgres. */
export function openBotOutcomes(pool: pg.Pool): BotOutcomes {
  return { count: (bots) => countOutcomes.all(pool, bots) }
}

const facts = `processing_status, final_at, platform, error_code, coalesce(join_at, meetings.created_at) AS joins_at`

/** A bot is ordered at most 90 days before it joins, so the index of lists finds the bots of a time. */
function countedBots({ userId, since, until, lateAccess }: CountedBots, bind: Bind): string {
  const [from, to] = [bind(since), bind(until)]
  const ordered = (createdAt: string) =>
    `${createdAt} >= ${from}::timestamptz - interval '91 days' AND ${createdAt} < ${to}`
  if (userId === null) return `SELECT ${facts}, delivery_grade FROM meetings WHERE ${ordered('meetings.created_at')}`
  const user = bind(userId)
  const grade = (row: string) =>
    lateAccess === 'recording'
      ? 'delivery_grade'
      : `CASE WHEN NOT ${isHiddenFrom(row)} THEN delivery_grade END AS delivery_grade`
  return `SELECT ${facts}, ${grade('meetings')} FROM meetings
      WHERE meetings.user_id = ${user} AND ${ordered('meetings.created_at')}
    UNION ALL
    SELECT ${facts}, ${grade('shares')} FROM meeting_subscribers shares JOIN meetings ON meetings.id = shares.meeting_id
      WHERE shares.user_id = ${user} AND ${ordered('shares.meeting_created_at')}`
}

const someTime = new Date(0)

const countOutcomes = composed(
  'bot-outcomes',
  (bots: CountedBots, bind) => `
    SELECT to_char(joins_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, platform,
      CASE WHEN final_at IS NULL THEN 'open' ELSE processing_status END AS outcome, error_code AS "errorCode",
      CASE WHEN final_at IS NOT NULL THEN delivery_grade END AS grade, count(*)::int AS count
    FROM (${countedBots(bots, bind)}) AS counted
    WHERE joins_at >= ${bind(bots.since)} AND joins_at < ${bind(bots.until)}
    GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5`,
  {
    returns: returns<OutcomeCount>({
      day: 'text',
      platform: 'text',
      outcome: 'text',
      errorCode: 'text',
      grade: 'text',
      count: 'int',
    }),
    examples: [
      { userId: null, since: someTime, until: someTime, lateAccess: 'recording' },
      {
        userId: '00000000-0000-0000-0000-000000000000',
        since: someTime,
        until: someTime,
        lateAccess: 'status',
      },
    ],
  },
)
