import type { UserStore } from '@seer/core/people/user-store'
import type pg from 'pg'

/** Users in Postgres. Plain SQL: to be marked, and to be removed only if nothing stands in the way, is one statement. */
export function openUserStore(pool: pg.Pool): UserStore {
  return {
    list: async () => {
      const { rows } = await pool.query(
        'SELECT id, name, created_at AS "createdAt", deleted_at AS "deletedAt" FROM users ORDER BY name',
      )
      return rows
    },
    markDeleted: async (name, at) => {
      const { rows } = await pool.query<{ id: string }>(markText, [name, at])
      return rows[0]?.id ?? null
    },
    listDeleted: async (limit) => {
      const { rows } = await pool.query<{ id: string }>({
        name: 'user-list-deleted',
        text: 'SELECT id FROM users WHERE deleted_at IS NOT NULL ORDER BY deleted_at LIMIT $1',
        values: [limit],
      })
      return rows.map(({ id }) => id)
    },
    remove: (userId) => remove(pool, userId),
  }
}

const markText = `
  WITH marked AS (UPDATE users SET deleted_at = coalesce(deleted_at, $2) WHERE name = $1 RETURNING id),
  revoked AS (
    UPDATE api_keys SET revoked_at = $2 FROM marked WHERE user_id = marked.id AND revoked_at IS NULL),
  rules AS (DELETE FROM recording_rules USING marked WHERE user_id = marked.id),
  overrides AS (DELETE FROM recording_overrides USING marked WHERE user_id = marked.id),
  consents AS (DELETE FROM oauth_flows USING marked WHERE user_id = marked.id)
  SELECT id FROM marked`

const removeText = `
  WITH gone AS (DELETE FROM users WHERE id = $1 AND deleted_at IS NOT NULL RETURNING id)
  SELECT FROM users WHERE id = $1 AND id NOT IN (SELECT id FROM gone)`

/** That nothing stands in the way is for the foreign keys to say: they see also what is only being inserted. */
async function remove(pool: pg.Pool, userId: string): Promise<boolean> {
  try {
    const { rows } = await pool.query(removeText, [userId])
    return rows.length === 0
  } catch (error) {
    if ((error as { code?: string }).code === '23503') return false
    throw error
  }
}
