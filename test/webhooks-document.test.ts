import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { signedHeaders } from '@seer/core/log/deliveries/sign'
import { makeSecret } from '@seer/core/log/endpoints/secret'
import { expect, test } from 'vitest'
import { freePort } from '../scripts/local/ports.ts'
import { eventually } from './e2e/eventually.ts'

const guide = readFileSync(new URL('../docs/webhooks.md', import.meta.url), 'utf8')
const sample = /```js\n(.*?)```/s.exec(guide)?.[1] as string

test('the sample of docs/webhooks.md takes what Seer signs, and nothing else', async () => {
  const [secret, port] = [makeSecret(), await freePort()]
  const child = spawn(process.execPath, ['--input-type=module', '-e', sample], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { PATH: process.env['PATH'], SEER_WEBHOOK_SECRET: secret, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  try {
    const body = JSON.stringify({ type: 'bot_joining', data: { id: 'evt_bot_1_2', subject: { id: 'b1' } } })
    const send = async (signedWith: string, sent = body) => {
      const headers = signedHeaders({ id: 'evt_bot_1_2', at: new Date(), body }, [signedWith])
      const type = { 'content-type': 'application/json' }
      return (
        await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers: { ...headers, ...type }, body: sent })
      ).status
    }
    await eventually(async () => expect(await send(secret)).toBe(204))
    expect(output).toContain('evt_bot_1_2 bot_joining b1')
    expect(await send(makeSecret())).toBe(401)
    expect(await send(secret, body.replace('b1', 'b2'))).toBe(401)
  } finally {
    child.kill()
  }
})
