import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { writePrivate } from './settings.ts'

/** The exit code by which the operator CLI says: nothing is wrong, but a service is down or too busy. */
const tryAgain = 75
const pauseMs = 250

const command = ['keys', 'create', '--user', 'local', '--scopes', 'read,write,admin', '--json']

/**
 * Makes an API key for the user "local" once, with the operator CLI, and keeps it in a file, because the database knows
 * only its hash. The first line names the database, so that another DATABASE_URL gets another key.
 *
 * The key is made while everything else starts. On a busy machine the database may then take longer than the three
 * seconds that the CLI waits for a connection. So the CLI is run again until `withinMs` have passed.
 */
export async function createApiKeyFile(
  file: string,
  cli: string[],
  env: NodeJS.ProcessEnv,
  { withinMs = 60_000 }: { withinMs?: number } = {},
): Promise<string> {
  const database = createHash('sha256')
    .update(env['DATABASE_URL'] ?? '')
    .digest('hex')
    .slice(0, 16)
  const [keptFor, kept] = (await readFile(file, 'utf8').catch(() => '')).split('\n')
  if (keptFor === database && kept) return kept
  const { key } = JSON.parse(await untilMade(cli, env, Date.now() + withinMs)) as { key: string }
  await writePrivate(file, `${database}\n${key}\n`)
  return key
}

/** If the answer of an attempt was lost, it may have made a key. Nobody knows that key, so it does no harm. */
async function untilMade(cli: string[], env: NodeJS.ProcessEnv, deadline: number): Promise<string> {
  for (;;) {
    try {
      return (await promisify(execFile)(process.execPath, [...cli, ...command], { env })).stdout
    } catch (error) {
      const { code, stderr, message } = error as Error & { code?: unknown; stderr?: string }
      if (code !== tryAgain || Date.now() >= deadline) {
        throw new Error(`The API key could not be created: ${stderr?.trim() || message}`, { cause: error })
      }
      await delay(pauseMs)
    }
  }
}
