import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { label, type Received, startReceiver, startSandbox, testStart, webhookSecret } from '../../testing/harness.ts'

const otherSecret = 'whsec_c2FuZGJveC1zZWNyZXQ='
const day = 24 * 3600

function signatureOf(secret: string, { headers, raw }: Received): string {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  const signed = `${headers['svix-id']}.${headers['svix-timestamp']}.${raw}`
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`
}

/** A sandbox whose only endpoint is a receiver with these answers. */
async function connect(answer: Parameters<typeof startReceiver>[0], options = {}) {
  const receiver = await startReceiver(answer)
  const sandbox = await startSandbox({ webhookUrls: [receiver.url], webhookSecrets: [webhookSecret], ...options })
  return { receiver, sandbox }
}

describe('a message', () => {
  test('is signed over its raw bytes with the real time, whatever the virtual time', async () => {
    const real = Date.parse('2031-01-01T00:00:00Z')
    const { receiver, sandbox } = await connect(() => 200, { realNow: () => real })
    await sandbox.send({ extra: { name: 'Zoë' } })
    await sandbox.advance(10)
    const request = receiver.received[0] as Received
    expect(request.headers['svix-timestamp']).toBe(String(real / 1000))
    expect(request.headers['svix-signature']).toBe(signatureOf(webhookSecret, request))
    expect(request.body.data.status.created_at).toBe(new Date(testStart + 8000).toISOString())
  })

  test('has the contract’s shape, with extra beside data, and start_time in seconds only with recording', async () => {
    const { receiver, sandbox } = await connect(() => 200)
    const bot_id = await sandbox.send({ extra: { meetingId: 'm1' }, transcription_enabled: true })
    await sandbox.advance(3600)
    expect(receiver.received.map(label)).toEqual([
      'bot.status_change:joining_call',
      'bot.status_change:in_waiting_room',
      'bot.status_change:in_call_not_recording',
      'bot.status_change:in_call_recording',
      'bot.status_change:call_ended',
      'bot.status_change:recording_succeeded',
      'bot.status_change:transcribing',
      'bot.status_change:completed',
      'bot.completed',
    ])
    expect(receiver.received[3]?.body).toEqual({
      event: 'bot.status_change',
      data: {
        bot_id,
        event_id: null,
        status: {
          code: 'in_call_recording',
          created_at: new Date(testStart + 21_000).toISOString(),
          start_time: testStart / 1000 + 21,
        },
      },
      extra: { meetingId: 'm1' },
    })
    const people = [
      { name: 'Ines Okafor', id: 1 },
      { name: 'Tomasz Reyes', id: 2 },
    ]
    const file = expect.stringContaining(`/files/${bot_id}/`)
    expect(receiver.received[8]?.body).toEqual({
      event: 'bot.completed',
      data: {
        bot_id,
        event_id: null,
        participants: people,
        speakers: people,
        duration_seconds: 600,
        joined_at: new Date(testStart + 18_000).toISOString(),
        exited_at: new Date(testStart + 621_000).toISOString(),
        data_deleted: false,
        video: file,
        audio: file,
        diarization: file,
        raw_transcription: file,
        transcription: file,
        transcription_provider: 'gladia',
        transcription_ids: [expect.any(String)],
        sent_at: new Date(testStart + 657_000).toISOString(),
      },
      extra: { meetingId: 'm1' },
    })
  })

  test('carries every signature during a rotation', async () => {
    const { receiver, sandbox } = await connect(() => 200, { webhookSecrets: [otherSecret, webhookSecret] })
    await sandbox.send()
    await sandbox.advance(10)
    const request = receiver.received[0] as Received
    const both = [signatureOf(otherSecret, request), signatureOf(webhookSecret, request)]
    expect(request.headers['svix-signature']).toBe(both.join(' '))
  })

  test('goes to every endpoint that wants it, under one id', async () => {
    const { receiver, sandbox } = await connect(() => 200)
    const second = await startReceiver()
    const events = ['bot.completed']
    const { body } = await sandbox.post('/sandbox/webhook-endpoints', { url: second.url, events })
    expect(body.secrets).toEqual([expect.stringMatching(/^whsec_/)])
    await sandbox.send()
    await sandbox.advance(3600)
    expect(second.received.map(label)).toEqual(['bot.completed'])
    expect(second.received[0]?.headers['svix-id']).toBe(receiver.received.at(-1)?.headers['svix-id'])
    await sandbox.call('DELETE', `/sandbox/webhook-endpoints/${body.id}`)
    await sandbox.send()
    await sandbox.advance(3600)
    expect(second.received).toHaveLength(1)
  })
})

describe('retries', () => {
  /** Virtual seconds from the first attempt to each other attempt of a message that is never accepted. */
  async function attemptTimes(answer: () => number | 'hang', options = {}): Promise<number[]> {
    const { sandbox } = await connect(answer, options)
    await sandbox.send({ meeting_url: 'https://zoom.us/j/123456789?sandbox=crash' })
    await sandbox.advance(day)
    const { deliveries } = (await sandbox.get('/sandbox/deliveries?event=bot.failed')).body
    expect(deliveries).toHaveLength(1)
    expect(deliveries[0].state).toBe('failed')
    const times = deliveries[0].attempts.map(({ at }: { at: string }) => Date.parse(at) / 1000)
    return times.map((time: number) => time - times[0])
  }

  const planned = [5, 10, 300, 900, 1800, 7200]

  test.each([500, 404, 410, 302])('of a %i follow the schedule, give or take 20 %', async (status) => {
    const times = await attemptTimes(() => status)
    expect(times).toHaveLength(7)
    const waits = times.slice(1).map((time, index) => time - (times[index] as number))
    for (const [index, wait] of waits.entries()) {
      const plan = planned[index] as number
      expect(wait).toBeGreaterThanOrEqual(plan * 0.8)
      expect(wait).toBeLessThanOrEqual(plan * 1.2)
    }
    expect(waits).not.toEqual(planned)
  })

  test('wait at least a minute after a 429', async () => {
    const times = await attemptTimes(() => 429)
    expect(times[1]).toBe(60)
    expect(times[2]).toBe(120)
  })

  test('wait at least a minute after a timeout', async () => {
    const times = await attemptTimes(() => 'hang', { deliveryTimeoutMs: 10 })
    expect(times[1]).toBe(60)
  })

  test('have the same jitter with the same seed', async () => {
    const first = await attemptTimes(() => 500, { seed: 7 })
    expect(await attemptTimes(() => 500, { seed: 7 })).toEqual(first)
    expect(await attemptTimes(() => 500, { seed: 8 })).not.toEqual(first)
  })

  test('keep id and body, and end with the first 2xx', async () => {
    const { receiver, sandbox } = await connect((request, count) =>
      label(request) === 'bot.status_change:joining_call' && count < 2 ? 503 : 204,
    )
    await sandbox.send()
    await sandbox.advance(3600)
    const tries = receiver.received.filter((request) => label(request) === 'bot.status_change:joining_call')
    expect(tries).toHaveLength(3)
    expect(new Set(tries.map(({ headers }) => headers['svix-id'])).size).toBe(1)
    expect(new Set(tries.map(({ raw }) => raw)).size).toBe(1)
  })
})

test('a removed endpoint gets no retries', async () => {
  const { receiver, sandbox } = await connect(() => 500)
  const [endpoint] = (await sandbox.get('/sandbox/webhook-endpoints')).body.endpoints
  await sandbox.send()
  await sandbox.advance(9)
  expect((await sandbox.call('DELETE', `/sandbox/webhook-endpoints/${endpoint.id}`)).status).toBe(204)
  await sandbox.advance(day)
  expect(receiver.received).toHaveLength(1)
})

describe('an endpoint that fails for five days', () => {
  test('is disabled until somebody enables it, and messages meanwhile are lost', async () => {
    const { receiver, sandbox } = await connect(() => 500)
    const [endpoint] = (await sandbox.get('/sandbox/webhook-endpoints')).body.endpoints
    const enabled = async () => (await sandbox.get('/sandbox/webhook-endpoints')).body.endpoints[0].enabled
    for (let days = 0; days < 5; days++) {
      await sandbox.send()
      await sandbox.advance(day)
      expect(await enabled()).toBe(true)
    }
    await sandbox.send()
    await sandbox.advance(3600)
    expect(await enabled()).toBe(false)
    const before = receiver.received.length
    receiver.answer = () => 200
    await sandbox.send()
    await sandbox.advance(day)
    expect(receiver.received).toHaveLength(before)
    await sandbox.call('PATCH', `/sandbox/webhook-endpoints/${endpoint.id}`, { enabled: true })
    await sandbox.advance(day)
    expect(receiver.received).toHaveLength(before)
    await sandbox.send()
    await sandbox.advance(3600)
    expect(receiver.received.length).toBeGreaterThan(before)
  })

  test('stays enabled after one success in between', async () => {
    const { receiver, sandbox } = await connect(() => 500)
    for (let days = 0; days < 9; days++) {
      receiver.answer = (request) => (days === 4 && label(request) === 'bot.completed' ? 200 : 500)
      await sandbox.send()
      await sandbox.advance(day)
    }
    expect((await sandbox.get('/sandbox/webhook-endpoints')).body.endpoints[0].enabled).toBe(true)
  })
})

describe('callbacks', () => {
  async function attempts(answer: number, overrides: Record<string, unknown> = {}) {
    const receiver = await startReceiver(() => answer)
    const sandbox = await startSandbox()
    const callback_config = { url: `${receiver.url}/cb`, secret: 's3cret', ...overrides }
    await sandbox.send({ callback_enabled: true, callback_config, extra: { id: 'x' } })
    await sandbox.advance(3600)
    const { deliveries } = (await sandbox.get('/sandbox/deliveries?channel=callback')).body
    const times = deliveries[0].attempts.map(({ at }: { at: string }) => Date.parse(at) / 1000)
    return { receiver, times: times.map((time: number) => time - times[0]), state: deliveries[0].state }
  }

  test('carry the final event and the shared secret, and no signature', async () => {
    const { receiver, state } = await attempts(200, { method: 'PUT' })
    expect(state).toBe('delivered')
    expect(receiver.received.map(({ method, path }) => [method, path])).toEqual([['PUT', '/cb']])
    const { headers, body } = receiver.received[0] as Received
    expect(headers['x-mb-secret']).toBe('s3cret')
    expect(headers).not.toHaveProperty('svix-id')
    expect(body).toMatchObject({ event: 'bot.completed', extra: { id: 'x' } })
  })

  test('without a secret have no secret header', async () => {
    const { receiver } = await attempts(200, { secret: null })
    expect(receiver.received[0]?.headers).not.toHaveProperty('x-mb-secret')
  })

  test('are tried four times within 21 seconds on 5xx', async () => {
    expect(await attempts(503)).toMatchObject({ times: [0, 1, 6, 21], state: 'failed' })
  })

  test.each([400, 404, 429, 302])('end with a %i', async (status) => {
    expect(await attempts(status)).toMatchObject({ times: [0], state: 'failed' })
  })

  test('are retried when nobody listens', async () => {
    const sandbox = await startSandbox()
    await sandbox.send({ callback_enabled: true, callback_config: { url: 'http://127.0.0.1:1/' } })
    await sandbox.advance(3600)
    const { deliveries } = (await sandbox.get('/sandbox/deliveries?channel=callback')).body
    expect(deliveries[0].attempts).toHaveLength(4)
    expect(deliveries[0].attempts[0]).toMatchObject({ status: null, error: expect.stringContaining('ECONNREFUSED') })
  })

  test('are sent in addition to webhooks', async () => {
    const { receiver, sandbox } = await connect(() => 200)
    await sandbox.send({ callback_enabled: true, callback_config: { url: `${receiver.url}/cb` } })
    await sandbox.advance(3600)
    expect(receiver.received.filter(({ body }) => body.event === 'bot.completed')).toHaveLength(2)
  })
})
