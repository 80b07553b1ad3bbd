import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { link as linkOnDisk, readFile, rename, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { PermanentError, RetryableError } from '@seer/core/basics/errors'
import type { ByteRange, Storage, StoredObject } from '@seer/core/recordings/storage'
import { provenBytes } from '../proven-bytes.ts'
import { chunkBytes, openSource } from '../source-file.ts'
import { folderError, isErrno } from './folder-errors.ts'
import { aboutFile, type ObjectPath, objectPath, unfinishedFolder } from './object-path.ts'
import {
  type About,
  folderMode,
  type Link,
  placeObject,
  removeAbandoned,
  removeUnfinished,
  syncFolder,
  unfinishedPrefix,
} from './place-object.ts'
import { tryToWrite } from './try-to-write.ts'

/**
 * A storage in a folder. Processes that share it must see the same file system. The folder is made when it is needed.
 * @param link how a file gets a second name; only tests use another way
 */
export function openFolderStorage(path: string, link: Link = linkOnDisk): Storage {
  const root = resolve(path)
  /** Runs `work` and tells errors of the system in the words of the port. */
  const told = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw folderError(error, `${root} of STORAGE_URL`)
    }
  }
  let cleaned: Promise<void> | undefined
  return {
    put: (key, file, signal) =>
      told(async () => {
        const place = objectPath(root, key)
        signal?.throwIfAborted()
        cleaned ??= removeAbandoned(root).catch(() => {})
        await cleaned
        const source = await openSource(file)
        await source.close()
        if (await isThere(place.folder)) return 'exists'
        return await placeObject({ root, link }, key, file, signal)
      }),
    head: (key) => told(() => headOf(root, objectPath(root, key))),
    read: (key, range) => told(() => read(root, objectPath(root, key), range)),
    delete: (key) => told(() => remove(root, key, objectPath(root, key))),
    async sign(key) {
      objectPath(root, key)
      return null
    },
    check: () => told(() => tryToWrite(join(root, unfinishedFolder, `check-${randomUUID()}`), folderMode)),
    async close() {},
  }
}

const isThere = (path: string): Promise<boolean> => ifThere(() => stat(path)).then((found) => found !== null)

/** The result; null when there is nothing at that path. */
async function ifThere<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work()
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return null
    throw error
  }
}

/**
 * For an object that is not there: a disk that is not mounted must not look like objects that somebody has removed.
 * @throws RetryableError STORAGE_UNAVAILABLE when nothing was ever stored in this folder
 */
async function assertInUse(root: string): Promise<void> {
  if (await isThere(join(root, unfinishedFolder))) return
  throw new RetryableError('STORAGE_UNAVAILABLE', {
    detail: `The folder ${root} of STORAGE_URL is missing or has never been used. Is its disk mounted?`,
  })
}

async function headOf(root: string, { folder, contentFile }: ObjectPath): Promise<StoredObject | null> {
  const content = await ifThere(() => stat(join(folder, contentFile)))
  if (!content) {
    await assertInUse(root)
    return null
  }
  const text = await ifThere(() => readFile(join(folder, aboutFile), 'utf8'))
  const about = text === null ? null : (JSON.parse(text) as About)
  return { bytes: content.size, sha256: about?.sha256 ?? null, contentType: about?.contentType ?? null }
}

async function read(root: string, place: ObjectPath, range?: ByteRange): Promise<AsyncIterable<Uint8Array>> {
  const found = await headOf(root, place)
  if (!found) throw new PermanentError('STORAGE_OBJECT_MISSING')
  if (range && range.first >= found.bytes) throw new PermanentError('RANGE_NOT_SATISFIABLE')
  const path = join(place.folder, place.contentFile)
  return range ? chunksOf(root, path, range) : provenBytes(chunksOf(root, path), found)
}

/** Opens the file when the first chunk is asked for, so a stream that nobody reads leaves nothing open. */
async function* chunksOf(root: string, path: string, range?: ByteRange): AsyncGenerator<Uint8Array> {
  const part = range ? { start: range.first, end: range.last } : {}
  try {
    yield* createReadStream(path, { ...part, highWaterMark: chunkBytes })
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) throw new PermanentError('STORAGE_OBJECT_MISSING')
    throw folderError(error, `${root} of STORAGE_URL`)
  }
}

async function remove(root: string, key: string, { folder, parent }: ObjectPath): Promise<boolean> {
  await assertInUse(root)
  await removeUnfinished(root, key)
  const taken = join(root, unfinishedFolder, `${unfinishedPrefix(key)}-${randomUUID()}`)
  // It vanishes as a whole: a process that dies on the way leaves no half of an object.
  const moved = await ifThere(() => rename(folder, taken).then(() => true))
  if (!moved) return false
  await rm(taken, { recursive: true, force: true })
  await removeEmptyFolders(parent, root)
  return true
}

/** Removes folders from `path` up to the root as long as they are empty, and makes the last change survive a power cut. */
async function removeEmptyFolders(path: string, root: string): Promise<void> {
  let folder = path
  while (folder.length > root.length) {
    const removed = await rmdir(folder).then(
      () => true,
      (error: unknown) => isErrno(error, 'ENOENT'),
    )
    if (!removed) break
    folder = dirname(folder)
  }
  await ifThere(() => syncFolder(folder))
}
