import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { MigrationDirectory, MigrationList } from '@prisma/schema-engine-wasm/schema_engine_bg'
import pg from 'pg'
import { everything, withSchemaEngine } from './migration-engine.ts'

/** Why the database could not be migrated, in one sentence for the operator. */
export class MigrationError extends Error {
  override name = 'MigrationError'
}

export type MigrateOptions = {
  databaseUrl: string
  /** The folder with the migrations; by default the project's `prisma/migrations`. */
  migrationsFolder?: string
  log?: (line: string) => void
}

/**
 * Applies the migrations that the database does not have yet, in the order of their names, and returns their names.
 *
 * Safe to run from several processes at once: one migrates, the others wait and then find nothing to do.
 *
 * @throws {MigrationError} when the database cannot be reached, or a migration fails. A failed migration is marked in
 * `_prisma_migrations` and blocks further ones until an operator resolves it.
 */
export async function migrate(options: MigrateOptions): Promise<{ applied: string[] }> {
  const log = options.log ?? (() => {})
  const migrationsList = await readMigrations(options.migrationsFolder ?? findMigrationsFolder())
  return withMigrationLock(options.databaseUrl, log, async () => {
    const applied = await applyMigrations(options.databaseUrl, migrationsList)
    for (const name of applied) log(`applied ${name}`)
    return { applied }
  })
}

async function applyMigrations(databaseUrl: string, migrationsList: MigrationList): Promise<string[]> {
  try {
    const input = { migrationsList, filters: everything }
    const output = await withSchemaEngine(databaseUrl, (engine) => engine.applyMigrations(input))
    return output.appliedMigrationNames
  } catch (error) {
    throw new MigrationError(describeEngineError(error), { cause: error })
  }
}

/** Walks up from this file, which is in `src` in development and in `dist` in production. */
export function findMigrationsFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'prisma', 'migrations'))) {
    const parent = dirname(folder)
    if (parent === folder) throw new MigrationError('There is no folder prisma/migrations above the Seer packages.')
    folder = parent
  }
  return join(folder, 'prisma', 'migrations')
}

/** The migrations of a folder such as prisma/migrations, in their order. */
export async function readMigrations(baseDir: string): Promise<MigrationList> {
  const entries = await readdir(baseDir, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  const migrationDirectories = await Promise.all(names.sort().map((name) => readMigration(baseDir, name)))
  const lockfile = { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' }
  return { baseDir, lockfile, shadowDbInitScript: '', migrationDirectories }
}

async function readMigration(baseDir: string, name: string): Promise<MigrationDirectory> {
  const value = await readFile(join(baseDir, name, 'migration.sql'), 'utf8')
  return { path: name, migrationFile: { path: 'migration.sql', content: { tag: 'ok', value } } }
}

/** Any number that nothing else uses. This one spells "seer" in ASCII. */
const lockKey = 0x73656572

/**
 * The engine's own lock gives up after 10 s, and a long migration takes longer. This lock waits as long as the other
 * process lives, because PostgreSQL releases it with the connection.
 */
async function withMigrationLock<T>(databaseUrl: string, log: (line: string) => void, work: () => Promise<T>) {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 })
  // If this connection breaks while the engine works, the engine's own connections report that.
  client.on('error', () => {})
  try {
    await client.connect()
  } catch (error) {
    throw new MigrationError(describeConnectionError(error as Error & { code?: string }, client), { cause: error })
  }
  try {
    const { rows } = await client.query<{ free: boolean }>('SELECT pg_try_advisory_lock($1) AS free', [lockKey])
    if (!rows[0]?.free) {
      log('waiting for another process to finish migrating')
      await client.query('SELECT pg_advisory_lock($1)', [lockKey])
    }
    return await work()
  } finally {
    await client.end()
  }
}

/** Never shows the URL itself: it holds the password. */
function describeConnectionError(error: Error & { code?: string }, client: pg.Client): string {
  const server = `PostgreSQL at ${client.host}:${client.port}`
  if (error.code === 'ECONNREFUSED')
    return `${server} refused the connection; is it running, and is DATABASE_URL right?`
  if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN')
    return `The host of DATABASE_URL, ${client.host}, is unknown.`
  if (error.code === '28P01' || error.code === '28000')
    return `${server} rejected the user or password of DATABASE_URL.`
  if (error.code === '3D000') return `${server} has no database "${client.database}"; create it first.`
  return `${server} cannot be used: ${error.message || error.code}`
}

type EngineError = { message?: string; code?: string }

/** A migration failed in an earlier run: https://www.prisma.io/docs/orm/reference/error-reference#p3009 */
const earlierFailure = 'P3009'

/**
 * Makes a sentence of the engine's error. The engine puts everything into one text: "external connector error",
 * PostgreSQL's sentence, then its own call stack with the name of the migration.
 */
function describeEngineError(error: unknown): string {
  const { message = String(error), code } = (error ?? {}) as EngineError
  if (code === earlierFailure) {
    const name = /The `(.+?)` migration/.exec(message)?.[1]
    return `Migration ${name} failed in an earlier run. Remove the cause, delete its row from the table _prisma_migrations, and migrate again.`
  }
  const name = /migration_name="(.+?)"/.exec(message)?.[1]
  const reason = message.replace(/\n +0: [\s\S]*$/, '').replace(/^external connector error\n/, '')
  return `${name ? `Migration ${name}` : 'The migration'} failed: ${reason.replace(/\s+/g, ' ').trim()}`
}
