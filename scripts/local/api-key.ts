import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { writePrivate } from './settings.ts'

const command = ['keys', 'create', '--user', 'local', '--scopes', 'read,write,admin', '--json']

/**
 * A ready-made key for the user "local": made by the operator CLI once and kept in a file, since the database knows only
 * its hash. The first line names the database it belongs to, so that another DATABASE_URL gets a key of its own.
 */
export async function createApiKeyFile(file: string, cli: string[], env: NodeJS.ProcessEnv): Promise<string> {
  const database = createHash('sha256')
    .update(env['DATABASE_URL'] ?? '')
    .digest('hex')
    .slice(0, 16)
  const [keptFor, kept] = (await readFile(file, 'utf8').catch(() => '')).split('\n')
  if (keptFor === database && kept) return kept
  const { stdout } = await promisify(execFile)(process.execPath, [...cli, ...command], { env }).catch(explain)
  const { key } = JSON.parse(stdout) as { key: string }
  await writePrivate(file, `${database}\n${key}\n`)
  return key
}

function explain(error: Error & { stderr?: string }): never {
  throw new Error(`The API key could not be created: ${error.stderr?.trim() || error.message}`, { cause: error })
}
