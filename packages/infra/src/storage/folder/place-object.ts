/** How a file becomes an object: it is completed apart, proven, written to the disk, and put in place by one rename. */
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { FileToStore } from '@seer/core/recordings/storage'
import { chunkBytes, proveFile } from '../source-file.ts'
import { isErrno } from './folder-errors.ts'
import { aboutFile, type ObjectPath, objectPath, unfinishedFolder } from './object-path.ts'

/** Other users of the machine do not see what was recorded. */
export const folderMode = 0o750
const objectMode = 0o440

/** What a file system answers that cannot link this file. Then it is copied. */
const notLinkable = ['EXDEV', 'EPERM', 'EMLINK', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP']

export type About = { sha256: string; contentType: string }

/** The names of the unfinished folders of a key begin like this. */
export function unfinishedPrefix(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 32)
}

export type Link = (from: string, to: string) => Promise<void>

export async function placeObject(
  { root, link }: { root: string; link: Link },
  key: string,
  file: FileToStore,
  signal?: AbortSignal,
): Promise<'stored' | 'exists'> {
  const place = objectPath(root, key)
  const unfinished = join(root, unfinishedFolder, `${unfinishedPrefix(key)}-${randomUUID()}`)
  await mkdir(unfinished, { recursive: true, mode: folderMode })
  try {
    const content = join(unfinished, place.contentFile)
    await linkOrCopy(link, file.path, content, signal)
    await proveAndSync(content, file, signal)
    const { sha256, contentType } = file
    await writeAndSync(join(unfinished, aboutFile), JSON.stringify({ sha256, contentType } satisfies About))
    await syncFolder(unfinished)
    signal?.throwIfAborted()
    return await moveIntoPlace(unfinished, place, root)
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
}

async function linkOrCopy(link: Link, from: string, to: string, signal?: AbortSignal): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    if (!isErrno(error, ...notLinkable)) throw error
    const options = { highWaterMark: chunkBytes }
    await pipeline(createReadStream(from, options), createWriteStream(to, { ...options, flags: 'wx' }), {
      ...(signal ? { signal } : {}),
    }).catch((failure: unknown) => {
      signal?.throwIfAborted()
      throw failure
    })
  }
}

async function proveAndSync(path: string, file: FileToStore, signal?: AbortSignal): Promise<void> {
  await withHandle(path, 'r', async (handle) => {
    await proveFile(handle, file, signal)
    await handle.chmod(objectMode)
    await handle.sync()
  })
}

async function writeAndSync(path: string, text: string): Promise<void> {
  await withHandle(path, 'wx', async (handle) => {
    await handle.writeFile(text)
    await handle.chmod(objectMode)
    await handle.sync()
  })
}

async function withHandle(path: string, flags: string, use: (handle: FileHandle) => Promise<void>): Promise<void> {
  const handle = await open(path, flags)
  try {
    await use(handle)
  } finally {
    await handle.close()
  }
}

/** Makes the names in a folder survive a power cut. */
export const syncFolder = (path: string): Promise<void> => withHandle(path, 'r', (handle) => handle.sync())

/** A deletion may remove the parent at the same moment, because it was empty. */
const moves = 5

async function moveIntoPlace(from: string, { folder, parent }: ObjectPath, root: string): Promise<'stored' | 'exists'> {
  for (let left = moves; ; left -= 1) {
    await mkdir(parent, { recursive: true, mode: folderMode })
    try {
      // The folder of an object is never empty, and no system renames a folder to one that is not.
      await rename(from, folder)
      break
    } catch (error) {
      if (isErrno(error, 'ENOTEMPTY', 'EEXIST')) return 'exists'
      if (left === 1 || !isErrno(error, 'ENOENT')) throw error
    }
  }
  for (let path = parent; path.length >= root.length; path = dirname(path)) await syncFolder(path)
  return 'stored'
}

/** Nothing takes a day to store, so a folder that old is from a process that died. */
const abandonedAfterMs = 24 * 60 * 60 * 1000

/** Removes what processes that died have left. */
export async function removeAbandoned(root: string): Promise<void> {
  const folder = join(root, unfinishedFolder)
  for (const name of await unfinishedNames(root)) {
    const path = join(folder, name)
    const changed = await stat(path).catch(() => null)
    if (changed && Date.now() - changed.mtimeMs > abandonedAfterMs) await rm(path, { recursive: true, force: true })
  }
}

/** Removes what unfinished calls have left under a key. */
export async function removeUnfinished(root: string, key: string): Promise<void> {
  for (const name of await unfinishedNames(root)) {
    if (!name.startsWith(unfinishedPrefix(key))) continue
    await rm(join(root, unfinishedFolder, name), { recursive: true, force: true })
  }
}

async function unfinishedNames(root: string): Promise<string[]> {
  try {
    return await readdir(join(root, unfinishedFolder))
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return []
    throw error
  }
}
