import { randomFillSync } from 'node:crypto'
import { v5, v7 } from 'uuid'

const idBytes = 16
/** Random bytes for the next 256 ids. Asking the system for each id costs ten times as much. */
const randomBytes = new Uint8Array(idBytes * 256)
let used = randomBytes.length

/** A new UUID. Version 7, so that rows that were made one after the other lie side by side in their index. */
export function newId(): string {
  if (used === randomBytes.length) {
    randomFillSync(randomBytes)
    used = 0
  }
  used += idBytes
  return v7({ random: randomBytes.subarray(used - idBytes, used) })
}

/** Seer's namespace for names that must always give the same id (RFC 9562 version 5). */
const namespace = '6f7b3c52-4a8e-5d0c-9b1f-0d5e3a7c8e41'

/** Returns the same UUID every time for the same parts. */
export function idFrom(...parts: string[]): string {
  return v5(JSON.stringify(parts), namespace)
}
