import { expect, test } from 'vitest'
import { prepareDatabase } from './prepare-database.ts'
import { createProcessGroup } from './processes.ts'

test('does not report a database as ready when it does not answer', async () => {
  const heard: string[] = []
  const env = { DATABASE_URL: 'postgresql://127.0.0.1:1/none' }
  const prepared = prepareDatabase(createProcessGroup(), { folder: '/nowhere', env }, (what) => heard.push(what))
  await expect(prepared).rejects.toThrow(/refused the connection; is it running, and is DATABASE_URL right/)
  expect(heard).toEqual([])
})
