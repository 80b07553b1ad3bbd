import type { DeletionSummary, Retention, RetentionStore } from '@seer/core/erasure/retention'
import type { DeletionScope } from '@seer/core/meetings/deletion/data-deletion'
import type pg from 'pg'
import { type Named, returns, statement } from '../statement.ts'

/** How long data are kept, in Postgres. */
export function openRetentionStore(pool: pg.Pool): RetentionStore {
  return {
    listOver: (scope, days, now, limit) => over[scope].all(pool, { days, now, limit }),
    summariseDeletions: () => summarise.only(pool, {}),
    ofUser: (name) => ofUser.first(pool, { name }),
    setForUser: async (name, retention) => (await setForUser.count(pool, { name, ...retention })) > 0,
  }
}

type Over = { days: number | null; now: Date; limit: number }

/** Each user with a time has one short look into an index of the bots of which something is kept. */
function listOver(scope: DeletionScope, { days: own, isDeleted }: { days: string; isDeleted: string }) {
  return statement(
    `retention-over-${scope}`,
    (p: Named<Over>) => {
      const days = `least(users.${own}, ${p.days}::int)`
      return `SELECT found.id AS "meetingId", users.id AS "userId" FROM users
        CROSS JOIN LATERAL (
          SELECT id FROM meetings
          WHERE user_id = users.id AND final_state <> 'cancelled' AND NOT ${isDeleted} AND hold IS NULL
            AND final_at < ${p.now}::timestamptz - make_interval(days => ${days})
          ORDER BY final_at LIMIT ${p.limit}) AS found
        WHERE ${days} IS NOT NULL AND users.deleted_at IS NULL LIMIT ${p.limit}`
    },
    {
      returns: returns<{ meetingId: string; userId: string }>({ meetingId: 'uuid', userId: 'uuid' }),
      isPrepared: false,
    },
  )
}

const over = {
  everything: listOver('everything', { days: 'retention_days', isDeleted: 'everything_deleted' }),
  media: listOver('media', { days: 'media_retention_days', isDeleted: 'media_deleted' }),
  transcripts: listOver('transcripts', { days: 'transcript_retention_days', isDeleted: 'transcripts_deleted' }),
}

/** A deletion that is owed makes its meeting due, and there is an index of those. */
const summarise = statement(
  'deletions-summarise',
  () => `SELECT count(*)::int AS open, min((data_deletion->>'requestedAt')::timestamptz) AS oldest FROM meetings
    WHERE due_at IS NOT NULL AND delete_due_at IS NOT NULL`,
  { returns: returns<DeletionSummary>({ open: 'int', oldest: 'timestamptz' }), isPrepared: false },
)

const ofUser = statement(
  'retention-of-user',
  (p: Named<{ name: string }>) => `SELECT retention_days AS everything, media_retention_days AS media,
    transcript_retention_days AS transcripts FROM users WHERE name = ${p.name}`,
  { returns: returns<Retention>({ everything: 'int', media: 'int', transcripts: 'int' }), isPrepared: false },
)

const setForUser = statement(
  'retention-set-for-user',
  (p: Named<Retention & { name: string }>) => `UPDATE users SET retention_days = ${p.everything}::int,
    media_retention_days = ${p.media}::int, transcript_retention_days = ${p.transcripts}::int WHERE name = ${p.name}`,
  { isPrepared: false },
)
