import { describe, expect, test } from 'vitest'
import { groupCommit } from './group-commit.ts'

/** A store whose writes end when the test ends them. */
function setUp(options: { batchSize?: number; parallel?: number; key?: (item: string) => string } = {}) {
  const batches: string[][] = []
  const ends: (() => void)[] = []
  const bad = new Set<string>()
  const write = async (items: string[]) => {
    batches.push(items)
    await new Promise<void>((resolve) => void ends.push(resolve))
    if (items.some((item) => item === 'down')) throw new Error('down')
    if (items.some((item) => bad.has(item))) throw new Error('bad')
    return items.map((item) => item.toUpperCase())
  }
  const isFatal = (error: unknown) => (error as Error).message === 'down'
  const commit = groupCommit({ write, isFatal, batchSize: 3, parallel: 1, ...options })
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  const endAll = async () => {
    while (ends.length > 0) {
      ends.shift()?.()
      await turn()
      await turn()
    }
  }
  return { commit, batches, bad, turn, endAll }
}

describe('groupCommit', () => {
  test('items that arrive together are written together, and each gets its own result', async () => {
    const { commit, batches, turn, endAll } = setUp()
    const answers = Promise.all(['a', 'b'].map(commit))
    await turn()
    await endAll()
    expect(await answers).toEqual(['A', 'B'])
    expect(batches).toEqual([['a', 'b']])
  })

  test('items that arrive during a write share the next batches, which have a maximum size', async () => {
    const { commit, batches, turn, endAll } = setUp()
    const answers = [commit('a')]
    await turn()
    for (const item of ['b', 'c', 'd', 'e']) answers.push(commit(item))
    await endAll()
    await Promise.all(answers)
    expect(batches).toEqual([['a'], ['b', 'c', 'd'], ['e']])
  })

  test('items with the same key are written in separate batches, in order', async () => {
    const { commit, batches, turn, endAll } = setUp({ key: (item) => item[0] as string })
    const answers = Promise.all(['a1', 'a2', 'b1', 'a3'].map(commit))
    await turn()
    await endAll()
    await answers
    expect(batches).toEqual([['a1', 'b1'], ['a2'], ['a3']])
  })

  test('only the bad item fails', async () => {
    const { commit, bad, turn, endAll } = setUp()
    bad.add('b')
    const answers = Promise.allSettled(['a', 'b', 'c'].map(commit))
    await turn()
    await endAll()
    expect((await answers).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })

  test('a bad item among two hundred costs a few writes, one after the other', async () => {
    const bad = 'item 77'
    const writes: number[] = []
    let [running, mostRunning] = [0, 0]
    const write = async (items: string[]) => {
      writes.push(items.length)
      running += 1
      mostRunning = Math.max(mostRunning, running)
      await new Promise((resolve) => setImmediate(resolve))
      running -= 1
      if (items.includes(bad)) throw new Error('bad')
      return items
    }
    const commit = groupCommit({ write, isFatal: () => false, batchSize: 200, parallel: 1 })
    const answers = await Promise.allSettled(Array.from({ length: 200 }, (_, i) => commit(`item ${i}`)))
    expect(answers.flatMap(({ status }, i) => (status === 'rejected' ? [i] : []))).toEqual([77])
    expect(writes.length).toBeLessThan(20)
    expect(mostRunning).toBe(1)
  })

  test('when the store is down all items fail at once', async () => {
    const { commit, batches, turn, endAll } = setUp()
    const answers = Promise.allSettled(['a', 'down', 'c'].map(commit))
    await turn()
    await endAll()
    expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(batches).toHaveLength(1)
  })
})
