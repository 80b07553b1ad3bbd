import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../testing/services.ts'
import { databaseUrlOf } from '../database-url.ts'
import { findMigrationsFolder, migrate } from './migrate.ts'
import { diffSchema } from './schema-diff.ts'

let migrationsFolder: string
let database: TestDatabase

beforeEach(async () => {
  migrationsFolder = await mkdtemp(join(tmpdir(), 'seer-migrations-'))
  database = await createTestDatabase()
  await query('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
})
afterEach(async () => {
  await database.drop()
  await rm(migrationsFolder, { recursive: true })
})

describe('migrate', () => {
  test('applies what is new, in the order of the names, and nothing twice', async () => {
    await addMigration('20250102000000_second', 'ALTER TABLE first ADD COLUMN note text')
    await addMigration('20250101000000_first', 'CREATE TABLE first (id int PRIMARY KEY)')
    const log: string[] = []

    const { applied } = await run({ log: (line) => log.push(line) })
    expect(applied).toEqual(['20250101000000_first', '20250102000000_second'])
    expect(log).toEqual(['applied 20250101000000_first', 'applied 20250102000000_second'])

    expect(await run()).toEqual({ applied: [] })
  })

  test('keeps functions and strings with semicolons whole', async () => {
    const body = "BEGIN RETURN 'a;b'; END"
    await addMigration('20250101000000_fn', `CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS $$ ${body}; $$`)
    await run()
    expect(await query('SELECT f()')).toEqual([{ f: 'a;b' }])
  })

  test('records the checksum that the Prisma CLI would record', async () => {
    const sql = await addMigration('20250101000000_first', 'CREATE TABLE first (id int PRIMARY KEY)')
    await run()
    const rows = await query('SELECT checksum FROM _prisma_migrations')
    expect(rows).toEqual([{ checksum: createHash('sha256').update(sql).digest('hex') }])
  })

  test('is applied once when four processes start at the same time', async () => {
    await addMigration('20250101000000_first', 'CREATE TABLE first (id int PRIMARY KEY)')
    const results = await Promise.all([run(), run(), run(), run()])
    expect(results.flatMap((result) => result.applied)).toEqual(['20250101000000_first'])
  })

  test('a failing migration names itself and the reason, changes nothing and blocks the next run', async () => {
    await addMigration('20250101000000_broken', 'CREATE TABLE first (id int); SELECT nonsense')
    await expect(run()).rejects.toThrow(
      'Migration 20250101000000_broken failed: Error accessing result set, column not found: nonsense',
    )
    await expect(run()).rejects.toThrow('Migration 20250101000000_broken failed in an earlier run.')
    expect(await query("SELECT to_regclass('first') AS first")).toEqual([{ first: null }])
  })

  test('an unreachable or missing database is one sentence without the password', async () => {
    await addMigration('20250101000000_first', 'SELECT 1')
    const refused = migrate({ databaseUrl: 'postgres://user:secret@127.0.0.1:1/seer', migrationsFolder })
    await expect(refused).rejects.toThrow(
      'PostgreSQL at 127.0.0.1:1 refused the connection; is it running, and is DATABASE_URL right?',
    )
    const missing = migrate({ databaseUrl: databaseUrlOf(database.databaseUrl, 'no_such'), migrationsFolder })
    await expect(missing).rejects.toThrow('has no database "no_such"; create it first.')
  })
})

test('prisma/schema.prisma and prisma/migrations agree', async () => {
  const folder = findMigrationsFolder()
  const schemaFile = join(dirname(folder), 'schema.prisma')
  const { serverUrl } = inject('services')
  expect(await diffSchema({ serverUrl, schemaFile, migrationsFolder: folder })).toBeNull()
})

test('a schema that is ahead of its migrations is reported as the SQL that is missing', async () => {
  const schemaFile = join(migrationsFolder, 'schema.prisma')
  await writeFile(schemaFile, 'datasource db {\n  provider = "postgresql"\n}\nmodel Bot {\n  id Int @id\n}\n')
  const sql = await diffSchema({ serverUrl: inject('services').serverUrl, schemaFile, migrationsFolder })
  expect(sql).toContain('CREATE TABLE "Bot"')
})

function run(options: { log?: (line: string) => void } = {}) {
  return migrate({ databaseUrl: database.databaseUrl, migrationsFolder, ...options })
}

async function addMigration(name: string, statement: string): Promise<string> {
  const sql = `${statement};\n`
  await mkdir(join(migrationsFolder, name))
  await writeFile(join(migrationsFolder, name, 'migration.sql'), sql)
  return sql
}

async function query(sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: database.databaseUrl })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}
