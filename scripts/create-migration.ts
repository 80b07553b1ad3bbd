/**
 * `npm run migration -- add-calendars`: writes prisma/migrations/<time>_add_calendars/migration.sql with the SQL that
 * leads from the existing migrations to prisma/schema.prisma. It computes the SQL in a scratch database, on the same
 * PostgreSQL server that the tests would use.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { diffSchema } from '@seer/infra/db/migrate/schema-diff'
import { obtainPostgres } from './local/test-servers.ts'

const prismaFolder = fileURLToPath(new URL('../prisma', import.meta.url))

async function createMigration(name: string, serverUrl: string, now = new Date()): Promise<string | null> {
  const migrationsFolder = join(prismaFolder, 'migrations')
  await mkdir(migrationsFolder, { recursive: true })
  const sql = await diffSchema({ serverUrl, migrationsFolder, schemaFile: join(prismaFolder, 'schema.prisma') })
  if (sql === null) return null
  const folder = join(migrationsFolder, migrationName(name, now))
  await mkdir(folder)
  await writeFile(join(folder, 'migration.sql'), sql)
  await writeFile(join(migrationsFolder, 'migration_lock.toml'), 'provider = "postgresql"\n')
  return join(folder, 'migration.sql')
}

/** Named by time in UTC, as `prisma migrate dev` does: 20260131235959_add_calendars. */
function migrationName(name: string, now: Date): string {
  const time = now.toISOString().replace(/\D/g, '').slice(0, 14)
  return `${time}_${name.replace(/\W+/g, '_')}`
}

const [name] = process.argv.slice(2)
if (!name || !/^[a-z][a-z0-9_-]*$/.test(name)) {
  console.error('Give the migration a name: npm run migration -- add-calendars')
  process.exit(2)
}
const server = await obtainPostgres()
try {
  const file = await createMigration(name, server.url)
  console.log(file ? `Wrote ${file}` : 'prisma/schema.prisma and prisma/migrations agree: there is nothing to migrate.')
  process.exitCode = file ? 0 : 1
} finally {
  await server.stop()
}
