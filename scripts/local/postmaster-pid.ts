import { execFile } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type PostgresHome, readOwner } from './embedded-postgres-home.ts'

/**
 * Makes the data folder usable after a killed process. It removes a lock file without its server, even when another
 * program has that process id by now. It stops a server without the Seer that started it.
 *
 * @throws {Error} when another running Seer uses the folder
 */
export async function takeOver(home: PostgresHome): Promise<void> {
  const lockFile = join(home.data, 'postmaster.pid')
  const pid = await livingPostmaster(lockFile)
  if (pid === null) return rm(lockFile, { force: true })
  const owner = await readOwner(home)
  if (isAlive(owner)) {
    throw new Error(`Another Seer (process ${owner}) is using the data in ${home.folder}; stop that one first.`)
  }
  process.kill(pid, 'SIGINT')
  await untilGone(pid)
}

async function livingPostmaster(lockFile: string): Promise<number | null> {
  const pid = Number((await readFile(lockFile, 'utf8').catch(() => '')).split('\n')[0])
  return isAlive(pid) && (await programOf(pid)).endsWith('/postgres') ? pid : null
}

function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // EPERM: the process exists but belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Linux has a file that tells it, also where `ps` is not installed; macOS has only `ps`. A zombie has no program. */
async function programOf(pid: number): Promise<string> {
  if (process.platform === 'linux')
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')[0]!
  const { stdout } = await promisify(execFile)('ps', ['-p', String(pid), '-o', 'comm='])
  return stdout.trim()
}

/** A fast shutdown first writes a checkpoint, which takes seconds on a slow disk. */
async function untilGone(pid: number, deadline = Date.now() + 15_000): Promise<void> {
  while (isAlive(pid)) {
    if (Date.now() > deadline)
      throw new Error(`The PostgreSQL server of an earlier run (process ${pid}) does not stop.`)
    await delay(50)
  }
}
