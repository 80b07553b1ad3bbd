import { createHash } from 'node:crypto'
import { readFile as readFileOfMachine } from 'node:fs/promises'
import { PermanentError, RetryableError } from '../../src/basics/errors.ts'
import { assertStorageKey, type Storage, type StoredObject } from '../../src/recordings/storage.ts'

type Kept = StoredObject & { content: Uint8Array }

export type MemoryStorage = Storage & { objects: Map<string, Kept> }

/**
 * A storage in memory. It passes the same contract as the real ones. Links of `sign` lead nowhere.
 * @param readFile reads the file that `put` is given; by default from the disk
 */
export function memoryStorage(
  readFile: (path: string) => Promise<Uint8Array> = (path) => readFileOfMachine(path),
): MemoryStorage {
  const objects = new Map<string, Kept>()
  return {
    objects,
    async put(key, file, signal) {
      assertStorageKey(key)
      signal?.throwIfAborted()
      const content = await readFile(file.path).catch((cause: unknown) => {
        throw new RetryableError('STORAGE_CHECKSUM_MISMATCH', { detail: 'The file to store cannot be read.', cause })
      })
      signal?.throwIfAborted()
      if (content.length !== file.bytes || sha256Of(content) !== file.sha256) {
        throw new RetryableError('STORAGE_CHECKSUM_MISMATCH')
      }
      if (objects.has(key)) return 'exists'
      const { bytes, sha256, contentType } = file
      objects.set(key, { bytes, sha256, contentType, content: content.slice() })
      return 'stored'
    },
    async head(key) {
      assertStorageKey(key)
      const found = objects.get(key)
      return found ? { bytes: found.bytes, sha256: found.sha256, contentType: found.contentType } : null
    },
    async read(key, range) {
      assertStorageKey(key)
      const found = objects.get(key)
      if (!found) throw new PermanentError('STORAGE_OBJECT_MISSING')
      if (range && range.first >= found.content.length) throw new PermanentError('RANGE_NOT_SATISFIABLE')
      return chunksOf(range ? found.content.subarray(range.first, range.last + 1) : found.content)
    },
    async delete(key) {
      assertStorageKey(key)
      return objects.delete(key)
    },
    async sign(key) {
      assertStorageKey(key)
      return null
    },
    async check() {},
    async close() {},
  }
}

const sha256Of = (content: Uint8Array) => createHash('sha256').update(content).digest('hex')

async function* chunksOf(content: Uint8Array): AsyncIterable<Uint8Array> {
  for (let at = 0; at < content.length; at += 65_536) yield content.slice(at, at + 65_536)
}
