import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import pg from 'pg'
import { databaseUrlOf } from '../database-url.ts'
import { migrate } from './migrate.ts'
import { everything, withSchemaEngine } from './migration-engine.ts'

export type SchemaDiffOptions = {
  /** Any database on a server where this user may create databases. It is not changed. */
  serverUrl: string
  schemaFile: string
  migrationsFolder: string
}

/**
 * The SQL that leads from the state after all migrations to the state that schema.prisma describes; null when both agree.
 * Works in a scratch database that exists only for this call.
 */
export async function diffSchema({
  serverUrl,
  schemaFile,
  migrationsFolder,
}: SchemaDiffOptions): Promise<string | null> {
  const files = [{ path: schemaFile, content: await readFile(schemaFile, 'utf8') }]
  return withScratchDatabase(serverUrl, async (databaseUrl) => {
    await migrate({ databaseUrl, migrationsFolder })
    const result = await withSchemaEngine(databaseUrl, (engine) =>
      engine.diff({
        // The engine can compare with the migrations folder, but its WebAssembly build cannot (no shadow database).
        from: { tag: 'schemaDatasource', files, configDir: dirname(schemaFile) },
        to: { tag: 'schemaDatamodel', files },
        script: true,
        exitCode: true,
        filters: everything,
      }),
    )
    return result.exitCode === 0 ? null : result.stdout
  })
}

async function withScratchDatabase<T>(serverUrl: string, work: (databaseUrl: string) => Promise<T>): Promise<T> {
  const name = `seer_scratch_${randomBytes(6).toString('hex')}`
  const admin = new pg.Client({ connectionString: serverUrl })
  await admin.connect()
  try {
    await admin.query(`CREATE DATABASE ${name}`)
    return await work(databaseUrlOf(serverUrl, name))
  } finally {
    await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    await admin.end()
  }
}
