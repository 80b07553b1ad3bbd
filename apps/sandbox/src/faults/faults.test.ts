import { describe, expect, test } from 'vitest'
import { botRequest, label, startReceiver, startSandbox } from '../../testing/harness.ts'

const count = async (sandbox: { get(path: string): Promise<{ body: any }> }) =>
  (await sandbox.get('/sandbox/bots')).body.total

describe('faults of the API', () => {
  test('status answers with the vendor’s error, HTML or nothing, and processes nothing', async () => {
    const sandbox = await startSandbox()
    const match = { method: 'post', path: '/v2/bots' }
    await sandbox.post('/sandbox/faults', { kind: 'status', status: 429, retryAfter: 3, times: 1, match })
    await sandbox.post('/sandbox/faults', { kind: 'status', status: 503, body: 'html', times: 1, match })
    await sandbox.post('/sandbox/faults', { kind: 'status', status: 500, body: 'empty', times: 1, match })
    const limited = await sandbox.post('/v2/bots', botRequest)
    expect(limited.body).toMatchObject({ code: 'FST_ERR_TOO_MANY_REQUESTS', retryAfter: 3, statusCode: 429 })
    expect(limited.headers.get('retry-after')).toBe('3')
    const page = await sandbox.post('/v2/bots', botRequest)
    expect([page.status, page.headers.get('content-type')]).toEqual([503, 'text/html'])
    expect(await sandbox.post('/v2/bots', botRequest)).toMatchObject({ status: 500, body: '' })
    expect(await count(sandbox)).toBe(0)
    expect((await sandbox.post('/v2/bots', botRequest)).status).toBe(201)
  })

  test('status answers as gateways and frameworks do, with any status and any headers', async () => {
    const sandbox = await startSandbox()
    const fault = (more: object) =>
      sandbox.post('/sandbox/faults', { kind: 'status', times: 1, match: { path: '/v2/' }, ...more })
    await fault({ status: 403, body: 'gateway' })
    expect(await sandbox.post('/v2/bots', botRequest)).toMatchObject({ status: 403, body: { message: 'Forbidden' } })
    await fault({ status: 404, body: 'framework', headers: { 'retry-after': '120;' } })
    const missing = await sandbox.get('/v2/bots')
    expect(missing).toMatchObject({ status: 404, body: { statusCode: 404, error: 'Not Found' } })
    expect(missing.body).not.toHaveProperty('success')
    expect(missing.headers.get('retry-after')).toBe('120;')
    await fault({ status: 200, body: 'html' })
    expect(await sandbox.get('/v2/bots')).toMatchObject({ status: 200, body: expect.stringContaining('<html>') })
    expect(await count(sandbox)).toBe(0)
  })

  test('status answers a list of them in turn', async () => {
    const sandbox = await startSandbox()
    const fault = { kind: 'status', status: [403, 400, 502], body: 'html', times: 5 }
    await sandbox.post('/sandbox/faults', fault)
    const statuses: number[] = []
    for (let call = 0; call < 6; call++) statuses.push((await sandbox.get('/v2/bots')).status)
    expect(statuses).toEqual([403, 400, 502, 403, 400, 200])
    expect((await sandbox.post('/sandbox/faults', { kind: 'status', status: [] })).status).toBe(400)
  })

  test('circle makes a list whose pages lead to each other for ever', async () => {
    const sandbox = await startSandbox()
    await sandbox.send()
    await sandbox.post('/sandbox/faults', { kind: 'circle', match: { method: 'GET', path: '/v2/bots' } })
    const cursors: string[] = []
    for (let cursor = ''; cursors.length < 4; cursor = `?cursor=${cursors.at(-1)}`) {
      const { status, body } = await sandbox.get(`/v2/bots${cursor}`)
      expect([status, body.data.length]).toEqual([200, 1])
      cursors.push(body.cursor)
    }
    expect(cursors).toEqual(['a', 'b', 'a', 'b'])
  })

  test('timeout_after_success sends the bot but never says so', async () => {
    const sandbox = await startSandbox()
    await sandbox.post('/sandbox/faults', { kind: 'timeout_after_success', ms: 20, times: 1 })
    await expect(sandbox.post('/v2/bots', botRequest)).rejects.toThrow('fetch failed')
    expect(await count(sandbox)).toBe(1)
  })

  test('timeout_before and reset break the connection before anything happens', async () => {
    const sandbox = await startSandbox()
    await sandbox.post('/sandbox/faults', { kind: 'timeout_before', ms: 20, times: 1 })
    await expect(sandbox.post('/v2/bots', botRequest)).rejects.toThrow('fetch failed')
    await sandbox.post('/sandbox/faults', { kind: 'reset', times: 1 })
    await expect(sandbox.post('/v2/bots', botRequest)).rejects.toThrow('fetch failed')
    expect(await count(sandbox)).toBe(0)
  })

  test('latency holds the answer back in real time', async () => {
    const sandbox = await startSandbox()
    await sandbox.post('/sandbox/faults', { kind: 'latency', ms: 80 })
    const began = performance.now()
    await sandbox.get('/v2/bots')
    expect(performance.now() - began).toBeGreaterThanOrEqual(75)
  })

  test('an answer that latency holds back comes when the fault is removed', async () => {
    const sandbox = await startSandbox()
    await sandbox.post('/sandbox/faults', { kind: 'latency', ms: 600_000, match: { path: '/v2' } })
    const answer = sandbox.get('/v2/bots')
    const struck = async () => (await sandbox.get('/sandbox/faults')).body.faults[0].struck
    await expect.poll(struck).toBe(1)
    await sandbox.call('DELETE', '/sandbox/faults')
    expect(await answer).toMatchObject({ status: 200 })
  })

  test.each([
    ['invalid_json', '{"success":true,"data":{"bot_id":'],
    ['html', expect.stringContaining('<html>')],
    ['empty', ''],
    ['wrong_shape', { ok: 'yes', items: [1, 2, 3] }],
  ])('garbage: a success whose body is %s', async (body, received) => {
    const sandbox = await startSandbox()
    await sandbox.post('/sandbox/faults', { kind: 'garbage', body, times: 1 })
    expect(await sandbox.post('/v2/bots', botRequest)).toMatchObject({ status: 201, body: received })
    expect(await count(sandbox)).toBe(1)
  })

  test('no_message leaves out the optional message of errors', async () => {
    const sandbox = await startSandbox()
    const path = '/v2/bots/7d2f9a1e-5c3b-4d8a-9e6f-0a1b2c3d4e5f'
    expect((await sandbox.get(path)).body.message).toEqual(expect.any(String))
    await sandbox.post('/sandbox/faults', { kind: 'no_message' })
    const { body } = await sandbox.get(path)
    expect(body).toMatchObject({ success: false, code: 'FST_ERR_BOT_NOT_FOUND_BY_ID', statusCode: 404 })
    expect(body).not.toHaveProperty('message')
  })

  describe('of downloads', () => {
    async function download() {
      const sandbox = await startSandbox()
      const id = await sandbox.send()
      await sandbox.advance(3600)
      const { video } = (await sandbox.get(`/v2/bots/${id}`)).body.data
      const fault = (body: object) => sandbox.post('/sandbox/faults', { match: { path: '/files/*.mp4' }, ...body })
      return { sandbox, video, fault, whole: Buffer.from(await (await fetch(video)).arrayBuffer()) }
    }

    /** What comes before the connection breaks. */
    async function bytesOf(answer: Response): Promise<number> {
      let bytes = 0
      try {
        for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) bytes += chunk.length
      } catch {
        return bytes
      }
      throw new Error('The connection did not break.')
    }

    test.each([
      { says: 'in the middle', bytes: undefined, come: 994_179 },
      { says: 'after so many bytes', bytes: 70_000, come: 70_000 },
    ])('truncate breaks off $says', async ({ bytes, come }) => {
      const { video, fault, whole } = await download()
      await fault({ kind: 'truncate', bytes, times: 1 })
      const cut = await fetch(video)
      expect(Number(cut.headers.get('content-length'))).toBe(whole.length)
      expect(await bytesOf(cut)).toBe(come)
      expect((await (await fetch(video)).arrayBuffer()).byteLength).toBe(whole.length)
    })

    test('redirect sends to the same path elsewhere', async () => {
      const { sandbox, video, fault, whole } = await download()
      const { port } = new URL(sandbox.url)
      await fault({ kind: 'redirect', to: `http://localhost:${port}`, times: 2 })
      const { pathname, search } = new URL(video)
      const first = await fetch(video, { redirect: 'manual' })
      expect([first.status, first.headers.get('location')]).toEqual([
        302,
        `http://localhost:${port}${pathname}${search}`,
      ])
      const followed = await fetch(video)
      expect(followed.redirected).toBe(true)
      expect(Buffer.from(await followed.arrayBuffer()).equals(whole)).toBe(true)
    })

    test('etag makes the tag weak, another one, or none', async () => {
      const { video, fault } = await download()
      const tag = async () => {
        const answer = await fetch(video, { method: 'HEAD' })
        return answer.headers.get('etag')
      }
      const usual = await tag()
      await fault({ kind: 'etag', value: 'none', times: 1 })
      expect(await tag()).toBeNull()
      await fault({ kind: 'etag', value: 'weak', times: 1 })
      expect(await tag()).toBe(`W/${usual}`)
      await fault({ kind: 'etag', value: 'changing', times: 2 })
      expect(new Set([usual, await tag(), await tag()]).size).toBe(3)
      expect(await tag()).toBe(usual)
    })

    test('slow sends so many bytes in a second', async () => {
      const { video, fault, whole } = await download()
      await fault({ kind: 'slow', bytesPerSecond: 8_000_000 })
      const began = performance.now()
      const file = await (await fetch(video)).arrayBuffer()
      expect(file.byteLength).toBe(whole.length)
      expect(performance.now() - began).toBeGreaterThan((whole.length / 8_000_000) * 1_000 - 10)
    })
  })

  test('strike the requests that they match, as often as they say, and can be listed and removed', async () => {
    const sandbox = await startSandbox()
    const fault = { kind: 'status', status: 500, match: { path: '/v2/bots/*/status' }, skip: 1, times: 1 }
    const { body } = await sandbox.post('/sandbox/faults', fault)
    const id = await sandbox.send()
    const codes: number[] = []
    for (let call = 0; call < 3; call++) codes.push((await sandbox.get(`/v2/bots/${id}/status`)).status)
    expect(codes).toEqual([200, 500, 200])
    const [listed] = (await sandbox.get('/sandbox/faults')).body.faults
    expect(listed).toMatchObject({ id: body.id, seen: 3, struck: 1 })
    await sandbox.call('DELETE', `/sandbox/faults/${body.id}`)
    expect((await sandbox.get('/sandbox/faults')).body.faults).toEqual([])
  })

  test('with a probability strike the same requests for the same seed', async () => {
    const pattern = async (seed: number) => {
      const sandbox = await startSandbox({ seed })
      await sandbox.post('/sandbox/faults', { kind: 'status', status: 500, probability: 0.5 })
      const codes: number[] = []
      for (let call = 0; call < 20; call++) codes.push((await sandbox.get('/v2/bots')).status)
      return codes
    }
    const first = await pattern(3)
    expect(new Set(first)).toEqual(new Set([200, 500]))
    expect(await pattern(3)).toEqual(first)
    expect(await pattern(4)).not.toEqual(first)
  })

  test('are refused when they make no sense', async () => {
    const sandbox = await startSandbox()
    for (const fault of [{ kind: 'meteor' }, { kind: 'status' }, { kind: 'drop', match: { path: '/x' } }]) {
      expect((await sandbox.post('/sandbox/faults', fault)).status).toBe(400)
    }
  })
})

describe('faults of notifications', () => {
  async function received(faults: Record<string, unknown>[], seconds = 3600): Promise<string[]> {
    const receiver = await startReceiver()
    const sandbox = await startSandbox({ webhookUrls: [receiver.url] })
    for (const fault of faults) await sandbox.post('/sandbox/faults', fault)
    await sandbox.send({ meeting_url: 'https://zoom.us/j/123456789?sandbox=login_required' })
    await sandbox.advance(seconds)
    return receiver.received.map((request) => label(request).replace('bot.status_change:', ''))
  }
  const usual = ['joining_call', 'recording_failed', 'failed', 'bot.failed']

  test('drop loses a message for good', async () => {
    expect(await received([])).toEqual(usual)
    expect(await received([{ kind: 'drop', match: { event: 'bot.failed' } }])).toEqual(usual.slice(0, 3))
    expect(await received([{ kind: 'drop', times: 2 }])).toEqual(usual.slice(2))
  })

  test('duplicate sends a message again', async () => {
    const twice = await received([{ kind: 'duplicate', match: { status: 'recording_failed' }, copies: 2 }])
    expect(twice).toEqual([
      'joining_call',
      'recording_failed',
      'recording_failed',
      'recording_failed',
      'failed',
      'bot.failed',
    ])
  })

  test('reorder swaps neighbours', async () => {
    const swapped = await received([{ kind: 'reorder', match: { status: 'joining_call' } }])
    expect(swapped).toEqual(['recording_failed', 'joining_call', 'failed', 'bot.failed'])
  })

  test('reorder lets a message without a neighbour go after a minute', async () => {
    const last = { kind: 'reorder', match: { event: 'bot.failed' } }
    expect(await received([last], 60)).toEqual(usual.slice(0, 3))
    expect(await received([last], 120)).toEqual(usual)
  })

  test('delay holds a message back in virtual time', async () => {
    const late = [{ kind: 'delay', ms: 600_000, match: { status: 'joining_call' } }]
    expect(await received(late, 600)).toEqual(usual.slice(1))
    expect(await received(late, 700)).toEqual([...usual.slice(1), 'joining_call'])
  })

  test('duplicates that fail keep to the retry schedule', async () => {
    const receiver = await startReceiver(() => 500)
    const sandbox = await startSandbox({ webhookUrls: [receiver.url] })
    await sandbox.post('/sandbox/faults', { kind: 'duplicate', match: { event: 'bot.failed' } })
    await sandbox.send({ meeting_url: 'https://zoom.us/j/123456789?sandbox=crash' })
    await sandbox.advance(86_400)
    const { deliveries } = (await sandbox.get('/sandbox/deliveries?event=bot.failed')).body
    expect(deliveries[0].attempts).toHaveLength(14)
  })

  test('can strike callbacks', async () => {
    const receiver = await startReceiver()
    const sandbox = await startSandbox()
    await sandbox.post('/sandbox/faults', { kind: 'drop', match: { channel: 'callback' } })
    await sandbox.send({ callback_enabled: true, callback_config: { url: receiver.url } })
    await sandbox.advance(3600)
    expect(receiver.received).toEqual([])
    const { deliveries } = (await sandbox.get('/sandbox/deliveries')).body
    expect(deliveries).toMatchObject([{ channel: 'callback', state: 'dropped', attempts: [] }])
  })
})
