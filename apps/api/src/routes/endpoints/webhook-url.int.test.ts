import { fanOut } from '@seer/core/log/deliveries/fan-out'
import { newId } from '@seer/infra/ids'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { botsUrl, clientOf, openTestApi, type TestApi } from '../../../testing/test-api.ts'

const endpointsUrl = '/api/meetingbaas/webhook-endpoints'
const webhookUrl = 'https://app.example.com/bot'
const ownSecret = `whsec_${'A'.repeat(32)}`

let api: TestApi
let ines: ReturnType<typeof clientOf>
let users = 0
let meetings = 0
beforeAll(async () => {
  api = await openTestApi({ policy: { sharing: 'all' } })
})
afterAll(() => api.close())
beforeEach(async () => {
  ines = clientOf(api.app, await api.makeKey(`ines-${users++}`))
})

const newLink = () => `https://us02web.zoom.us/j/${84_000_000_000 + meetings++}`

async function ordered(order: object, headers: Record<string, string> = {}, by = ines) {
  const { status, body } = await by('POST', botsUrl, order, headers)
  expect([status, body.code]).toEqual([expect.toSatisfy((code: number) => code < 300), undefined])
  return body.data as { id: string; webhookEndpointId: string; webhookSecret: string }
}

/** The subjects and types of what an endpoint gets, oldest first. */
async function sentTo(endpointId: string, by = ines): Promise<[string, string][]> {
  await fanOut({ ...api.deps, ...api.db })
  const { body } = await by('GET', `${endpointsUrl}/${endpointId}/deliveries`)
  return body.data.map(({ subject, type }: { subject: { id: string }; type: string }) => [subject.id, type]).reverse()
}

describe('POST /bots with a webhookUrl', () => {
  test('sends the events of that bot alone, from its order on', async () => {
    const bot = await ordered({ meetingUrl: newLink(), webhookUrl })
    expect(bot.webhookSecret).toMatch(/^whsec_/)
    await ordered({ meetingUrl: newLink() })
    await ines('DELETE', `${botsUrl}/${bot.id}`)
    const types = ['bot_requested', 'leave_requested', 'bot_cancelled']
    expect(await sentTo(bot.webhookEndpointId)).toEqual(types.map((type) => [bot.id, type]))
  })

  test('shows the endpoint with the bot, not in the list and not in the limit', async () => {
    const bot = await ordered({ meetingUrl: newLink(), webhookUrl })
    expect((await ines('GET', endpointsUrl)).body.data).toEqual([])
    const { body } = await ines('GET', `${endpointsUrl}?botId=${bot.id}`)
    const shown = { id: bot.webhookEndpointId, botId: bot.id, url: webhookUrl, events: ['bot.*'] }
    expect(body.data).toMatchObject([shown])
    expect(JSON.stringify(await ines('GET', `${botsUrl}/${bot.id}`))).not.toContain('whsec_')
  })

  test('gives the first answer with its secret again under the same key, and keeps it encrypted', async () => {
    const order = { meetingUrl: newLink(), webhookUrl }
    const key = { 'idempotency-key': newId() }
    const first = await ordered(order, key)
    expect(await ordered(order, key)).toEqual(first)
    const { rows } = await api.db.pool.query('SELECT * FROM idempotency_keys WHERE key = $1', [key['idempotency-key']])
    expect(JSON.stringify(rows)).not.toContain(first.webhookSecret)
  })

  test('a repeated order makes no second endpoint, and tells the secret that signs', async () => {
    const order = { meetingUrl: newLink(), meetingId: newId(), webhookUrl, webhookSecret: ownSecret }
    const first = await ordered(order)
    expect(first.webhookSecret).toBe(ownSecret)
    const again = await ordered({ ...order, webhookSecret: undefined })
    expect(again).toMatchObject({ webhookEndpointId: first.webhookEndpointId, webhookSecret: ownSecret })
    const other = await ordered({ ...order, webhookUrl: `${webhookUrl}/2` })
    expect(other.webhookEndpointId).not.toBe(first.webhookEndpointId)
  })

  test('for a bot that somebody else has gets what its sharer may see', async () => {
    const meetingUrl = newLink()
    const { id } = await ordered({ meetingUrl })
    const bo = clientOf(api.app, await api.makeKey(`bo-${users}`))
    const shared = await ordered({ meetingUrl, webhookUrl }, {}, bo)
    expect(shared.id).toBe(id)
    expect(await sentTo(shared.webhookEndpointId, bo)).toEqual([[id, 'subscriber_joined']])
  })

  test.each([
    [{ webhookUrl: 'app.example.com' }, 'webhookUrl', /begins with https/],
    [{ webhookUrl: 'http://app.example.com/' }, 'webhookUrl', /https/],
    [{ webhookUrl: 'https://10.0.0.8/' }, 'webhookUrl', /cannot be used/],
    [{ webhookUrl, webhookSecret: 'secret' }, 'webhookSecret', /24 to 64 bytes/],
    [{ webhookSecret: ownSecret }, 'webhookSecret', /with a webhookUrl/],
  ])('refuses %j, and orders nothing', async (fields, path, message) => {
    const { status, body } = await ines('POST', botsUrl, { meetingUrl: newLink(), ...fields })
    expect([status, body.code]).toEqual([400, 'VALIDATION_FAILED'])
    expect(body.errors).toContainEqual({ path, message: expect.stringMatching(message) })
    expect((await ines('GET', botsUrl)).body.data).toEqual([])
  })

  test('is refused where secrets cannot be kept', async () => {
    const other = await openTestApi({ cipher: null })
    const client = clientOf(other.app, await other.makeKey('ines'))
    const { body } = await client('POST', botsUrl, { meetingUrl: newLink(), webhookUrl })
    expect(body.code).toBe('SECRETS_NOT_CONFIGURED')
    await other.close()
  })
})
