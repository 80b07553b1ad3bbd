import { describe, expect, test } from 'vitest'
import { startReceiver, startSandbox, testStart } from '../../testing/harness.ts'

const iso = (seconds: number) => new Date(testStart + seconds * 1000).toISOString()

describe('the clock by API', () => {
  test('shows, advances, jumps and changes speed', async () => {
    const sandbox = await startSandbox()
    expect((await sandbox.get('/sandbox/clock')).body).toMatchObject({ now: iso(0), speed: 0 })
    expect((await sandbox.post('/sandbox/clock', { advanceSeconds: 90 })).body.now).toBe(iso(90))
    expect((await sandbox.post('/sandbox/clock', { jumpTo: iso(3600) })).body.now).toBe(iso(3600))
    expect((await sandbox.post('/sandbox/clock', { speed: 60 })).body.speed).toBe(60)
    expect(sandbox.now()).toBeGreaterThanOrEqual(testStart + 3600_000)
  })

  test('answers an advance only after the deliveries it fired', async () => {
    const receiver = await startReceiver()
    const sandbox = await startSandbox({ webhookUrls: [receiver.url] })
    await sandbox.send()
    await sandbox.post('/sandbox/clock', { advanceSeconds: 3600 })
    expect(receiver.received).toHaveLength(8)
  })

  test('refuses to go back, unknown fields, and two targets at once', async () => {
    const sandbox = await startSandbox()
    for (const body of [{ jumpTo: iso(-1) }, { leap: 1 }, { speed: -1 }, { jumpTo: iso(1), advanceSeconds: 1 }]) {
      const answer = await sandbox.post('/sandbox/clock', body)
      expect(answer.status).toBe(400)
      expect(answer.body.error).toEqual(expect.any(String))
    }
  })

  test('flows by itself when it has a speed', async () => {
    const receiver = await startReceiver()
    const sandbox = await startSandbox({ webhookUrls: [receiver.url], speed: 10_000 })
    const completed = new Promise((resolve) => {
      receiver.answer = ({ body }) => {
        if (body.event === 'bot.completed') resolve(undefined)
        return 200
      }
    })
    await sandbox.send()
    await completed
    expect(sandbox.now()).toBeGreaterThan(testStart + 600_000)
  })
})

describe('the control API', () => {
  test('shows bots with history, next step, possible actions and deliveries, and bookings in a list of their own', async () => {
    const receiver = await startReceiver()
    const sandbox = await startSandbox({ webhookUrls: [receiver.url] })
    const id = await sandbox.send({ meeting_url: 'https://meet.google.com/abc-defg-hij?sandbox=lobby' })
    const booked = await sandbox.book(7200)
    await sandbox.advance(60)
    const { bots, scheduled, total } = (await sandbox.get('/sandbox/bots')).body
    expect(total).toBe(1)
    expect(scheduled).toMatchObject([{ botId: booked, joinAt: iso(7200), status: 'scheduled' }])
    expect(bots).toMatchObject([
      {
        botId: id,
        scenario: 'lobby',
        status: 'in_waiting_room',
        actions: ['admit', 'refuse', 'end', 'crash'],
        next: { status: 'waiting_room_timeout', at: iso(614) },
        deliveries: [
          { status: 'joining_call', state: 'delivered', attempts: [{ at: iso(8), status: 200 }] },
          { status: 'in_waiting_room', state: 'delivered' },
        ],
      },
    ])
  })

  test('leaves cancelled bookings out when only open ones are asked for', async () => {
    const sandbox = await startSandbox()
    const [cancelled, open] = [await sandbox.book(3_600), await sandbox.book(3_600)]
    await sandbox.call('DELETE', `/v2/bots/scheduled/${cancelled}`)
    const idsOf = async (query: string) =>
      (await sandbox.get(`/sandbox/bots${query}`)).body.scheduled.map(({ botId }: { botId: string }) => botId)
    expect(await idsOf('')).toEqual([cancelled, open])
    expect(await idsOf('?open=true')).toEqual([open])
  })

  test('tells the page its key, and how long a meeting takes', async () => {
    const sandbox = await startSandbox({ apiKey: 'not-a-secret', meetingMinutes: 0.4 })
    const { apiKey, meetingSeconds } = (await sandbox.get('/sandbox/settings')).body
    expect(meetingSeconds).toBe(24)
    const send = (key: string) =>
      sandbox.call('GET', '/v2/bots', undefined, { 'x-meeting-baas-api-key': key }).then(({ status }) => status)
    expect([await send('sandbox'), await send(apiKey)]).toEqual([403, 200])
    expect((await (await startSandbox()).get('/sandbox/settings')).body.apiKey).toBeNull()
  })

  test('filters deliveries', async () => {
    const receiver = await startReceiver()
    const sandbox = await startSandbox({ webhookUrls: [receiver.url] })
    const [first] = [await sandbox.send(), await sandbox.send()]
    await sandbox.advance(3600)
    const total = async (query: string) => (await sandbox.get(`/sandbox/deliveries?${query}`)).body.total
    expect(await total('')).toBe(16)
    expect(await total(`botId=${first}`)).toBe(8)
    expect(await total('event=bot.completed')).toBe(2)
    expect(await total('state=failed')).toBe(0)
  })

  test('forgets the oldest finished notifications above its limit, but never pending ones', async () => {
    const receiver = await startReceiver(({ body }) => (body.data.status?.code === 'joining_call' ? 500 : 200))
    const sandbox = await startSandbox({ webhookUrls: [receiver.url], historyLimit: 20 })
    const first = await sandbox.send()
    await sandbox.advance(700)
    for (let bot = 0; bot < 5; bot++) await sandbox.send()
    await sandbox.advance(700)
    expect((await sandbox.get('/sandbox/deliveries')).body.total).toBeLessThanOrEqual(22)
    const kept = (await sandbox.get(`/sandbox/deliveries?botId=${first}`)).body.deliveries
    expect(kept).toMatchObject([{ status: 'joining_call', state: 'pending' }])
  })
})

describe('reset', () => {
  test('forgets everything but the clock and the configured endpoints, and nothing old fires', async () => {
    const receiver = await startReceiver()
    const sandbox = await startSandbox({ webhookUrls: [receiver.url] })
    await sandbox.send()
    await sandbox.book(600)
    await sandbox.post('/sandbox/faults', { kind: 'reset', match: { path: '/nowhere' } })
    await sandbox.post('/sandbox/webhook-endpoints', { url: receiver.url })
    await sandbox.advance(5)
    await sandbox.post('/sandbox/reset')
    await sandbox.advance(3600)
    expect(receiver.received).toEqual([])
    expect((await sandbox.get('/v2/bots')).body.data).toEqual([])
    expect((await sandbox.get('/v2/bots/scheduled')).body.data).toEqual([])
    expect((await sandbox.get('/sandbox/faults')).body.faults).toEqual([])
    expect((await sandbox.get('/sandbox/webhook-endpoints')).body.endpoints).toHaveLength(1)
    expect(sandbox.now()).toBe(testStart + 3605_000)
  })

  test('stops retries', async () => {
    const receiver = await startReceiver()
    const sandbox = await startSandbox({ webhookUrls: [receiver.url] })
    receiver.answer = ({ path }) => {
      if (path === '/cb') sandbox.reset()
      return 500
    }
    const meeting_url = 'https://zoom.us/j/123456789?sandbox=login_required'
    await sandbox.send({ meeting_url, callback_enabled: true, callback_config: { url: `${receiver.url}/cb` } })
    await sandbox.advance(16)
    const before = receiver.received.length
    expect(receiver.received.filter(({ path }) => path === '/cb')).toHaveLength(1)
    await sandbox.advance(3600)
    expect(receiver.received).toHaveLength(before)
  })
})

describe('limits by API', () => {
  test('can be set while running; 0 lifts them', async () => {
    const sandbox = await startSandbox({ dailyCap: 1 })
    await sandbox.send()
    const limits = { tokens: 100, dailyCap: 2, rateLimit: 0 }
    expect((await sandbox.post('/sandbox/limits', limits)).body).toEqual(limits)
    await sandbox.send()
    await expect(sandbox.send()).rejects.toThrow('FST_ERR_DAILY_BOT_CAP_REACHED')
    await sandbox.post('/sandbox/limits', { dailyCap: 0 })
    await sandbox.send()
  })
})

describe('safety', () => {
  test('a page of another origin cannot steer the sandbox', async () => {
    const sandbox = await startSandbox()
    const from = (origin: string) => sandbox.call('POST', '/sandbox/reset', {}, { origin })
    expect((await from('https://evil.example')).status).toBe(403)
    expect((await from(sandbox.url)).status).toBe(200)
  })

  test('endpoints need an HTTP URL and proper secrets', async () => {
    const sandbox = await startSandbox()
    for (const body of [{ url: 'ftp://x' }, { url: 'http://127.0.0.1:1', secrets: ['plain'] }, {}]) {
      expect((await sandbox.post('/sandbox/webhook-endpoints', body)).status).toBe(400)
    }
  })
})

test('the page is served with its parts and loads nothing from elsewhere', async () => {
  const sandbox = await startSandbox()
  const page = await sandbox.get('/')
  expect(page.headers.get('content-security-policy')).toContain("default-src 'self'")
  const parts = [...String(page.body).matchAll(/(?:src|href)="([^"#]+)"/g)].map((match) => match[1] as string)
  expect(parts.length).toBeGreaterThanOrEqual(2)
  for (const part of parts) {
    expect(part).toMatch(/^\/[^/]/)
    expect((await sandbox.get(part)).status).toBe(200)
  }
})
