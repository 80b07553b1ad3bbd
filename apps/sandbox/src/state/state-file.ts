import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { deserialize, serialize } from 'node:v8'
import type { World } from '../world.ts'
import { restoreSnapshot, takeSnapshot } from './snapshot.ts'

/** How much of the past a crash may lose. An orderly stop loses nothing. Real time. */
const everyMs = 2_000

/** `now`: virtual ms. */
type Content = { now: number; snapshot: Uint8Array }

/**
 * Keeps the state of a sandbox in a file, so that running bots and connected calendars survive a restart.
 * @returns writes the state for the last time, and stops
 */
export function keepState(world: World, file: string): () => void {
  readState(world, file)
  let written: Buffer | undefined
  const write = (snapshot: Buffer) => {
    written = snapshot
    // A reader finds the old state or the new one, never half of one.
    writeFileSync(`${file}.part`, serialize({ now: world.clock.now(), snapshot } satisfies Content), { mode: 0o600 })
    renameSync(`${file}.part`, file)
  }
  const writeChanges = () => {
    const snapshot = takeSnapshot(world)
    if (!written?.equals(snapshot)) write(snapshot)
  }
  const timer = setInterval(writeChanges, everyMs).unref()
  return () => {
    clearInterval(timer)
    write(takeSnapshot(world))
  }
}

function readState(world: World, file: string): void {
  try {
    const { now, snapshot } = deserialize(readFileSync(file)) as Content
    world.clock.startFrom(now)
    restoreSnapshot(world, snapshot)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    world.reset()
    process.stderr.write(`sandbox: begins empty, because ${file} cannot be used: ${(error as Error).message}.\n`)
  }
}
