import type { User, UserStore } from '@seer/core/people/user-store'
import type pg from 'pg'
import { appendRows, removeEntries } from '../log/entries.ts'
import { type Named, returns, statement } from '../statement.ts'
import { userEntry } from './user-entry.ts'

/**
 * Users in Postgres. Plain SQL, because marking a user, and removing one that nothing refers to, must be one statement.
 */
export function openUserStore(pool: pg.Pool): UserStore {
  return {
    list: () => list.all(pool, {}),
    markDeleted: async (name, at) => (await mark.first(pool, { name, at }))?.id ?? null,
    listDeleted: async (limit) => (await listDeleted.all(pool, { limit })).map(({ id }) => id),
    remove: (userId) => remove(pool, userId),
  }
}

const anId = returns<{ id: string }>({ id: 'uuid' })

const list = statement(
  'user-list',
  () => 'SELECT id, name, created_at AS "createdAt", deleted_at AS "deletedAt" FROM users ORDER BY name',
  {
    returns: returns<User>({ id: 'uuid', name: 'text', createdAt: 'timestamptz', deletedAt: 'timestamptz' }),
    isPrepared: false,
  },
)

const listDeleted = statement(
  'user-list-deleted',
  (p: Named<{ limit: number }>) =>
    `SELECT id FROM users WHERE deleted_at IS NOT NULL ORDER BY deleted_at LIMIT ${p.limit}`,
  { returns: anId },
)

const mark = statement(
  'user-mark-deleted',
  (p: Named<{ name: string; at: Date }>) => `
  WITH found AS (SELECT id, deleted_at IS NULL AS is_new FROM users WHERE name = ${p.name} FOR UPDATE),
  marked AS (
    UPDATE users SET deleted_at = coalesce(deleted_at, ${p.at}), last_seq = last_seq + is_new::int
    FROM found WHERE users.id = found.id RETURNING users.*, is_new),
  revoked AS (
    UPDATE api_keys SET revoked_at = ${p.at} FROM marked WHERE user_id = marked.id AND revoked_at IS NULL),
  rules AS (DELETE FROM recording_rules USING marked WHERE user_id = marked.id),
  overrides AS (DELETE FROM recording_overrides USING marked WHERE user_id = marked.id),
  consents AS (DELETE FROM oauth_flows USING marked WHERE user_id = marked.id),
  endpoints AS (DELETE FROM webhook_endpoints USING marked WHERE user_id = marked.id),
  told AS (${userEntry({ type: 'user.deletion_requested', at: p.at, of: 'marked' })} WHERE is_new),
  ${appendRows('user', 'told')}
  SELECT id FROM marked`,
  { returns: anId, isPrepared: false },
)

/**
 * Calendar events and endpoints have one reader, so nobody else misses theirs. What is left in the log is that a user was deleted, which
 * only operators see.
 */
const removeMarked = statement(
  'user-remove',
  (p: Named<{ userId: string }>) => `
  WITH gone AS (DELETE FROM users WHERE id = ${p.userId} AND deleted_at IS NOT NULL RETURNING id, last_seq),
  unread AS (
    DELETE FROM log_readers USING gone WHERE reader_id = gone.id
    RETURNING log_readers.subject_kind, log_readers.subject_id AS id),
  events AS (SELECT id FROM unread WHERE subject_kind = 'event'),
  forgotten_events AS (${removeEntries('event', 'events')}),
  endpoints AS (SELECT DISTINCT id FROM unread WHERE subject_kind = 'endpoint'),
  forgotten_endpoints AS (${removeEntries('endpoint', 'endpoints')}),
  forgotten AS (${removeEntries('user', 'gone')}),
  told AS (
    SELECT id, last_seq + 1 AS seq, 'user.deleted' AS type, now() AS occurred_at, 'worker' AS cause,
      NULL::uuid AS webhook_event_id, '{}'::jsonb AS data, NULL::json AS snapshot, NULL::uuid AS owner_id, NULL::jsonb AS readers
    FROM gone),
  ${appendRows('user', 'told')}
  SELECT FROM users WHERE id = ${p.userId} AND id NOT IN (SELECT id FROM gone)`,
  { isPrepared: false },
)

/** The foreign keys decide whether anything is in the way, because they also see rows that are just being inserted. */
async function remove(pool: pg.Pool, userId: string): Promise<boolean> {
  try {
    return (await removeMarked.count(pool, { userId })) === 0
  } catch (error) {
    if ((error as { code?: string }).code === '23503') return false
    throw error
  }
}
