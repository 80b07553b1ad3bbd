import { expect, test } from 'vitest'
import { endsWithin, within } from './within.ts'

const hang = () => new Promise<never>(() => {})
const late = () => new Error('late')

test('work that ends in time is all that counts', async () => {
  expect(await within(10_000, Promise.resolve('done'), late)).toBe('done')
  await expect(within(10_000, Promise.reject(new Error('own')), late)).rejects.toThrow('own')
})

test('of work that hangs, the caller gets an error of its own', async () => {
  await expect(within(10, hang(), late)).rejects.toThrow('late')
})

test('whether work ends in time does not depend on how it ends', async () => {
  const ends = [endsWithin(10_000, Promise.resolve()), endsWithin(10_000, Promise.reject(new Error('own')))]
  expect(await Promise.all([...ends, endsWithin(10, hang())])).toEqual([true, true, false])
})
