import { join } from 'node:path'
import { migrate } from '@seer/infra/db/migrate/migrate'
import { migrateQueue } from '@seer/infra/queue/backend/migrate-queue'
import { localDatabase } from './local-database.ts'
import type { ProcessGroup } from './processes.ts'
import type { StackOptions } from './stack-options.ts'

/**
 * Migrates the user's database, or an embedded one, to this version. `progress` is told that PostgreSQL is ready only
 * after it has answered, because the user's database may not be there.
 *
 * @throws {Error} with one sentence about what is wrong with DATABASE_URL, or why no server could be started
 */
export async function prepareDatabase(
  group: ProcessGroup,
  { folder, env, temporary }: StackOptions,
  progress: (what: string) => void,
): Promise<{ databaseUrl: string; folder: string | null }> {
  const brought = env['DATABASE_URL'] && { databaseUrl: env['DATABASE_URL'], folder: null }
  const database = brought || (await localDatabase(group, temporary ? null : join(folder, 'postgres')))
  const { databaseUrl } = database
  if (!brought) progress('PostgreSQL')
  const { applied } = await migrate({ databaseUrl })
  if (brought) progress('PostgreSQL')
  if (!env['REDIS_URL']) await migrateQueue(databaseUrl)
  if (applied.length > 0) progress(applied.length === 1 ? '1 migration' : `${applied.length} migrations`)
  return database
}
