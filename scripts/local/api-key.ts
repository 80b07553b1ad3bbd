import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { writePrivate } from './settings.ts'

/** With this the operator CLI says that nothing is wrong but that a service is away or too busy. */
const tryAgain = 75
const pauseMs = 250

const command = ['keys', 'create', '--user', 'local', '--scopes', 'read,write,admin', '--json']

/**
 * A ready-made key for the user "local": made by the operator CLI once and kept in a file, since the database knows only
 * its hash. The first line names the database it belongs to, so that another DATABASE_URL gets a key of its own.
 *
 * It is made while everything else starts. On a machine that has too much to do, the database then takes longer to answer
 * than the three seconds for which anybody waits for a connection, so the CLI is asked again, until `withinMs` have passed.
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

/** An attempt whose answer was lost may have made a key. Nobody knows it, so it opens nothing. */
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
