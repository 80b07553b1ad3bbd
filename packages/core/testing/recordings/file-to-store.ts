import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import type { FileToStore } from '../../src/recordings/storage.ts'

export type MadeFile = FileToStore & { content: Buffer }

/** A folder for the files that the tests of a file or a describe block make. It is removed after them. */
export function filesToStore() {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seer-files-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  return {
    folder: () => folder,
    /** Writes a file with this content, or with so many random bytes. */
    async make(content: string | Buffer | number, contentType = 'video/mp4'): Promise<MadeFile> {
      const bytes = typeof content === 'number' ? randomBytes(content) : Buffer.from(content as string)
      const path = join(folder, randomUUID())
      await writeFile(path, bytes)
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      return { path, bytes: bytes.length, sha256, contentType, content: bytes }
    },
  }
}

export async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}
