import { setTimeout as delay } from 'node:timers/promises'
import type { Database } from '@seer/infra/db/open-db'
import type { BenchEnvironment } from './environment.ts'
import type { BenchSandbox } from './sandbox.ts'

export type LineBench = {
  environment: BenchEnvironment
  sandbox: BenchSandbox
  db: Database
  api: <T>(method: string, path: string, body?: string) => Promise<T>
}

const atMostMs = 900_000

/** Asks again and again until the condition is true for the row. */
export async function untilRow(db: Database, table: string, id: string, condition: string): Promise<void> {
  const deadline = performance.now() + atMostMs
  while (performance.now() < deadline) {
    const { rows } = await db.pool.query(`SELECT FROM ${table} WHERE id = $1 AND ${condition}`, [id])
    if (rows.length > 0) return
    await delay(20)
  }
  throw new Error(`${condition} was not true within ${atMostMs / 1_000} s.`)
}
