import { expect, test } from 'vitest'
import { batchesOf, inBatches } from './in-batches.ts'

/** A list of the numbers below `count`, three at a time. */
function numbersBelow(count: number) {
  const asked: (number | null)[] = []
  const load = async (after: number | null) => {
    asked.push(after)
    const first = after === null ? 0 : after + 1
    return Array.from({ length: Math.min(3, count - first) }, (_, i) => first + i)
  }
  return { asked, load }
}

test.each([
  [0, [[]], [null]],
  [2, [[0, 1]], [null]],
  [3, [[0, 1, 2], []], [null, 2]],
  [4, [[0, 1, 2], [3]], [null, 2]],
])('a list of %i is read in batches until one is not full', async (count, expected, positions) => {
  const { asked, load } = numbersBelow(count)
  const batches: number[][] = []
  for await (const batch of batchesOf(load, { size: 3 })) batches.push(batch)
  expect(batches).toEqual(expected)
  expect(asked).toEqual(positions)
})

test('a list is read no further when its job is to end', async () => {
  const { asked, load } = numbersBelow(9)
  const ending = new AbortController()
  const reading = async () => {
    for await (const _ of batchesOf(load, { size: 3, signal: ending.signal })) ending.abort(new Error('shutting down'))
  }
  await expect(reading()).rejects.toThrow('shutting down')
  expect(asked).toEqual([null])
})

test('work is repeated until a batch is not full', async () => {
  const left = [1_000, 1_000, 7]
  expect(await inBatches(async () => left.shift() ?? 0)).toBe(2_007)
})
