import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import pg from 'pg'
import { startEmbeddedPostgres } from './embedded-postgres.ts'
import { freePort, isListening } from './ports.ts'

/** A server for tests. The report shows `origin`. */
export type TestServer = { url: string; origin: string; stop(): Promise<void> }

export type ServerSearch = {
  /** The user's server. It is used as it is, and the tests fail if it does not answer. */
  url?: string | undefined
  /** The port where a server may already run on this machine. */
  localPort?: number
}

export type PostgresSearch = ServerSearch & {
  /** How many connections a server that already runs must take. The others take 100 or more. */
  connections?: number
}

const keepRunning = async () => {}

/**
 * TEST_DATABASE_URL, else a server on port 5432 that lets us create databases and takes enough connections, else an
 * embedded one, else a container.
 */
export async function obtainPostgres(search: PostgresSearch = {}): Promise<TestServer> {
  const { url = process.env['TEST_DATABASE_URL'], localPort = 5432, connections = 0 } = search
  if (url) return { url, origin: 'TEST_DATABASE_URL', stop: keepRunning }
  const local = await localPostgres(localPort, connections)
  if (local) return { url: local, origin: `the server on port ${localPort}`, stop: keepRunning }
  try {
    const server = await startEmbeddedPostgres()
    return { url: server.url('postgres'), origin: 'embedded', stop: server.stop }
  } catch (error) {
    return postgresContainer().catch(() => {
      throw error
    })
  }
}

async function localPostgres(port: number, connections: number): Promise<string | null> {
  if (!(await isListening(port))) return null
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  try {
    await client.connect()
    const suits = `SELECT FROM pg_roles WHERE rolname = current_user AND rolcreatedb
      AND current_setting('max_connections')::int >= $1`
    const { rowCount } = await client.query(suits, [connections])
    return rowCount === 1 ? url : null
  } catch {
    return null
  } finally {
    await client.end()
  }
}

async function postgresContainer(): Promise<TestServer> {
  const { PostgreSqlContainer } = await import('@testcontainers/postgresql')
  const container = await new PostgreSqlContainer('postgres:17-alpine').start()
  return { url: container.getConnectionUri(), origin: 'container', stop: async () => void (await container.stop()) }
}

/** TEST_REDIS_URL, else a server on port 6379, else a `redis-server` of our own, else a container, else null. */
export async function obtainRedis(search: ServerSearch & { binary?: string } = {}): Promise<TestServer | null> {
  const { url = process.env['TEST_REDIS_URL'], localPort = 6379, binary = 'redis-server' } = search
  if (url) return { url, origin: 'TEST_REDIS_URL', stop: keepRunning }
  const local = `redis://127.0.0.1:${localPort}`
  if ((await isListening(localPort)) && (await answers(local))) {
    return { url: local, origin: `the server on port ${localPort}`, stop: keepRunning }
  }
  return (await startRedis(binary)) ?? redisContainer().catch(() => null)
}

/** Whether a server answers that we may use: one without a password, and not another protocol on that port. */
async function answers(url: string): Promise<boolean> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 2_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.ping()) === 'PONG'
  } catch {
    return false
  } finally {
    client.disconnect()
  }
}

/** On most systems Valkey has this name, too. `hz 100` makes timeouts precise to 10 ms instead of 100 ms. */
async function startRedis(binary: string): Promise<TestServer | null> {
  const installed = await promisify(execFile)(binary, ['--version']).then(Boolean, () => false)
  if (!installed) return null
  const folder = await mkdtemp(join(tmpdir(), 'seer-redis-'))
  const port = await freePort()
  const limits = ['--save', '', '--appendonly', 'no', '--hz', '100', '--maxmemory-policy', 'noeviction']
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, ...limits]
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  const exit = once(child, 'exit')
  const stop = async () => {
    child.kill('SIGTERM')
    await exit
    await rm(folder, { recursive: true, force: true })
  }
  const ready = new Promise<boolean>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => chunk.includes('Ready to accept connections') && resolve(true))
    void exit.then(() => resolve(false))
  })
  if (await ready) return { url: `redis://127.0.0.1:${port}`, origin: binary, stop }
  await stop()
  return null
}

async function redisContainer(): Promise<TestServer> {
  const { RedisContainer } = await import('@testcontainers/redis')
  const container = await new RedisContainer('redis:7-alpine').start()
  return { url: container.getConnectionUrl(), origin: 'container', stop: async () => void (await container.stop()) }
}
