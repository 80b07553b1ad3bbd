import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Storage } from '../../src/recordings/storage.ts'
import { bytesOf, filesToStore } from './file-to-store.ts'

export type OpenedStorage = {
  storage: Storage
  /** How many objects, temporary files and unfinished uploads the store holds. */
  countLeft: () => Promise<number>
}

/** Comparing megabytes byte by byte takes Vitest seconds. */
function expectBytes(read: Buffer, wanted: Buffer | undefined): void {
  expect(read.length).toBe(wanted?.length)
  expect(read.equals(wanted as Buffer)).toBe(true)
}

const newKey = () => `contract/${randomUUID()}/video.mp4`

/** What a Storage must keep, whatever it is made of. */
export function storageContract(open: () => Promise<OpenedStorage>): void {
  const files = filesToStore()
  let storage: Storage
  let countLeft: OpenedStorage['countLeft']
  beforeAll(async () => {
    const opened = await open()
    storage = opened.storage
    countLeft = opened.countLeft
    await storage.check()
  })

  async function leavesNothing(work: () => Promise<unknown>): Promise<void> {
    const before = await countLeft()
    await work()
    expect(await countLeft()).toBe(before)
  }

  describe('putting', () => {
    test('stores a file with its size, SHA-256 and content type', async () => {
      const [key, file] = [newKey(), await files.make(300_000, 'audio/flac')]
      expect(await storage.put(key, file)).toBe('stored')
      const { bytes, sha256 } = file
      expect(await storage.head(key)).toEqual({ bytes, sha256, contentType: 'audio/flac' })
      expectBytes(await bytesOf(await storage.read(key)), file.content)
    })

    test('keeps the object when the file is removed afterwards', async () => {
      const [key, file] = [newKey(), await files.make('kept')]
      await storage.put(key, file)
      await rm(file.path)
      expect((await bytesOf(await storage.read(key))).toString()).toBe('kept')
    })

    test('stores an empty file', async () => {
      const [key, file] = [newKey(), await files.make('')]
      expect(await storage.put(key, file)).toBe('stored')
      expect(await storage.head(key)).toMatchObject({ bytes: 0, sha256: file.sha256 })
      expect(await bytesOf(await storage.read(key))).toHaveLength(0)
    })

    test('never overwrites', async () => {
      const [key, first] = [newKey(), await files.make('the first')]
      await storage.put(key, first)
      await leavesNothing(async () => {
        expect(await storage.put(key, await files.make('the second'))).toBe('exists')
        expect(await storage.put(key, first)).toBe('exists')
      })
      expect((await bytesOf(await storage.read(key))).toString()).toBe('the first')
      expect((await storage.head(key))?.sha256).toBe(first.sha256)
    })

    test('stores exactly one of 20 files that are put under one key at the same time, and all of it', async () => {
      const key = newKey()
      const rivals = await Promise.all(Array.from({ length: 20 }, (_, n) => files.make(50_000 + n)))
      const before = await countLeft()
      const outcomes = await Promise.all(rivals.map((file) => storage.put(key, file)))
      const winner = rivals[outcomes.indexOf('stored')]
      expect(outcomes.filter((outcome) => outcome === 'stored')).toHaveLength(1)
      expect(await storage.head(key)).toMatchObject({ bytes: winner?.bytes, sha256: winner?.sha256 })
      expectBytes(await bytesOf(await storage.read(key)), winner?.content)
      expect(await countLeft()).toBe(before + 1)
    })

    test.each([
      ['another SHA-256', { sha256: 'ab'.repeat(32) }],
      ['fewer bytes', { bytes: 99 }],
      ['more bytes', { bytes: 101 }],
      ['a path where there is no file', { path: '/nowhere/at/all' }],
    ])('refuses a file that claims %s, and leaves nothing', async (_, claim) => {
      const [key, file] = [newKey(), await files.make(100)]
      await leavesNothing(async () => {
        const refused = expect.objectContaining({ code: 'STORAGE_CHECKSUM_MISMATCH' })
        await expect(storage.put(key, { ...file, ...claim })).rejects.toEqual(refused)
      })
      expect(await storage.head(key)).toBeNull()
      expect(await storage.put(key, file)).toBe('stored')
    })

    test('leaves no object when it is aborted before it begins, or on the way', async () => {
      const [key, file] = [newKey(), await files.make(3_000_000)]
      const reason = new Error('The process stops.')
      await leavesNothing(async () => {
        await expect(storage.put(key, file, AbortSignal.abort(reason))).rejects.toBe(reason)
        const stopping = new AbortController()
        const putting = storage.put(key, file, stopping.signal)
        stopping.abort(reason)
        await expect(putting).rejects.toBe(reason)
        expect(await storage.head(key)).toBeNull()
        expect(await storage.delete(key)).toBe(false)
      })
      expect(await storage.put(key, file)).toBe('stored')
    })
  })

  describe('reading', () => {
    test('gives any range', async () => {
      const [key, file] = [newKey(), await files.make(200_000)]
      await storage.put(key, file)
      const place = fc.nat(file.bytes - 1)
      await fc.assert(
        fc.asyncProperty(place, place, async (one, other) => {
          const [first, last] = [Math.min(one, other), Math.max(one, other)]
          expectBytes(await bytesOf(await storage.read(key, { first, last })), file.content.subarray(first, last + 1))
        }),
        { numRuns: 40, examples: [[0, 0] as [number, number], [0, 199_999], [199_999, 199_999]] },
      )
    })

    test('takes a range that ends behind the last byte to the end, and refuses one that begins there', async () => {
      const [key, emptyKey] = [newKey(), newKey()]
      await storage.put(key, await files.make('0123456789'))
      await storage.put(emptyKey, await files.make(''))
      expect((await bytesOf(await storage.read(key, { first: 7, last: 99 }))).toString()).toBe('789')
      const refused = expect.objectContaining({ code: 'RANGE_NOT_SATISFIABLE' })
      await expect(storage.read(key, { first: 10, last: 12 })).rejects.toEqual(refused)
      await expect(storage.read(emptyKey, { first: 0, last: 0 })).rejects.toEqual(refused)
    })

    test('can be left at any time, and repeated', async () => {
      const [key, file] = [newKey(), await files.make(1_000_000)]
      await storage.put(key, file)
      for await (const chunk of await storage.read(key)) {
        expect(chunk.length).toBeGreaterThan(0)
        break
      }
      const both = await Promise.all([bytesOf(await storage.read(key)), bytesOf(await storage.read(key))])
      for (const read of both) expectBytes(read, file.content)
    })

    test('says that an object is missing', async () => {
      const missing = expect.objectContaining({ code: 'STORAGE_OBJECT_MISSING' })
      await expect(storage.read(newKey())).rejects.toEqual(missing)
      await expect(storage.read(newKey(), { first: 0, last: 9 })).rejects.toEqual(missing)
      expect(await storage.head(newKey())).toBeNull()
    })
  })

  test('deletes an object once; then the key is free again', async () => {
    const [key, second] = [newKey(), await files.make('the second')]
    await leavesNothing(async () => {
      await storage.put(key, await files.make('the first'))
      expect(await storage.delete(key)).toBe(true)
      expect(await storage.delete(key)).toBe(false)
      expect(await storage.head(key)).toBeNull()
    })
    expect(await storage.put(key, second)).toBe('stored')
    expect((await bytesOf(await storage.read(key))).toString()).toBe('the second')
  })

  test.each([
    'Überblick/会議の録画.mp4',
    'a b/c+d&e=f#g?h%20i.mp4',
    '.unfinished/.hidden',
    'it\'s (one) [two] {three} ~!*@$,;:<>|"`^',
    `${'@'.repeat(80)}/${'é'.repeat(40)}`,
  ])('takes the key %s', async (name) => {
    const [key, file] = [`${randomUUID()}/${name}`, await files.make(1000)]
    expect(await storage.put(key, file)).toBe('stored')
    expect(await bytesOf(await storage.read(key, { first: 1, last: 5 }))).toEqual(file.content.subarray(1, 6))
    expect(await storage.delete(key)).toBe(true)
    expect(await storage.head(key)).toBeNull()
  })

  test('takes a key that continues another one, and deletes only one of them', async () => {
    const [key, file] = [newKey(), await files.make('text')]
    const keys = [key, `${key}/${key}`, `${key}@/x`, `${key}/video.mp4`]
    for (const each of keys) expect(await storage.put(each, file)).toBe('stored')
    expect(await storage.delete(key)).toBe(true)
    expect(await Promise.all(keys.map(async (each) => (await storage.head(each)) !== null))).toEqual([
      false,
      true,
      true,
      true,
    ])
  })

  test.each(['', '/', '/etc/passwd', 'a/', 'a//b', '.', '..', '../a', 'a/../../b', 'a/./b', 'a\\b', 'a\0b', 'a\nb'])(
    'refuses the key %j',
    async (key) => {
      const file = await files.make('text')
      await expect(storage.put(key, file)).rejects.toThrow('Not a key')
      await expect(storage.head(key)).rejects.toThrow('Not a key')
      await expect(storage.read(key)).rejects.toThrow('Not a key')
      await expect(storage.delete(key)).rejects.toThrow('Not a key')
    },
  )

  test('refuses keys and parts of keys that are too long, and halves of characters', async () => {
    for (const key of ['x'.repeat(81), Array(20).fill('x'.repeat(40)).join('/'), 'a\uD800b']) {
      await expect(storage.head(key)).rejects.toThrow('Not a key')
    }
  })

  test('can be checked again and again, which leaves nothing', async () => {
    await storage.check()
    await leavesNothing(async () => {
      await storage.check()
      await Promise.all([storage.check(), storage.check()])
    })
  })
}
