import { createHash, type Hash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { z } from 'zod'

/** What the sender said of the file when its copy began. A copy goes on only with the same file. */
const Origin = z.object({ validator: z.string(), total: z.number().nullable(), contentType: z.string().nullable() })
export type Origin = z.output<typeof Origin>

/** A file that is being copied: its bytes so far, and beside them what it is a copy of. */
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

/** Chunks that wait to be written take at most about this much memory. */
const bufferedBytes = 1024 * 1024

export function partialFile(folder: string, name: string): PartialFile {
  const path = join(folder, `${name}.part`)
  const originPath = join(folder, `${name}.json`)
  return {
    path,
    async found() {
      const [origin, size] = [await readOrigin(originPath), await sizeOf(path)]
      return origin && size !== null ? { origin, bytes: size } : null
    },
    async begin(origin) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await rm(originPath, { force: true })
      await rm(path, { force: true })
      await writeFile(path, '', { flag: 'wx', mode: 0o600 })
      if (!origin) return
      // Never half written: a process may die here.
      await writeFile(`${originPath}.new`, JSON.stringify(origin), { mode: 0o600 })
      await rename(`${originPath}.new`, originPath)
    },
    async append(position, hash, chunks) {
      // At fixed positions. If a job that was taken for dead still writes, it writes the same bytes to the same places.
      const file = createWriteStream(path, { flags: 'r+', start: position, highWaterMark: bufferedBytes })
      let end = position
      try {
        for await (const chunk of chunks) {
          hash.update(chunk)
          end += chunk.length
          if (!file.write(chunk)) await drained(file)
        }
      } finally {
        // Also when the connection broke: what came is for the next attempt.
        file.end()
        await finished(file)
      }
      return end
    },
    async hashOf(bytes) {
      const hash = createHash('sha256')
      if (bytes === 0) return hash
      for await (const chunk of createReadStream(path, { end: bytes - 1, highWaterMark: 1024 * 1024 }))
        hash.update(chunk)
      return hash
    },
    async remove() {
      for (const each of [originPath, `${originPath}.new`, path]) await rm(each, { force: true })
    },
  }
}

async function drained(file: ReturnType<typeof createWriteStream>): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const settle = (error?: Error) => {
      file.off('drain', onDrain)
      file.off('error', settle)
      if (error) reject(error)
      else resolve()
    }
    const onDrain = () => settle()
    file.on('drain', onDrain)
    file.on('error', settle)
  })
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
