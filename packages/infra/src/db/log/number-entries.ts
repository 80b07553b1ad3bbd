import type { FeedBounds } from '@seer/core/log/feed/event-feed'
import type pg from 'pg'
import { inLockedTransaction } from '../locked-transaction.ts'
import { type Named, type Queries, returns, statement } from '../statement.ts'

/** How many entries one transaction numbers at most. */
const batchSize = 5_000

/**
 * Gives positions to committed entries, in batches. Transactions do not commit in the order in which they took their ids,
 * so a position cannot be given by the transaction that appends: a reader who has seen 8 would miss 7, which commits later.
 * Here only committed entries are seen, and only one transaction at a time numbers them (docs/adr/0017-positions.md).
 */
export async function numberEntries(pool: pg.Pool): Promise<FeedBounds> {
  if (!(await hasUnnumbered(pool))) return await readBounds(pool)
  for (;;) {
    const numbered = await numberBatch(pool)
    if (numbered < batchSize) return await readBounds(pool)
  }
}

async function numberBatch(pool: pg.Pool): Promise<number> {
  return await inLockedTransaction(pool, 'log-numbering', async (client) => {
    // PostgreSQL guesses that each entry has a hundred readers, and would compile the statement: that took 0.3 to 1.3 s, for
    // ten entries.
    await client.query('SET LOCAL jit = off')
    return (await numberNext.only(client, { limit: batchSize })).numbered
  })
}

const outboxHasRows = statement('log-has-unnumbered', () => 'SELECT FROM log_unnumbered LIMIT 1')

async function hasUnnumbered(pool: pg.Pool): Promise<boolean> {
  return (await outboxHasRows.count(pool, {})) > 0
}

const bounds = statement(
  'log-bounds',
  () => 'SELECT removed::float8 AS removed, newest::float8 AS newest FROM log_counter',
  { returns: returns<FeedBounds>({ removed: 'float8', newest: 'float8' }) },
)

export async function readBounds(db: Queries): Promise<FeedBounds> {
  return await bounds.only(db, {})
}

/** Ids rise within a subject, because each change of a subject waits for the one before it. */
const numberNext = statement(
  'log-number',
  (p: Named<{ limit: number }>) => `
  WITH taken AS (
    DELETE FROM log_unnumbered WHERE id IN (SELECT id FROM log_unnumbered ORDER BY id LIMIT ${p.limit})
    RETURNING id, subject_kind, subject_id, seq, type, owner_id, readers),
  counted AS (
    UPDATE log_counter SET newest = newest + (SELECT count(*) FROM taken) RETURNING newest),
  numbered AS MATERIALIZED (
    SELECT taken.*, newest - count(*) OVER () + row_number() OVER (ORDER BY id) AS position,
      CASE WHEN readers IS NULL THEN 0 ELSE greatest(0,
        (SELECT count(*) FROM jsonb_array_elements(readers) AS r WHERE r->>'role' <> 'left') - 1) END::int AS others
    FROM taken, counted),
  positions AS (
    INSERT INTO log_positions (position, subject_kind, subject_id, seq, type, readers, others)
    SELECT position, subject_kind, subject_id, seq, type,
      CASE WHEN readers IS NULL THEN array_remove(ARRAY[owner_id], NULL)
        ELSE ARRAY(SELECT (r->>'userId')::uuid FROM jsonb_array_elements(readers) AS r) END, others
    FROM numbered),
  readers AS (
    INSERT INTO log_readers (reader_id, position, subject_kind, subject_id, seq, type, others, share)
    SELECT owner_id, position, subject_kind, subject_id, seq, type, others, NULL
    FROM numbered WHERE readers IS NULL AND owner_id IS NOT NULL
    UNION ALL
    SELECT (r->>'userId')::uuid, position, subject_kind, subject_id, seq, type, others, CASE WHEN r ? 'joinUrl' THEN r END
    FROM numbered CROSS JOIN LATERAL jsonb_array_elements(readers) AS r)
  SELECT count(*)::int AS numbered FROM taken`,
  { returns: returns<{ numbered: number }>({ numbered: 'int' }) },
)
