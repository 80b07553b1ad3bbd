import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts'

let parent: string
let folder: string
let started: EmbeddedPostgres[]

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'seer-embedded-'))
  await chmod(parent, 0o755)
  folder = join(parent, 'postgres')
  started = []
})
afterEach(async () => {
  // Two servers may share a folder, and a running one still writes into it.
  for (const server of started) await server.stop()
  for (const server of started) await rm(server.folder, { recursive: true, force: true })
  await rm(parent, { recursive: true, force: true })
})

test('a temporary server answers and leaves no folder behind', async () => {
  const server = await start({})
  expect(await query(server, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  await server.stop()
  expect(existsSync(server.folder)).toBe(false)
})

test('data, password and port survive a restart', async () => {
  const first = await start({ folder })
  await query(first, 'CREATE TABLE kept AS SELECT 42 AS answer')
  await first.stop()
  const second = await start({ folder, preferredPort: first.port })
  expect(second.url('postgres')).toBe(first.url('postgres'))
  expect(await query(second, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
})

test('only somebody who knows the password can connect', async () => {
  const server = await start({})
  const url = new URL(server.url('postgres'))
  url.password = 'wrong'
  await expect(new pg.Client({ connectionString: url.href }).connect()).rejects.toThrow(
    'password authentication failed',
  )
})

test('a server killed with SIGKILL starts again on the same data', async () => {
  const first = await start({ folder })
  await query(first, 'CREATE TABLE kept AS SELECT 42 AS answer')
  process.kill(await postmasterPid(), 'SIGKILL')
  await first.exited
  const second = await start({ folder })
  expect(await query(second, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
})

test('a server starts although another program now has the process id in the lock file', async () => {
  const first = await start({ folder })
  await first.stop()
  await writeFile(lockFile(), `${process.pid}\n${folder}\n`)
  expect(await query(await start({ folder }), 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('a second start on the data of a running Seer is refused in one sentence', async () => {
  await start({ folder })
  await expect(startEmbeddedPostgres({ folder })).rejects.toThrow(
    `Another Seer (process ${process.pid}) is using the data in ${folder}; stop that one first.`,
  )
})

test('a server whose Seer was killed is replaced', async () => {
  const orphan = await start({ folder })
  await writeFile(join(folder, 'owner'), String(await idOfEndedProcess()))
  const next = await start({ folder })
  expect(await orphan.exited).toContain('shut down')
  expect(await query(next, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('works inside a private folder, for root too', async () => {
  const privateFolder = join(parent, 'private')
  await mkdir(privateFolder, { mode: 0o700 })
  const server = await start({ folder: join(privateFolder, 'postgres') })
  expect(await query(server, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  await server.stop()
  const again = await start({ folder: join(privateFolder, 'postgres') })
  expect(again.folder).toBe(server.folder)
})

async function start(options: { folder?: string; preferredPort?: number }): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres(options)
  started.push(server)
  return server
}

async function query(server: EmbeddedPostgres, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: server.url('postgres') })
  await client.connect()
  const { rows } = await client.query(sql)
  await client.end()
  return rows
}

function lockFile(): string {
  return join(folder, 'data', 'postmaster.pid')
}

async function postmasterPid(): Promise<number> {
  return Number((await readFile(lockFile(), 'utf8')).split('\n')[0])
}

async function idOfEndedProcess(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
  await once(child, 'exit')
  return child.pid!
}
