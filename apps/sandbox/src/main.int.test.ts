import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { startSandbox } from '../testing/harness.ts'

const mainFile = fileURLToPath(new URL('../dist/main.js', import.meta.url))

type Run = { process: ChildProcess; output: () => string; said: (text: string) => Promise<void> }

/** Starts the built program as a user would, on a free port. It is killed when the test ends. */
function run(args: string[], env: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, [mainFile, ...args], {
    env: { SANDBOX_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let text = ''
  const gather = (chunk: Buffer) => void (text += chunk.toString())
  child.stdout.on('data', gather)
  child.stderr.on('data', gather)
  const said = async (wanted: string) => {
    while (!text.includes(wanted)) await once(child.stdout, 'data')
  }
  return { process: child, output: () => text, said }
}

async function exitOf({ process: child }: Run): Promise<number | null> {
  const [code] = await once(child, 'close')
  return code
}

function urlIn(output: string): string {
  return /sandbox listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1] ?? ''
}

test.each(['SIGINT', 'SIGTERM'] as const)('says where it listens and ends cleanly on %s', async (signal) => {
  const sandbox = run(['--speed', '0'])
  await sandbox.said('sandbox listening on http://127.0.0.1:')
  const clock = (await (await fetch(`${urlIn(sandbox.output())}/sandbox/clock`)).json()) as { speed: number }
  expect(clock.speed).toBe(0)
  sandbox.process.kill(signal)
  expect(await exitOf(sandbox)).toBe(0)
  const [, s3, speech, ...others] = sandbox.output().trim().split('\n')
  expect(s3).toContain('AWS_SECRET_ACCESS_KEY=not-a-secret-sandbox-s3')
  expect(speech).toContain('with the key not-a-secret-sandbox-speech')
  expect(others).toEqual([])
})

test('ends with one sentence when the port is in use', async () => {
  const other = await startSandbox()
  const sandbox = run(['--port', new URL(other.url).port])
  expect(await exitOf(sandbox)).toBe(1)
  expect(sandbox.output()).toMatch(/^sandbox: port \d+ is in use; [^\n]+\n$/)
})

test('reads environment variables, and flags win over them', async () => {
  const sandbox = run(['--speed', '5'], {
    SANDBOX_SPEED: '7',
    SANDBOX_DAILY_CAP: '9',
    SANDBOX_CALENDAR_LIMIT: '4',
    SANDBOX_OAUTH_CLIENT: 'one:s3cret:x,two:other',
    SANDBOX_LENIENT: 'no',
    SANDBOX_WEBHOOK_URL: 'http://127.0.0.1:1/a,http://127.0.0.1:1/b',
    SANDBOX_START_TIME: '2030-01-01T00:00:00Z',
  })
  await sandbox.said('listening')
  const read = async (path: string) => (await (await fetch(urlIn(sandbox.output()) + path)).json()) as any
  expect(await read('/sandbox/clock')).toMatchObject({ speed: 5, now: expect.stringContaining('2030-01-01') })
  expect(await read('/sandbox/limits')).toMatchObject({ dailyCap: 9 })
  expect((await read('/sandbox/webhook-endpoints')).endpoints).toHaveLength(2)
  expect(await read('/sandbox/calendars/settings')).toMatchObject({ limit: 4 })
  const credentials = {
    oauth_client_id: 'one',
    oauth_client_secret: 's3cret:x',
    oauth_refresh_token: 'alice@acme.test',
  }
  const listed = await fetch(`${urlIn(sandbox.output())}/v2/calendars/list-raw`, {
    method: 'POST',
    headers: { 'x-meeting-baas-api-key': 'any', 'content-type': 'application/json' },
    body: JSON.stringify({ ...credentials, calendar_platform: 'google' }),
  })
  expect(listed.status).toBe(200)
})

test.each([
  [['--port', 'x'], '--port'],
  [['--webhook-secret', 'secret'], 'whsec_'],
  [['--scenario', 'miracle'], 'success'],
  [['--oauth-client', 'id-without-secret'], 'colon'],
  [['--nonsense'], '--nonsense'],
])('refuses %j in one line', async (args, hint) => {
  const sandbox = run(args)
  expect(await exitOf(sandbox)).toBe(1)
  expect(sandbox.output()).toContain(hint)
  expect(sandbox.output().trim().split('\n')).toHaveLength(1)
})

test('--help names every option and its environment variable', async () => {
  const sandbox = run(['--help'])
  expect(await exitOf(sandbox)).toBe(0)
  for (const name of ['port', 'speed', 'webhook-url', 'webhook-secret', 'rate-limit', 'daily-cap', 'lenient', 'seed']) {
    expect(sandbox.output()).toContain(`--${name}`)
    expect(sandbox.output()).toContain(`SANDBOX_${name.toUpperCase().replace('-', '_')}`)
  }
})
