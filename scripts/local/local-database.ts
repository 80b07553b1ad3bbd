import pg from 'pg'
import { startEmbeddedPostgres } from './embedded-postgres.ts'
import type { ProcessGroup } from './processes.ts'

/** Not 5432, which the user's own server may need. */
const usualPort = 54_329

export type LocalDatabase = { databaseUrl: string; folder: string }

/** Starts an embedded PostgreSQL with a database for Seer, as a member of the group. Folder null: on temporary data. */
export async function localDatabase(group: ProcessGroup, folder: string | null): Promise<LocalDatabase> {
  const starting = startEmbeddedPostgres(folder === null ? {} : { folder, preferredPort: usualPort })
  // Registered before the server runs, so that Ctrl-C during the start waits for the server and stops it.
  group.onStop(async () => {
    const server = await starting.catch(() => null)
    await server?.stop()
  })
  const server = await starting
  void server.exited.then((reason) => group.fail(`PostgreSQL ended: ${reason}`))
  await createDatabaseOnce(server.url('postgres'), 'seer')
  return { databaseUrl: server.url('seer'), folder: server.folder }
}

async function createDatabaseOnce(serverUrl: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl })
  await client.connect()
  try {
    const { rows } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name])
    if (rows.length === 0) await client.query(`CREATE DATABASE ${name}`)
  } finally {
    await client.end()
  }
}
