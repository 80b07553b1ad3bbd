import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { openTestApi } from '../testing/test-api.ts'

const entry = fileURLToPath(new URL('../dist/main.js', import.meta.url))
const started: ChildProcess[] = []
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
})

/** The process as it runs in production. */
function start(environment: Record<string, string>) {
  const env = { HOST: '127.0.0.1', PORT: '0', MEETINGBAAS_API_KEY: 'mb-key', ...environment }
  const child = spawn(process.execPath, [entry], { env })
  started.push(child)
  return child
}

/** The first log line that a process writes under this name. */
async function logLine(child: ReturnType<typeof start>, name: string): Promise<Record<string, string>> {
  for await (const line of createInterface(child.stdout)) {
    const fields = JSON.parse(line)
    if (fields.msg === name) return fields
  }
  throw new Error(`The process ended without "${name}".`)
}

test('stops with all problems of its configuration, and shows no value', async () => {
  const child = start({
    MEETINGBAAS_API_KEY: '',
    PORT: 'hunter2',
    WEBHOOK_VERIFICATION: 'false',
    NODE_ENV: 'production',
  })
  const [problems, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  expect(code).toBe(1)
  expect(problems.trim().split('\n')).toEqual([
    'The configuration cannot be used:',
    '  PORT: must be a whole number from 0 to 65535',
    '  DATABASE_URL: is required',
    '  MEETINGBAAS_API_KEY: is required',
    '  WEBHOOK_VERIFICATION: must be true when NODE_ENV is production',
    '  BASE_URL: must be the https:// address at which Meeting BaaS reaches this API, because NODE_ENV is production and bots report to it',
  ])
})

test('says in one sentence that its port is in use', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const child = start({ DATABASE_URL: 'postgresql://127.0.0.1:1/none', PORT: String(port) })
  const [problems, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  other.close()
  expect(code).toBe(1)
  expect(problems).toContain(`PORT: ${port} is in use by another program`)
  expect(problems.split('\n').filter((line) => line.includes(' at '))).toEqual([])
})

test('finishes what it has begun when it is told to stop', async () => {
  const api = await openTestApi()
  const key = await api.makeKey('alice')
  const child = start({ DATABASE_URL: api.databaseUrl })
  const { address } = await logLine(child, 'api.listening')
  const lock = await api.db.pool.connect()
  await lock.query('BEGIN; LOCK TABLE meetings IN ACCESS EXCLUSIVE MODE')
  const answer = fetch(`${address}/api/meetingbaas/bots`, { headers: { 'x-api-key': key } })
  await untilSomebodyWaits(api.db.pool)
  child.kill('SIGTERM')
  await logLine(child, 'process.stopping')
  await lock.query('ROLLBACK')
  lock.release()
  expect((await answer).status).toBe(200)
  expect(await once(child, 'exit')).toEqual([0, null])
  await expect(fetch(`${address}/api/health/live`)).rejects.toThrow('fetch failed')
  await api.close()
})

async function untilSomebodyWaits(pool: { query(text: string): Promise<{ rowCount: number | null }> }): Promise<void> {
  const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
  while ((await pool.query(waiting)).rowCount === 0);
}
