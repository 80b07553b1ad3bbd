import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { runCli } from '../testing/run-cli.ts'

const makeKey = (env: NodeJS.ProcessEnv) => runCli(['keys', 'create', '--user', 'local', '--json'], env)
const tryAgain = { code: 75, err: ['The database cannot be reached, or is too busy.'] }

test('a database that takes connections and does not answer ends a command with 75: scripts may try again', async () => {
  const silent = createServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  expect(await makeKey({ DATABASE_URL: `postgresql://127.0.0.1:${port}/seer` })).toMatchObject(tryAgain)
  silent.close()
})

test('so does a database that is away', async () => {
  expect(await makeKey({ DATABASE_URL: 'postgresql://127.0.0.1:1/seer' })).toMatchObject(tryAgain)
})

test('what no repetition helps ends a command with 1', async () => {
  const err = expect.arrayContaining(['  DATABASE_URL: is required'])
  expect(await makeKey({})).toMatchObject({ code: 1, err })
})
