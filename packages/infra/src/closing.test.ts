import { expect, test } from 'vitest'
import { newClosing } from './closing.ts'

test('what was opened last is closed first, and one failure keeps nothing else open', async () => {
  const closed: string[] = []
  const errors: unknown[] = []
  const closing = newClosing((error) => errors.push(error))
  const failure = new Error('it hangs')
  closing.add(() => void closed.push('database'))
  closing.add(async () => {
    throw failure
  })
  closing.add(async () => void closed.push('workers'))
  await closing.close()
  expect([closed, errors]).toEqual([['workers', 'database'], [failure]])
})

test('nothing is closed twice', async () => {
  const closed: string[] = []
  const closing = newClosing(() => {})
  closing.add(() => void closed.push('database'))
  await closing.close()
  await closing.close()
  expect(closed).toEqual(['database'])
})
