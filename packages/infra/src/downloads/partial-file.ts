import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { folderError } from '../storage/folder/folder-errors.ts'

/** What the sender said of the file when its copy began. A copy goes on only with the same file. */
const Origin = z.object({ validator: z.string(), total: z.number().nullable(), contentType: z.string().nullable() })
export type Origin = z.output<typeof Origin>

/**
 * A file that is being copied: its bytes so far, and beside them what it is a copy of. A folder that cannot be used is told
 * as RetryableError STORAGE_DENIED, STORAGE_FULL or STORAGE_UNAVAILABLE; that has nothing to do with the sender.
 */
export type PartialFile = {
  path: string
  /** What is here of it; null when nothing can be gone on with. */
  found(): Promise<{ origin: Origin; bytes: number } | null>
  /** Throws away what is here and begins a new file. An older process may still write to the old one. */
  begin(origin: Origin | null): Promise<void>
  /** Writes chunks from `position` on, and hashes them. @returns how many bytes the file has then */
  append(position: number, hash: Hash, chunks: AsyncIterable<Uint8Array>): Promise<number>
  /** The hash of the first bytes. */
  hashOf(bytes: number): Promise<Hash>
  remove(): Promise<void>
}

/** Of the folder of downloads. */
export const downloadsMode = 0o700

/** A file that is fetched bit by bit: its bytes in `<name>.part`, and in `<name>.json` what they are of. */
export function partialFile(folder: string, name: string): PartialFile {
  const path = join(folder, `${name}.part`)
  const originPath = join(folder, `${name}.json`)
  return {
    path,
    async found() {
      const [origin, size] = [await readOrigin(originPath), await sizeOf(path)]
      return origin && size !== null ? { origin, bytes: size } : null
    },
    begin: (origin) =>
      inFolder(folder, async () => {
        await mkdir(folder, { recursive: true, mode: downloadsMode })
        await rm(originPath, { force: true })
        await rm(path, { force: true })
        await writeFile(path, '', { flag: 'wx', mode: 0o600 })
        if (!origin) return
        // Never half written: a process may die here.
        await writeFile(`${originPath}.new`, JSON.stringify(origin), { mode: 0o600 })
        await rename(`${originPath}.new`, originPath)
      }),
    async append(position, hash, chunks) {
      const file = await inFolder(folder, () => open(path, 'r+'))
      let end = position
      try {
        for await (const chunk of chunks) {
          hash.update(chunk)
          // At fixed positions. If a job that was taken for dead still writes, it writes the same bytes to the same places.
          await inFolder(folder, () => writeAt(file, chunk, end))
          end += chunk.length
        }
      } finally {
        await file.close()
      }
      return end
    },
    hashOf: (bytes) =>
      inFolder(folder, async () => {
        const hash = createHash('sha256')
        if (bytes === 0) return hash
        for await (const chunk of createReadStream(path, { end: bytes - 1, highWaterMark: 1024 * 1024 }))
          hash.update(chunk)
        return hash
      }),
    remove: () =>
      inFolder(folder, async () => {
        for (const each of [originPath, `${originPath}.new`, path]) await rm(each, { force: true })
      }),
  }
}

/** Runs `work`, and tells errors of the system in the words of the storage. */
export async function inFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw folderError(error, `${folder} for files that are being copied (DOWNLOAD_FOLDER)`)
  }
}

/** Writes the whole chunk. A disk that is nearly full takes a part of it, and refuses the rest. */
async function writeAt(file: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < chunk.length; ) {
    const { bytesWritten } = await file.write(chunk, done, chunk.length - done, position + done)
    done += bytesWritten
  }
}

async function readOrigin(path: string): Promise<Origin | null> {
  try {
    return Origin.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    return null
  }
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size
  } catch {
    return null
  }
}
