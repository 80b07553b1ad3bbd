import type { User, UserStore } from '@seer/core/people/user-store'
import type pg from 'pg'
import { type Named, returns, statement } from '../statement.ts'

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
  WITH marked AS (UPDATE users SET deleted_at = coalesce(deleted_at, ${p.at}) WHERE name = ${p.name} RETURNING id),
  revoked AS (
    UPDATE api_keys SET revoked_at = ${p.at} FROM marked WHERE user_id = marked.id AND revoked_at IS NULL),
  rules AS (DELETE FROM recording_rules USING marked WHERE user_id = marked.id),
  overrides AS (DELETE FROM recording_overrides USING marked WHERE user_id = marked.id),
  consents AS (DELETE FROM oauth_flows USING marked WHERE user_id = marked.id)
  SELECT id FROM marked`,
  { returns: anId, isPrepared: false },
)

const removeMarked = statement(
  'user-remove',
  (p: Named<{ userId: string }>) => `
  WITH gone AS (DELETE FROM users WHERE id = ${p.userId} AND deleted_at IS NOT NULL RETURNING id),
  unread AS (DELETE FROM log_readers USING gone WHERE reader_id = gone.id)
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
