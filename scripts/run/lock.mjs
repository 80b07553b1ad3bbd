import { createHash } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { root } from './context.mjs'

/** Outside the project: pnpm is confused by a node_modules folder that it did not make itself. */
const file = join(tmpdir(), `seer-prepare-${createHash('sha256').update(root).digest('hex').slice(0, 12)}.pid`)

/** `npm run api` and `npm run worker` in two terminals at once must not install or build into the same folder. */
export async function withLock(work) {
  let told = false
  while (!tryLock()) {
    if (!told) console.error('Waiting for another npm command in this folder to finish preparing.')
    told = true
    await delay(100)
  }
  const unlock = () => rmSync(file, { force: true })
  process.once('exit', unlock)
  try {
    return await work()
  } finally {
    process.off('exit', unlock)
    unlock()
  }
}

function tryLock() {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    if (!holderLives()) rmSync(file, { force: true })
    return false
  }
}

function holderLives() {
  try {
    const pid = Number(readFileSync(file, 'utf8'))
    // An empty file: the holder is about to write its id.
    return pid === 0 || process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}
