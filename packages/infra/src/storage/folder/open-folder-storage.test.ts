import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RetryableError } from '@seer/core/basics/errors'
import { bytesOf, filesToStore } from '@seer/core/testing/recordings/file-to-store'
import { storageContract } from '@seer/core/testing/recordings/storage-contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openFolderStorage } from './open-folder-storage.ts'
import { unfinishedPrefix } from './place-object.ts'

const files = filesToStore()
let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'seer-storage-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

/** Objects and unfinished files alike. */
async function countFiles(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isFile() && entry.name !== '@about.json').length
}

describe('a folder', () => {
  storageContract(async () => {
    const folder = join(root, 'contract')
    return { storage: openFolderStorage(folder), countLeft: () => countFiles(folder) }
  })
})

async function opened(name: string) {
  const folder = join(root, name)
  return { folder, storage: openFolderStorage(folder), file: await files.make('0123456789') }
}

test('a file is kept by a link, so it is not copied, and cannot be written any more', async () => {
  const { folder, storage, file } = await opened('links')
  await storage.put('bots/1/video.mp4', file)
  const kept = await stat(join(folder, 'bots/1/video.mp4@/video.mp4'))
  expect(kept.ino).toBe((await stat(file.path)).ino)
  expect(kept.mode & 0o777).toBe(0o440)
})

const refusing = (code: string) => async () => {
  throw Object.assign(new Error(code), { code })
}

test('a file of another file system is copied', async () => {
  const { folder, file } = await opened('copies')
  const storage = openFolderStorage(folder, refusing('EXDEV'))
  expect(await storage.put('a', file)).toBe('stored')
  expect((await stat(file.path)).nlink).toBe(1)
  expect((await bytesOf(await storage.read('a'))).toString()).toBe('0123456789')
})

test('a copy that is aborted leaves nothing', async () => {
  const { folder } = await opened('aborted')
  const storage = openFolderStorage(folder, refusing('EXDEV'))
  const stopping = new AbortController()
  const putting = storage.put('a', await files.make(5_000_000), stopping.signal)
  stopping.abort(new Error('The process stops.'))
  await expect(putting).rejects.toThrow('The process stops.')
  expect(await countFiles(folder)).toBe(0)
})

test.each([
  ['ENOSPC', 'STORAGE_FULL', 'make room'],
  ['EDQUOT', 'STORAGE_FULL', 'make room'],
  ['EACCES', 'STORAGE_DENIED', 'must not write'],
  ['EROFS', 'STORAGE_DENIED', 'must not write'],
  ['EIO', 'STORAGE_UNAVAILABLE', 'EIO'],
])('%s of the system is told as %s', async (errno, code, words) => {
  const { folder, file } = await opened(errno)
  const putting = openFolderStorage(folder, refusing(errno)).put('a', file)
  await expect(putting).rejects.toMatchObject({ code, message: expect.stringContaining(words) })
  await expect(putting).rejects.toBeInstanceOf(RetryableError)
  expect(await countFiles(folder)).toBe(0)
})

test('a folder that was never used may be a disk that is not mounted, so nothing counts as missing', async () => {
  const { storage, file } = await opened('unmounted')
  const unavailable = { code: 'STORAGE_UNAVAILABLE', message: expect.stringContaining('mounted') }
  await expect(storage.head('a')).rejects.toMatchObject(unavailable)
  await expect(storage.read('a')).rejects.toMatchObject(unavailable)
  await expect(storage.delete('a')).rejects.toMatchObject(unavailable)
  expect(await storage.put('a', file)).toBe('stored')
  expect(await storage.head('b')).toBeNull()
})

test('deleting removes the folders that have become empty, and no others', async () => {
  const { folder, storage, file } = await opened('empty')
  await storage.put('bots/1/video.mp4', file)
  await storage.put('bots/2/video.mp4', file)
  await storage.delete('bots/1/video.mp4')
  expect(await readdir(join(folder, 'bots'))).toEqual(['2'])
})

test('reading a whole object notices that its bytes have changed on the disk', async () => {
  const { folder, storage, file } = await opened('damaged')
  await storage.put('a', file)
  const content = join(folder, 'a@/a')
  await chmod(content, 0o640)
  await writeFile(content, '01234X6789')
  await expect(storage.read('a').then(bytesOf)).rejects.toMatchObject({ code: 'STORAGE_CHECKSUM_MISMATCH' })
})

test('an object that somebody put there by hand has no SHA-256 and no type, but can be read', async () => {
  const { folder, storage } = await opened('by-hand')
  await mkdir(join(folder, 'a@'), { recursive: true })
  await writeFile(join(folder, 'a@/a'), 'text')
  expect(await storage.head('a')).toEqual({ bytes: 4, sha256: null, contentType: null })
  expect((await bytesOf(await storage.read('a'))).toString()).toBe('text')
})

test('the files of a process that died are removed after a day, or together with their key', async () => {
  const { folder, storage, file } = await opened('left')
  await storage.put('first', file)
  const unfinished = join(folder, '.unfinished')
  await mkdir(join(unfinished, 'old'))
  await utimes(join(unfinished, 'old'), 0, 0)
  await mkdir(join(unfinished, 'new'))
  await mkdir(join(unfinished, `${unfinishedPrefix('second')}-of-a-dead-process`))
  const reopened = openFolderStorage(folder)
  await reopened.put('third', file)
  expect(await readdir(unfinished)).toHaveLength(2)
  expect(await reopened.delete('second')).toBe(false)
  expect(await readdir(unfinished)).toEqual(['new'])
})

test('a file in the place of the folder is not changed', async () => {
  const { folder, storage, file } = await opened('trouble')
  await writeFile(folder, 'not a folder')
  await expect(storage.check()).rejects.toMatchObject({
    code: 'STORAGE_UNAVAILABLE',
    message: expect.stringContaining(folder),
  })
  await expect(storage.put('a', file)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
  expect(await readFile(folder, 'utf8')).toBe('not a folder')
})
