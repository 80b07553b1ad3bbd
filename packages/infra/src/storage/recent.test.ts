import { expect, test } from 'vitest'
import { recent } from './recent.ts'

test('an answer holds for a while, and so does an error', async () => {
  const clock = { now: 0 }
  let calls = 0
  const ask = recent(
    async () => {
      calls += 1
      if (calls === 2) throw new Error('down')
      return calls
    },
    10,
    () => clock.now,
  )
  expect(await Promise.all([ask(), ask()])).toEqual([1, 1])
  clock.now = 9
  expect(await ask()).toBe(1)
  clock.now = 10
  await expect(ask()).rejects.toThrow('down')
  clock.now = 19
  await expect(ask()).rejects.toThrow('down')
  clock.now = 20
  expect(await ask()).toBe(3)
})

test('a slow answer is awaited by all, however long it takes', async () => {
  const clock = { now: 0 }
  let resolve = (_answer: string) => {}
  const promise = new Promise<string>((done) => {
    resolve = done
  })
  let calls = 0
  const ask = recent(
    () => {
      calls += 1
      return promise
    },
    10,
    () => clock.now,
  )
  const first = ask()
  clock.now = 1_000
  const second = ask()
  resolve('late')
  expect(await Promise.all([first, second])).toEqual(['late', 'late'])
  clock.now = 1_009
  await ask()
  expect(calls).toBe(1)
})
