import { newId } from '@seer/infra/ids'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestApi, sign, type TestApi, webhooksUrl } from '../../../testing/test-api.ts'

let api: TestApi
let admin: string
beforeAll(async () => {
  api = await openTestApi()
  admin = await api.makeKey('operator', 'admin')
})
afterAll(() => api.close())

const eventsUrl = '/api/meetingbaas/webhook-events'

async function ask(method: 'GET' | 'POST', url: string, payload?: object, key = admin) {
  const headers = { authorization: `Bearer ${key}`, ...(payload ? { 'content-type': 'application/json' } : {}) }
  const response = await api.app.inject({ method, url, headers, ...(payload ? { payload } : {}) })
  return { status: response.statusCode, text: response.body, json: () => response.json() }
}

async function receive(botId: string): Promise<string> {
  const video = 'https://files.example.test/video.mp4?X-Amz-Signature=not-for-operators'
  const data = { bot_id: botId, video, sent_at: '2026-05-05T09:59:58Z', participants: [], speakers: [] }
  const webhook = sign({ event: 'bot.completed', data, extra: { client_secret: 'not-for-operators' } }, api.clock)
  await api.app.inject({ method: 'POST', url: webhooksUrl, headers: webhook.headers, payload: webhook.payload })
  return api.woken.at(-1) as string
}

describe('the inbox for operators', () => {
  test('lists what was received, newest first, in pages', async () => {
    const ids = [await receive(newId()), await receive(newId()), await receive(newId())].reverse()
    const first = (await ask('GET', `${eventsUrl}?limit=2&eventType=bot.completed`)).json()
    const second = (await ask('GET', `${eventsUrl}?limit=2&cursor=${first.nextCursor}`)).json()
    expect([...first.data, ...second.data].map(({ id }: { id: string }) => id)).toEqual(ids)
    expect(first.data[0]).toMatchObject({ state: 'received', outcome: null, eventType: 'bot.completed' })
    expect(second).not.toHaveProperty('nextCursor')
  })

  test('shows the body without secrets and without the signatures of links', async () => {
    const { status, text, json } = await ask('GET', `${eventsUrl}/${await receive(newId())}`)
    expect(status).toBe(200)
    expect(text).not.toContain('not-for-operators')
    expect(json().data.body).toMatchObject({ event: 'bot.completed', extra: { client_secret: '[redacted]' } })
  })

  test('replays one, or all dead letters since a time', async () => {
    const [one, other] = [await receive(newId()), await receive(newId())]
    await api.db.inbox.saveFailed(one, 'INTERNAL_ERROR: broken')
    await api.db.inbox.saveFailed(other, 'INTERNAL_ERROR: broken')
    expect((await ask('GET', `${eventsUrl}?state=failed`)).json().data).toHaveLength(2)
    expect((await ask('POST', `${eventsUrl}/${one}/replay`)).json()).toEqual({ data: { replayed: 1 } })
    const replay = await ask('POST', `${eventsUrl}/replay`, { since: '2026-05-05T00:00:00Z' })
    expect([replay.status, replay.json()]).toEqual([202, { data: { replayed: 1 } }])
    expect((await ask('GET', `${eventsUrl}?state=failed`)).json().data).toEqual([])
    const replayed = api.queue.jobs.filter(({ name }) => name === 'process-webhook-events')
    expect(replayed.map(({ payload }) => payload)).toEqual([{ webhookEventIds: [one] }, { webhookEventIds: [other] }])
  })

  test('knows nothing of unknown ids and refuses what is no order', async () => {
    expect((await ask('GET', `${eventsUrl}/${newId()}`)).status).toBe(404)
    expect((await ask('POST', `${eventsUrl}/${newId()}/replay`)).status).toBe(404)
    expect((await ask('GET', `${eventsUrl}/nonsense`)).status).toBe(400)
    expect((await ask('GET', `${eventsUrl}?cursor=zz`)).json()).toMatchObject({ status: 400, code: 'INVALID_CURSOR' })
    expect((await ask('POST', `${eventsUrl}/replay`, {})).status).toBe(400)
    expect((await ask('POST', `${eventsUrl}/replay`, { since: 'yesterday' })).status).toBe(400)
  })
})

describe('metrics', () => {
  test('count webhooks by outcome, also the refused ones', async () => {
    const before = api.counters.notAuthenticated
    await api.app.inject({ method: 'POST', url: webhooksUrl, payload: '{}' })
    const { status, text } = await ask('GET', '/metrics')
    expect(status).toBe(200)
    expect(text).toContain(`seer_webhooks_received_total{outcome="not_authenticated"} ${before + 1}`)
    expect(text).toMatch(
      /seer_http_request_duration_seconds_count\{method="GET",route="\/api\/meetingbaas\/webhook-events"/,
    )
  })

  test('are for operators, and survive a queue that is down', async () => {
    expect((await ask('GET', '/metrics', undefined, await api.makeKey('alice', 'write'))).status).toBe(403)
    api.queue.state.isDown = true
    expect((await ask('GET', '/metrics')).status).toBe(200)
    api.queue.state.isDown = false
  })
})
