import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { openWebhookReader, type WebhookReaderOptions } from './open-webhook-reader.ts'

const secret = `whsec_${Buffer.from('twenty-four bytes of key').toString('base64')}`
const older = `whsec_${Buffer.from('the key before the last!').toString('base64')}`
const none: WebhookReaderOptions = { signingSecrets: [], callbackSecrets: [], apiKey: null, verification: 'required' }
const all = { ...none, signingSecrets: [secret, older], callbackSecrets: ['c-secret', 'c-older'], apiKey: 'the-key' }
const reader = openWebhookReader(all)

const now = new Date('2026-07-09T14:00:00.500Z')
const seconds = Math.floor(now.getTime() / 1_000)
const body = Buffer.from('{"event":"bot.failed","data":{"name":"Zoë"}}')

function sign(key: string, id: string, timestamp: string | number, bytes = body): string {
  const bytesOfKey = Buffer.from(key.slice('whsec_'.length), 'base64')
  return `v1,${createHmac('sha256', bytesOfKey).update(`${id}.${timestamp}.`).update(bytes).digest('base64')}`
}

function signed(over: { id?: string; timestamp?: string | number; signature?: string; prefix?: string } = {}) {
  const { id = 'msg_1', timestamp = seconds, prefix = 'svix' } = over
  const signature = over.signature ?? sign(secret, id, timestamp)
  return { [`${prefix}-id`]: id, [`${prefix}-timestamp`]: String(timestamp), [`${prefix}-signature`]: signature }
}

const authenticate = (headers: Record<string, string | string[] | undefined>, bytes = body) =>
  reader.authenticate({ headers, body: bytes }, now)

describe('signatures', () => {
  test.each([
    [
      // The second vector is from the Standard Webhooks specification.
      'whsec_bvcR4dOmUvur+8Zj+dY9T+DXbb1QcBgp',
      'msg_2kSampleVector0001',
      '1773241932',
      'v1,UTVZRfPQnXLZEp1q2ZoGnbkreCirBln5so7ALor6DD4=',
      '{"event":"bot.failed","data":{"bot_id":"0c7e6f52-3d1b-4a80-8f19-62b9d4a1e733","event_id":null,"error_message":"The host refused the join request.","error_code":"BOT_NOT_ACCEPTED","sent_at":"2026-03-11T14:12:12.480Z"},"extra":null}',
    ],
    [
      'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      '1614265330',
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
      '{"test": 2432232314}',
    ],
  ])('verifies the test vector of %s', (signingSecret, id, timestamp, signature, text) => {
    const request = { headers: signed({ id, timestamp, signature }), body: Buffer.from(text) }
    const verifier = openWebhookReader({ ...none, signingSecrets: [signingSecret] })
    const sender = verifier.authenticate(request, new Date(Number(timestamp) * 1_000))
    expect(sender).toEqual({ scheme: 'svix', messageId: id })
  })

  test('accepts both spellings of the header names', () => {
    expect(authenticate(signed())).toEqual({ scheme: 'svix', messageId: 'msg_1' })
    expect(authenticate(signed({ prefix: 'webhook' }))).toEqual({ scheme: 'svix', messageId: 'msg_1' })
  })

  test('accepts every secret during a rotation', () => {
    expect(authenticate(signed({ signature: sign(older, 'msg_1', seconds) }))).not.toBeNull()
    const strange = `whsec_${Buffer.from('somebody else altogether').toString('base64')}`
    expect(authenticate(signed({ signature: sign(strange, 'msg_1', seconds) }))).toBeNull()
  })

  test('accepts a list with one right signature', () => {
    const right = sign(secret, 'msg_1', seconds)
    expect(authenticate(signed({ signature: `v1a,abc v1,${'A'.repeat(43)}= ${right}` }))).not.toBeNull()
    expect(authenticate(signed({ signature: right.replace('v1,', 'v2,') }))).toBeNull()
    expect(authenticate(signed({ signature: `${'v1,x '.repeat(16)}${right}` }))).toBeNull()
  })

  test.each([
    [-299, true],
    [-300, true],
    [-301, false],
    [299, true],
    [301, false],
  ])('a message signed %i seconds from now is accepted: %s', (offset, accepted) => {
    expect(authenticate(signed({ timestamp: seconds + offset })) !== null).toBe(accepted)
  })

  test.each([seconds * 1_000, '', 'now', `${seconds}.0`, ` ${seconds}`, '1e9', '-5'])(
    'refuses the time %j',
    (timestamp) => {
      expect(authenticate(signed({ timestamp }))).toBeNull()
    },
  )

  test('refuses a body that differs from the signed one in a single byte', () => {
    expect(authenticate(signed(), Buffer.from(body.toString().replace('failed', 'passed')))).toBeNull()
    expect(authenticate(signed(), Buffer.concat([body, Buffer.from(' ')]))).toBeNull()
    expect(authenticate(signed(), Buffer.from(JSON.stringify(JSON.parse(body.toString()), null, 1)))).toBeNull()
  })

  test.each(['', 'a b', 'msg_1\r\nx: y', 'msg_1, msg_2', 'x'.repeat(256), 'mensagem-é'])('refuses the id %j', (id) => {
    expect(authenticate(signed({ id }))).toBeNull()
  })

  test('refuses headers that are incomplete, mixed or repeated', () => {
    const headers = signed()
    for (const name of Object.keys(headers)) {
      expect(authenticate({ ...headers, [name]: undefined })).toBeNull()
      expect(authenticate({ ...headers, [name]: [headers[name] as string, headers[name] as string] })).toBeNull()
    }
    const { 'svix-signature': signature, ...rest } = headers
    expect(authenticate({ ...rest, 'webhook-signature': signature })).toBeNull()
  })

  test('refuses a malformed secret, without showing it', () => {
    expect(() => openWebhookReader({ ...none, signingSecrets: ['whsec_päss'] })).toThrow(/whsec_ followed by base64/)
    expect(() => openWebhookReader({ ...none, signingSecrets: [''] })).toThrow(/whsec_ followed by base64/)
  })
})

describe('secrets in headers', () => {
  test.each([
    ['x-mb-secret', 'c-secret', 'callback_secret'],
    ['x-mb-secret', 'c-older', 'callback_secret'],
    ['x-mb-alert-secret', 'c-secret', 'callback_secret'],
    ['x-meeting-baas-api-key', 'the-key', 'api_key'],
  ])('%s: %s proves a %s', (name, value, scheme) => {
    expect(authenticate({ [name]: value })).toEqual({ scheme, messageId: null })
    expect(authenticate({ [name]: [value] })).toEqual({ scheme, messageId: null })
    for (const wrong of ['', 'wrong', `${value} `, `${value}, ${value}`, value.toUpperCase()]) {
      expect(authenticate({ [name]: wrong })).toBeNull()
    }
    expect(authenticate({ [name]: [value, value] })).toBeNull()
  })

  test('accepts no secret when none is configured', () => {
    const closed = openWebhookReader({ ...none, callbackSecrets: [''], apiKey: '' })
    for (const headers of [signed(), { 'x-mb-secret': '' }, { 'x-meeting-baas-api-key': '' }, {}]) {
      expect(closed.authenticate({ headers, body }, now)).toBeNull()
    }
  })
})

test('a right proof does not make up for a wrong one', () => {
  const bad = signed({ signature: 'v1,AAAA' })
  expect(authenticate({ ...bad, 'x-mb-secret': 'c-secret', 'x-meeting-baas-api-key': 'the-key' })).toBeNull()
  expect(authenticate({ 'x-mb-secret': 'wrong', 'x-meeting-baas-api-key': 'the-key' })).toBeNull()
})

test('without verification everything is accepted, and proven senders are still recognised', () => {
  const open = openWebhookReader({ ...all, verification: 'off' })
  const identify = (headers: Record<string, string>) => open.authenticate({ headers, body }, now)
  expect(identify({})).toEqual({ scheme: 'none', messageId: null })
  expect(identify(signed({ signature: 'v1,AAAA' }))).toEqual({ scheme: 'none', messageId: 'msg_1' })
  expect(identify({ 'x-mb-secret': 'c-secret' })).toEqual({ scheme: 'callback_secret', messageId: null })
  expect(identify({ 'svix-id': 'line\nbreak' })).toEqual({ scheme: 'none', messageId: null })
})
