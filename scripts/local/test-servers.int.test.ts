import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import pg from 'pg'
import { afterEach, expect, inject, test } from 'vitest'
import { freePort } from './ports.ts'
import { obtainPostgres, type TestServer } from './test-servers.ts'

let stranger: Server | undefined
let server: TestServer | undefined
afterEach(async () => {
  await server?.stop()
  stranger?.close()
})

test('a server that the user names is used as it is and never stopped', async () => {
  const { serverUrl } = inject('services')
  server = await obtainPostgres({ url: serverUrl })
  await server.stop()
  expect(server).toMatchObject({ url: serverUrl, origin: 'TEST_DATABASE_URL' })
  expect(await answer(server.url)).toBe(1)
})

test('a server is started for the run when there is none', async () => {
  server = await obtainPostgres({ url: '', localPort: await freePort() })
  expect(await answer(server.url)).toBe(1)
})

test('another program on the port of PostgreSQL is not disturbed', async () => {
  stranger = createServer((socket) => socket.on('error', () => {}).end('220 mail\r\n')).listen(0, '127.0.0.1')
  await once(stranger, 'listening')
  const { port } = stranger.address() as AddressInfo
  server = await obtainPostgres({ url: '', localPort: port })
  expect(new URL(server.url).port).not.toBe(String(port))
  expect(await answer(server.url)).toBe(1)
})

async function answer(connectionString: string): Promise<number> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  const { rows } = await client.query<{ one: number }>('SELECT 1 AS one')
  await client.end()
  return rows[0]!.one
}
