import { migrate } from '@seer/infra/db/migrate/migrate'
import { migrateQueue } from '@seer/infra/queue/backend/migrate-queue'
import type { Command } from 'commander'
import { readSettings } from './config.ts'

/** `migrate`: brings the tables up to this version, and the queue's tables, too, if the queue is in PostgreSQL. */
export function addMigrateCommand(program: Command): void {
  program
    .command('migrate')
    .description('Bring the database up to this version. Safe to run at any time and from several places at once.')
    .action(async () => {
      const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl } = readSettings()
      const { applied } = await migrate({ databaseUrl, log: console.log })
      if (redisUrl === undefined) await migrateQueue(databaseUrl)
      console.log(applied.length === 0 ? 'The database is up to date.' : 'The database is now up to date.')
    })
}
