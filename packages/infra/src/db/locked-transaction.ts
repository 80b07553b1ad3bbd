import { createHash } from 'node:crypto'
import type pg from 'pg'

/** Does work in a transaction. While it lasts, no other transaction has the lock of this name. */
export async function inLockedTransaction<Result>(
  pool: pg.Pool,
  lock: string,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    const key = createHash('sha256').update(lock).digest().readBigInt64BE(0)
    // A number that we compute may be in the text, which saves a round trip.
    await client.query(`BEGIN; SELECT pg_advisory_xact_lock(${key})`)
    const result = await work(client)
    await client.query('COMMIT')
    return result
  } catch (error) {
    // The connection is closed, and so the transaction ends.
    broken = error as Error
    throw error
  } finally {
    client.release(broken)
  }
}
