import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { runCli } from '../testing/run-cli.ts'

const makeKey = (env: NodeJS.ProcessEnv) => runCli(['keys', 'create', '--user', 'local', '--json'], env)
const tryAgain = { code: 75, err: ['The database cannot be reached, or is too busy.'] }

test('a command ends with 75 when the database takes connections but does not answer, so scripts may try again', async () => {
  const silent = createServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  expect(await makeKey({ DATABASE_URL: `postgresql://127.0.0.1:${port}/seer` })).toMatchObject(tryAgain)
  silent.close()
})

test('a command ends with 75 when the database is down', async () => {
  expect(await makeKey({ DATABASE_URL: 'postgresql://127.0.0.1:1/seer' })).toMatchObject(tryAgain)
})

test('a command ends with 1 when trying again cannot help', async () => {
  const err = expect.arrayContaining(['  DATABASE_URL: is required'])
  expect(await makeKey({})).toMatchObject({ code: 1, err })
})
