import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Bot, meetingLink, typesOf } from './client.ts'
import { eventually } from './eventually.ts'
import { openSeer, type Seer, usualBackend } from './seer.ts'
import { untilRemoved, type VendorBot } from './vendor.ts'

/** Only this path. Otherwise a bot that another test has told to leave would use up the faults for creations. */
const createCall = { method: 'POST', path: '*/v2/bots' }

describe('one order, one bot', () => {
  let seer: Seer
  beforeAll(async () => {
    seer = await openSeer({ backend: usualBackend() })
  })
  afterEach(() => seer.vendor.clearFaults())
  afterAll(() => seer.close())

  /** Checks that the vendor has exactly one bot for the meeting, and that the meeting knows it. */
  async function expectOneBot(id: string): Promise<Bot> {
    const bot = await seer.reaches(id, 'queued')
    const atVendor = await seer.vendor.botsOf(id)
    expect(atVendor.map(({ botId }) => botId)).toEqual([bot.meetingBaasId])
    expect(typesOf(bot).filter((type) => type === 'bot_created').length).toBeLessThanOrEqual(1)
    return bot
  }

  /** Does at once what the scheduler does in the minutes after a worker has died. */
  async function minutesPass(): Promise<void> {
    await seer.timePasses(2)
    await seer.sweep('requeue-stuck')
  }

  test('a call whose answer is lost is not repeated, and the bot that it made is adopted', async () => {
    await seer.vendor.fault({ kind: 'timeout_after_success', ms: 50, match: createCall, times: 1 })
    const { id } = await seer.order({ meetingUrl: meetingLink() })
    await eventually(async () => expect((await seer.bot(id)).waitingFor).toMatch(/^VENDOR_/))
    await minutesPass()
    const { timeline } = await expectOneBot(id)
    expect(timeline).toContainEqual(
      expect.objectContaining({ type: 'bot_created', data: expect.objectContaining({ adopted: true }) }),
    )
  })

  test('when a call takes longer than its lease, the second bot is sent away without an effect on the meeting', async () => {
    const struck = await seer.vendor.fault({ ...untilRemoved, match: createCall, times: 1 })
    const { id } = await seer.order({ meetingUrl: meetingLink() })
    await eventually(async () => expect(await struck()).toBe(1))
    // The queue runs no second job for a meeting beside the first, unless it has forgotten the first.
    await seer.loseQueue()
    await minutesPass()
    const { meetingBaasId } = await seer.reaches(id, 'queued')
    await seer.vendor.clearFaults()
    const isExtra = ({ botId }: VendorBot) => botId !== meetingBaasId
    // A bot that the vendor makes leave has "failed" as its next or last step.
    await eventually(async () => {
      const bots = await seer.vendor.botsOf(id)
      expect(bots.filter(isExtra).map(({ next, status }) => next?.status ?? status)).toEqual(['recording_failed'])
      expect(bots).toHaveLength(2)
    })
    await seer.playOut()
    const bot = await seer.reaches(id, 'completed')
    expect(bot.meetingBaasId).toBe(meetingBaasId)
    expect(typesOf(bot)).not.toContain('bot_error')
  })

  test('a sweep that comes while the call is on its way waits for its end', async () => {
    const struck = await seer.vendor.fault({ ...untilRemoved, match: createCall, times: 1 })
    const { id } = await seer.order({ meetingUrl: meetingLink() })
    await eventually(async () => expect(await struck()).toBe(1))
    await seer.query('UPDATE meetings SET due_at = now(), write_due_at = now() WHERE id = $1', [id])
    await seer.sweep('requeue-stuck')
    await seer.vendor.clearFaults()
    await expectOneBot(id)
    await seer.settled()
    await expectOneBot(id)
  })

  test.each([2, 20])('%i simultaneous orders of one user for one meeting are one order', async (count) => {
    const meetingUrl = meetingLink()
    const spellings = [meetingUrl, `${meetingUrl}&authuser=1`]
    const answers = await Promise.all(
      Array.from({ length: count }, (_, i) => seer.call('POST', '/meetingbaas/bots', { meetingUrl: spellings[i % 2] })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(count - 1).fill(200), 202])
    const ids = new Set(answers.map(({ body }) => body.data.id))
    expect(ids.size).toBe(1)
    await expectOneBot([...ids][0])
  })

  test('a meetingId repeated, at once and later, is the same bot', async () => {
    const order = { meetingUrl: meetingLink(), meetingId: randomUUID() }
    const post = () => seer.call('POST', '/meetingbaas/bots', order)
    const answers = [...(await Promise.all([post(), post(), post()])), await post()]
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 202])
    expect(answers.map(({ body }) => body.data.id)).toEqual(Array(4).fill(order.meetingId))
    await expectOneBot(order.meetingId)
  })

  test('an Idempotency-Key repeated while the first request runs, and later, orders one bot', async () => {
    const key = { 'idempotency-key': randomUUID() }
    const order = { meetingUrl: meetingLink() }
    const post = () => seer.call('POST', '/meetingbaas/bots', order, key)
    const atOnce = await Promise.all(Array.from({ length: 10 }, post))
    for (const { body } of atOnce.filter(({ status }) => status !== 202)) {
      expect(body).toMatchObject({ status: 409, code: 'IDEMPOTENCY_KEY_IN_USE' })
    }
    const again = await post()
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, 'true'])
    const accepted = [...atOnce, again].filter(({ status }) => status === 202)
    expect(new Set(accepted.map(({ body }) => body.data.id)).size).toBe(1)
    await expectOneBot(again.body.data.id)
    const other = await seer.call('POST', '/meetingbaas/bots', { meetingUrl: meetingLink() }, key)
    expect(other.body).toMatchObject({ status: 409, code: 'IDEMPOTENCY_KEY_REUSED' })
  })
})
