/** Finds or starts the servers of the integration tests, once per run, and removes every trace of the run afterwards. */

import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { databaseUrlOf } from '../packages/infra/src/db/database-url.ts'
import { migrate } from '../packages/infra/src/db/migrate/migrate.ts'
import type {} from '../packages/infra/testing/services.ts'
import { connectionsAtMost } from '../scripts/local/embedded-postgres.ts'
import { obtainPostgres, obtainRedis } from '../scripts/local/test-servers.ts'

export default async function startServices(project: TestProject): Promise<() => Promise<void>> {
  // PostgreSQL's default of 100 is too few: a run with three workers was seen to open 98.
  const postgres = await obtainPostgres({ connections: connectionsAtMost })
  const redis = await obtainRedis()
  console.log(`Test services: PostgreSQL (${postgres.origin}), Redis (${redis?.origin ?? 'none'})`)
  const stop = async () => {
    await redis?.stop()
    await postgres.stop()
  }
  try {
    if (!redis && process.env['TEST_REQUIRE_REDIS'] === '1')
      throw new Error('TEST_REQUIRE_REDIS=1, but there is no Redis.')
    const templateDatabase = await createTemplate(postgres.url)
    project.provide('services', { serverUrl: postgres.url, templateDatabase, redisUrl: redis?.url ?? null })
    return () => dropDatabases(postgres.url, (name) => name.startsWith(templateDatabase)).finally(stop)
  } catch (error) {
    await stop()
    throw error
  }
}

/** Databases of runs that were killed. No run takes this long, so none of them is in use. */
const abandonedAfterMs = 2 * 60 * 60 * 1000

async function createTemplate(serverUrl: string): Promise<string> {
  await dropDatabases(serverUrl, (name) => Date.now() - startOfRun(name) > abandonedAfterMs)
  const name = `seer_test_${Date.now()}_${process.pid}`
  await withClient(serverUrl, (client) => client.query(`CREATE DATABASE ${name}`))
  await migrate({ databaseUrl: databaseUrlOf(serverUrl, name) })
  return name
}

function startOfRun(database: string): number {
  return Number(/^seer_test_(\d+)_/.exec(database)?.[1] ?? Number.POSITIVE_INFINITY)
}

async function dropDatabases(serverUrl: string, isOurs: (name: string) => boolean): Promise<void> {
  await withClient(serverUrl, async (client) => {
    const { rows } = await client.query<{ datname: string }>(
      "SELECT datname FROM pg_database WHERE datname ~ '^seer_test_'",
    )
    for (const { datname } of rows.filter((row) => isOurs(row.datname))) {
      await client.query(`DROP DATABASE IF EXISTS ${datname} WITH (FORCE)`)
    }
  })
}

async function withClient<T>(serverUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: serverUrl })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
