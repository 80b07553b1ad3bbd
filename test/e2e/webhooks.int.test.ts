import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Bot, meetingLink, typesOf } from './client.ts'
import { eventually } from './eventually.ts'
import { openSeer, type Seer, usualBackend } from './seer.ts'
import { signed, signingSecret } from './vendor.ts'

const nextSecret = `whsec_${Buffer.from('the secret after the rotation').toString('base64')}`
const strangersSecret = `whsec_${Buffer.from('a secret that nobody told us').toString('base64')}`

/** Log entries about the bot's own messages. A late message among them would be in the wrong place. */
const told = ['bot_joining', 'bot_waiting_room', 'bot_join_call', 'recording_started', 'recording_failed']

describe('what the vendor reports', () => {
  let seer: Seer
  beforeAll(async () => {
    const env = { MEETINGBAAS_WEBHOOK_SECRET: `${signingSecret},${nextSecret}` }
    seer = await openSeer({ backend: usualBackend(), env })
  })
  afterEach(async () => {
    await seer.vendor.clearFaults()
    await seer.vendor.control('DELETE', '/scenarios')
  })
  afterAll(() => seer.close())

  async function sent(scenario = 'success', changes = {}): Promise<Bot> {
    const { id } = await seer.order({ meetingUrl: meetingLink(scenario), ...changes })
    return seer.reaches(id, 'queued')
  }

  test('without any webhook or callback, the status sync follows bots to their end', async () => {
    await seer.vendor.fault({ kind: 'drop' })
    const [good, refused] = [await sent(), await sent('refused')]
    await seer.vendor.advance(30)
    await seer.sweep('sync-bot-statuses')
    await seer.reaches(good.id, 'recording')
    await seer.reaches(refused.id, 'waiting_room')
    await seer.vendor.advance(3_600)
    await seer.sweep('sync-bot-statuses')
    const { recordingUrl, speakers, timeline } = await seer.reaches(good.id, 'completed')
    await seer.recordingsOf(good.id)
    await seer.download(recordingUrl)
    expect(speakers).toHaveLength(2)
    expect(new Set(timeline.slice(2).map(({ cause }) => cause))).toEqual(new Set(['sync']))
    expect((await seer.reaches(refused.id, 'failed')).error.code).toBe('BOT_NOT_ACCEPTED')
    expect(await seer.vendor.deliveries({ botId: good.meetingBaasId, state: 'delivered' })).toEqual([])
  })

  test('duplicated, swapped, delayed and lost, the reports of 30 meetings leave each in its right state', async () => {
    await seer.vendor.fault({ kind: 'duplicate', probability: 0.4, copies: 2 })
    await seer.vendor.fault({ kind: 'delay', probability: 0.3, ms: 40_000 })
    await seer.vendor.fault({ kind: 'reorder', probability: 0.3 })
    await seer.vendor.fault({ kind: 'drop', probability: 0.1 })
    const endings = ['success', 'internal_retry', 'kicked', 'refused', 'crash', 'lobby_timeout']
    const order = (_: unknown, i: number) => seer.order({ meetingUrl: meetingLink(endings[i % endings.length]) })
    const bots = await Promise.all(Array.from({ length: 30 }, order))
    await seer.allReach(
      bots.map(({ id }) => id),
      'queued',
    )
    await seer.vendor.advance(3_600)
    await seer.settled()
    await seer.sweep('sync-bot-statuses')
    for (const [i, { id }] of bots.entries()) {
      const [state, final] = i % endings.length < 3 ? ['completed', 'bot_completed'] : ['failed', 'bot_error']
      const bot = await seer.reaches(id, state as string)
      expect(bot.timeline.map(({ seq }) => seq)).toEqual(bot.timeline.map((_, at) => at + 1))
      const facts = bot.timeline.map(({ type, occurredAt, data }) => `${type} ${occurredAt} ${data.kind ?? ''}`)
      expect(facts).toEqual([...new Set(facts)])
      const reported = bot.timeline.filter(({ cause, type }) => cause === 'webhook' && told.includes(type))
      expect(reported).toEqual(reported.toSorted((a, b) => a.occurredAt.localeCompare(b.occurredAt)))
      const finals = typesOf(bot).filter((type) => ['bot_completed', 'bot_error'].includes(type))
      expect(finals).toEqual([final])
    }
    const twice = `SELECT business_key FROM webhook_events WHERE outcome = 'applied' AND business_key IS NOT NULL
      GROUP BY business_key HAVING count(*) > 1`
    expect(await seer.query(twice)).toEqual([])
    expect(await seer.query(`SELECT id FROM webhook_events WHERE state <> 'processed'`)).toEqual([])
  })

  test('reports that are sent again under new ids, in any order, change nothing', async () => {
    const { id, meetingBaasId } = await sent('internal_retry')
    for (let i = 0; i < 10; i++) {
      await seer.vendor.advance(6)
      await seer.settled()
    }
    const before = await seer.reaches(id, 'recording')
    const reports = await seer.vendor.deliveries({ botId: meetingBaasId })
    expect(reports.length).toBeGreaterThan(6)
    for (const { body } of [...reports.toReversed(), ...reports]) {
      expect((await post(body, signed(body))).status).toBe(200)
      await seer.settled()
    }
    expect(await seer.bot(id)).toEqual(before)
    await seer.playOut()
    await seer.vendor.post(`/v2/bots/${meetingBaasId}/resend-webhook`)
    await seer.settled()
    expect(typesOf(await seer.reaches(id, 'completed')).filter((type) => type === 'bot_completed')).toHaveLength(1)
  })

  test('reports that arrive before the create call is answered complete the order', async () => {
    await seer.vendor.fault({
      kind: 'timeout_after_success',
      ms: 3_000,
      match: { method: 'POST', path: '*/v2/bots' },
      times: 1,
    })
    const { id } = await seer.order({ meetingUrl: meetingLink() })
    const [atVendor] = await eventually(async () => {
      const bots = await seer.vendor.botsOf(id)
      expect(bots).toHaveLength(1)
      return bots
    })
    expect(await seer.bot(id)).toMatchObject({ state: 'pending', meetingBaasId: null })
    await seer.playOut()
    expect(await seer.reaches(id, 'completed')).toMatchObject({ meetingBaasId: atVendor?.botId })
  })

  test('during a rotation of secrets both secrets are accepted, and no other', async () => {
    const { endpoints } = await seer.vendor.control('GET', '/webhook-endpoints')
    const [{ id: endpointId }] = endpoints
    const signWith = (secret: string) =>
      seer.vendor.control('PATCH', `/webhook-endpoints/${endpointId}`, { secrets: [secret] })
    const bot = await sent()
    await seer.vendor.advance(8)
    await seer.reaches(bot.id, 'joining')
    await signWith(nextSecret)
    await seer.vendor.advance(6)
    await seer.reaches(bot.id, 'waiting_room')
    await signWith(strangersSecret)
    await seer.vendor.advance(4)
    const refused = (await seer.vendor.deliveries({ botId: bot.meetingBaasId })).at(-1)
    expect(refused).toMatchObject({ state: 'pending', attempts: [{ status: 401 }] })
    await seer.settled()
    expect(await seer.bot(bot.id)).toMatchObject({ state: 'waiting_room' })
    await signWith(signingSecret)
    await seer.playOut()
    await seer.reaches(bot.id, 'completed')
  })

  test('a webhook that is unsigned, signed by somebody else, or old is refused with 401 and not stored', async () => {
    const bot = await sent('refused')
    const body = JSON.stringify({
      event: 'bot.status_change',
      data: { bot_id: bot.meetingBaasId, status: { code: 'joining_call', created_at: new Date().toISOString() } },
      extra: { seer_meeting_id: bot.id },
    })
    const count = async () => (await seer.query('SELECT count(*)::int AS n FROM webhook_events'))[0].n
    const before = await count()
    const now = Math.floor(Date.now() / 1_000)
    const forgeries = [
      {},
      signed(body, strangersSecret, now),
      signed(`${body} `, signingSecret, now),
      signed(body, signingSecret, now - 600),
      { 'x-mb-secret': 'guessed' },
      { 'x-meeting-baas-api-key': 'guessed' },
    ]
    for (const headers of forgeries) {
      const answer = await post(body, headers)
      expect(answer.status).toBe(401)
      expect(await answer.json()).toMatchObject({ code: 'WEBHOOK_NOT_AUTHENTICATED' })
    }
    expect(await count()).toBe(before)
    expect((await post(body, signed(body, signingSecret, now))).status).toBe(200)
    await seer.reaches(bot.id, 'joining')
  })

  function post(body: string, headers: Record<string, string>) {
    const json = { 'content-type': 'application/json' }
    return fetch(`${seer.apiUrl}/api/meetingbaas/webhooks`, { method: 'POST', headers: { ...json, ...headers }, body })
  }

  test('bots that another program sent with the same account are ignored', async () => {
    const request = { bot_name: 'Not ours', meeting_url: meetingLink(), extra: { seer_meeting_id: randomUUID() } }
    const { data } = await seer.vendor.post('/v2/bots', request)
    const meetings = async () => (await seer.query('SELECT count(*)::int AS n FROM meetings'))[0].n
    const before = await meetings()
    await seer.playOut()
    const outcomes = await seer.query('SELECT outcome FROM webhook_events WHERE vendor_bot_id = $1', [data.bot_id])
    expect(outcomes.length).toBeGreaterThan(5)
    expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(['ignored']))
    expect(await meetings()).toBe(before)
  })

  test.each([
    ['start_time_ms', 'success', 1],
    ['unknown_status', 'success', 1],
    ['retrying_status', 'internal_retry', 2],
    ['no_artifacts', 'success', 1],
  ])('the quirk %s of the live service does no harm', async (quirk, scenario, run) => {
    await seer.vendor.control('POST', '/scenarios', { botName: quirk, scenario, quirks: [quirk] })
    const { id } = await sent('success', { customBotName: quirk })
    await seer.playOut()
    const bot = await seer.reaches(id, 'completed')
    expect(bot.recordingUrl === null).toBe(quirk === 'no_artifacts')
    expect(Math.abs(Date.parse(bot.recordingStartedAt) - Date.parse(bot.joinedAt))).toBeLessThan(10_000)
    expect(bot.run).toBe(run)
  })

  test('chat messages are in the timeline', async () => {
    const bot = await sent()
    await seer.vendor.advance(30)
    const message = { sender: 'Ines Okafor', text: 'Shall we begin?' }
    await seer.vendor.control('POST', `/bots/${bot.meetingBaasId}/chat`, message)
    await eventually(async () => {
      const { timeline } = await seer.bot(bot.id)
      expect(timeline).toContainEqual(
        expect.objectContaining({ type: 'chat_message', data: expect.objectContaining(message) }),
      )
    })
  })
})
