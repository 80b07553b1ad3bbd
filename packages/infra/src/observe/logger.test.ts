import { expect, test } from 'vitest'
import { createLogger } from './logger.ts'

function openLog() {
  const lines: Record<string, unknown>[] = []
  const log = createLogger({
    level: 'info',
    name: 'test',
    destination: { write: (line) => void lines.push(JSON.parse(line)) },
  })
  return { log, lines, text: () => JSON.stringify(lines) }
}

test('secrets never reach a line, at any depth', () => {
  const { log, text } = openLog()
  const secret = 'sk-live-1234'
  log.info({ apiKey: secret, api_key: secret, password: secret, 'x-meeting-baas-api-key': secret }, 'flat')
  log.info({ request: { headers: { Authorization: `Bearer ${secret}`, 'set-cookie': [secret] } } }, 'nested')
  log.info({ list: [{ config: { secrets: [secret], refreshToken: secret } }] }, 'in a list')
  log.child({ callback: { secret } }).info('in a child')
  log.info({ url: `postgres://seer:${secret}@db/seer`, text: `sent Bearer ${secret}` }, 'in a text')
  log.info({ file: `https://bucket/a.mp4?X-Amz-Signature=${secret}&a=1` }, 'in a query')
  expect(text()).not.toContain(secret)
  expect(text()).toContain('a=1')
})

test('secrets in an error do not reach its line', () => {
  const { log, lines, text } = openLog()
  const error = Object.assign(new Error('POST https://u:sk-live-1234@api failed'), {
    config: { headers: { 'x-meeting-baas-api-key': 'sk-live-1234' } },
  })
  log.error({ err: error }, 'failed')
  expect(text()).not.toContain('sk-live-1234')
  expect(lines[0]).toMatchObject({ level: 'error', err: { type: 'Error' } })
})

test('the logged object is not changed', () => {
  const { log } = openLog()
  const fields = { nested: { token: 'abc' } }
  log.info(fields, 'x')
  expect(fields.nested.token).toBe('abc')
})

test('fields without secrets stay readable', () => {
  const { log, lines } = openLog()
  log.child({ meetingId: 'm1' }).info({ remaining_tokens: 3, tokens: null, at: new Date(0), tokenPresent: true }, 'ok')
  expect(lines[0]).toMatchObject({
    name: 'test',
    msg: 'ok',
    meetingId: 'm1',
    remaining_tokens: 3,
    tokens: null,
    at: '1970-01-01T00:00:00.000Z',
    tokenPresent: true,
  })
})

test('an endless structure is cut off', () => {
  const { log, text } = openLog()
  const loop: Record<string, unknown> = {}
  loop['self'] = loop
  log.info({ loop }, 'x')
  expect(text()).toContain('too large to log')
})
