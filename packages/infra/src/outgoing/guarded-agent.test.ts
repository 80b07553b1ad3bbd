import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { request } from 'undici'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AddressRules, type Resolve, refusalIn } from './address-guard.ts'
import { guardedAgent } from './guarded-agent.ts'

let port: number
const server = createServer((_, response) => response.setHeader('connection', 'close').end('inside'))
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  port = (server.address() as AddressInfo).port
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const rules: AddressRules = { anyAddress: false, privateHosts: ['local.example'], httpsOnly: true }

/** A resolver that gives each of these answers once. */
const resolving =
  (...addresses: string[]): Resolve =>
  (_name, _options, callback) =>
    callback(null, [{ address: addresses.shift() as string, family: 4 }])

async function reached(link: string, agent = guardedAgent(rules, { connectMs: 1_000 })): Promise<string> {
  try {
    return await (await request(link, { dispatcher: agent })).body.text()
  } catch (error) {
    return refusalIn(error)?.message ?? `another error: ${error}`
  }
}

test('connects to nothing inside the network, by address or by name', async () => {
  expect(await reached(`https://127.0.0.1:${port}/`)).toMatch(/not on the internet/)
  expect(await reached(`https://[::ffff:127.0.0.1]:${port}/`)).toMatch(/not on the internet/)
  const agent = guardedAgent(rules, { connectMs: 1_000 }, resolving('127.0.0.1'))
  expect(await reached(`https://hook.example:${port}/`, agent)).toMatch(/not on the internet/)
})

test('a name that is listed may be inside, by http', async () => {
  const agent = guardedAgent(rules, { connectMs: 1_000 }, resolving('127.0.0.1'))
  expect(await reached(`http://local.example:${port}/`, agent)).toBe('inside')
})

test('a name is judged again for each connection, and only with what that connection uses', async () => {
  const listed = { ...rules, privateHosts: ['127.0.0.1'], httpsOnly: false }
  const agent = guardedAgent(listed, { connectMs: 1_000 }, resolving('127.0.0.1', '10.0.0.1', '127.0.0.1'))
  expect(await reached(`http://hook.example:${port}/`, agent)).toBe('inside')
  expect(await reached(`http://hook.example:${port}/`, agent)).toMatch(/not on the internet/)
  expect(await reached(`http://hook.example:${port}/`, agent)).toBe('inside')
})
