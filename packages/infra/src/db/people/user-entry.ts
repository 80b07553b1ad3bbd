import type { EntryType } from '@seer/core/log/entry-types'

/** An entry in the log of a user, for `appendRows`. All parts are SQL, apart from the type. */
type UserEntry = {
  type: EntryType<'user'>
  at: string
  /** The name of rows with the columns of `users`; `last_seq` is the number of the entry. */
  of: string
  seq?: string
  /** An expression of jsonb. */
  data?: string
}

/** Whoever makes and revokes keys does so with the CLI or at the start. */
export function userEntry({ type, at, of, seq = 'last_seq', data = `'{}'::jsonb` }: UserEntry): string {
  return `SELECT id, ${seq} AS seq, '${type}' AS type, ${at}::timestamptz AS occurred_at, 'api' AS cause,
      NULL::uuid AS webhook_event_id, ${data} AS data,
      json_build_object('id', id, 'name', name, 'createdAt', ${iso('created_at')}, 'deletedAt', ${iso('deleted_at')})
        AS snapshot,
      id AS owner_id, NULL::jsonb AS readers
    FROM ${of}`
}

/** A time as the API writes it. */
export const iso = (time: string): string => `to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
