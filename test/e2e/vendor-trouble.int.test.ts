import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { meetingLink, typesOf } from './client.ts'
import { eventually } from './eventually.ts'
import { openSeer, type Seer, usualBackend } from './seer.ts'

/** Only this path. Otherwise what other tests left owed, such as telling a bot to leave, would use up the faults. */
const createCall = { method: 'POST', path: '*/v2/bots' }
const listCall = { method: 'GET', path: '*/v2/bots' }
const reads = { method: 'GET', path: '/v2/' }

const aSentence = { message: expect.stringMatching(/\w+ \w+ \w+/) }

describe('a vendor in trouble', () => {
  let seer: Seer
  beforeAll(async () => {
    seer = await openSeer({ backend: usualBackend() })
  })
  afterEach(() => seer.vendor.clearFaults())
  afterAll(() => seer.close())

  async function expectOneBot(id: string): Promise<void> {
    const { meetingBaasId } = await seer.reaches(id, 'queued')
    expect(await seer.vendor.botsOf(id)).toMatchObject([{ botId: meetingBaasId }])
  }

  /** The sweep makes at once the attempt that the queue would make after its backoff. */
  async function laterAttempt(minutes = 2): Promise<void> {
    await seer.timePasses(minutes)
    await seer.sweep('requeue-stuck')
  }

  async function waitsFor(id: string, problem: RegExp): Promise<void> {
    await eventually(async () => expect((await seer.bot(id)).waitingFor).toMatch(problem))
  }

  test('answers 500, 502 and 503 for a while, and the bot is created once afterwards', async () => {
    const struck = []
    for (const [status, body] of [
      [500, 'vendor'],
      [502, 'html'],
      [503, 'empty'],
    ]) {
      struck.push(await seer.vendor.fault({ kind: 'status', status, body, match: createCall, times: 1 }))
    }
    const { id } = await seer.order({ meetingUrl: meetingLink() })
    for (const times of struck) {
      await eventually(async () => expect(await times()).toBe(1))
      await waitsFor(id, /^VENDOR_UNAVAILABLE/)
      await laterAttempt()
    }
    await expectOneBot(id)
  })

  test.each([
    { kind: 'garbage', body: 'invalid_json' },
    { kind: 'garbage', body: 'wrong_shape' },
    { kind: 'garbage', body: 'html' },
    { kind: 'garbage', body: 'empty' },
    { kind: 'truncate' },
    { kind: 'reset' },
    { kind: 'timeout_before', ms: 200 },
  ])('sends $kind $body in place of an answer, and there is one bot all the same', async (fault) => {
    await seer.vendor.fault({ ...fault, match: createCall, times: 1 })
    const { id } = await seer.order({ meetingUrl: meetingLink() })
    await waitsFor(id, /^VENDOR_/)
    await laterAttempt()
    await expectOneBot(id)
  })

  test('sends 429 with a time to wait, and everybody waits, health says so, and no order is lost', async () => {
    await seer.vendor.fault({ kind: 'status', status: 429, retryAfter: 2, match: createCall, times: 1 })
    const orders = []
    for (let i = 0; i < 5; i++) orders.push(await seer.order({ meetingUrl: meetingLink() }))
    const pause = await eventually(async () => {
      const { body } = await seer.call('GET', '/health')
      expect(body.vendorPauses).toHaveLength(1)
      return body.vendorPauses[0]
    })
    expect(pause).toMatchObject({ kind: 'writes', reason: expect.stringContaining('429') })
    for (const { id } of orders) await expectOneBot(id)
    const { body } = await seer.call('GET', '/health')
    expect(body.vendorPauses).toEqual([])
  })

  test('reaches the daily cap, and the order waits, says why, and gets its bot when the cap allows', async () => {
    await seer.vendor.control('POST', '/limits', { dailyCap: 1 })
    const { id } = await seer.order({ meetingUrl: meetingLink() })
    await waitsFor(id, /^VENDOR_DAILY_CAP/)
    const { body } = await seer.call('GET', '/health')
    expect(body.vendorPauses).toMatchObject([{ kind: 'creates' }])
    await seer.vendor.control('POST', '/limits', { dailyCap: 0 })
    await seer.query(`UPDATE vendor_limits SET paused_until = now() WHERE name = 'creates'`)
    await seer.query('UPDATE meetings SET due_at = now(), write_due_at = now() WHERE id = $1', [id])
    await seer.sweep('requeue-stuck')
    await expectOneBot(id)
  })

  test('refuses for good, and the order fails at once with a code and a sentence', async () => {
    await seer.vendor.fault({ kind: 'status', status: 400, match: createCall, times: 1 })
    const { id } = await seer.order({ meetingUrl: meetingLink() })
    const bot = await seer.reaches(id, 'failed')
    expect(bot.error).toMatchObject({ code: 'VENDOR_REJECTED', ...aSentence, cause: 'vendor', newOrderMayHelp: false })
    expect(typesOf(bot)).toEqual(['bot_requested', 'bot_error'])
  })

  test('refuses a wrong key, and the order waits with a reason until the key is right, and health says what to do', async () => {
    await seer.vendor.fault({ kind: 'status', status: 403, code: 'FST_ERR_FORBIDDEN', match: createCall })
    const { id } = await seer.order({ meetingUrl: meetingLink() })
    await waitsFor(id, /^VENDOR_UNAUTHORIZED/)
    const { body } = await seer.call('GET', '/health')
    const reason = expect.stringContaining('check MEETINGBAAS_API_KEY')
    expect(body.vendorPauses).toMatchObject([{ kind: 'creates', code: 'VENDOR_UNAUTHORIZED', reason }])
    expect(await seer.bot(id)).toMatchObject({ state: 'pending', error: null })
    await seer.vendor.clearFaults()
    await seer.query(`UPDATE vendor_limits SET paused_until = now() WHERE name = 'creates'`)
    await seer.query('UPDATE meetings SET due_at = now() WHERE id = $1', [id])
    await seer.sweep('requeue-stuck')
    await expectOneBot(id)
  })

  describe('a gateway answers in its place', () => {
    const bodies = ['html', 'empty', 'gateway', 'framework']
    test.each([400, 401, 402, 403, 404, 409, 413, 422, 302, 200])(
      'with %i, and no order is lost or made twice',
      async (status) => {
        const struck = await seer.vendor.fault({
          kind: 'status',
          status,
          body: bodies[status % bodies.length],
          match: { path: '*/v2/bots' },
          times: 2,
        })
        const { id } = await seer.order({ meetingUrl: meetingLink() })
        await waitsFor(id, /^VENDOR_PROTOCOL/)
        await laterAttempt()
        await eventually(async () => expect(await struck()).toBe(2))
        await laterAttempt()
        await expectOneBot(id)
      },
    )

    test('while a bot is told to leave, and the bot leaves and is not taken for lost', async () => {
      const { id } = await seer.order({ meetingUrl: meetingLink() })
      await seer.reaches(id, 'queued')
      await seer.vendor.fault({ kind: 'status', status: 404, body: 'html', match: { path: '/v2/' } })
      await seer.timePasses(15)
      await seer.sweep('sync-bot-statuses')
      expect(await seer.bot(id)).toMatchObject({ state: 'queued' })
      await seer.vendor.clearFaults()
      await seer.vendor.fault({
        kind: 'status',
        status: 409,
        body: 'html',
        match: { method: 'POST', path: '/v2/bots/*/leave' },
        times: 1,
      })
      await seer.call('DELETE', `/meetingbaas/bots/${id}`)
      await laterAttempt()
      await eventually(async () =>
        expect((await seer.vendor.botsOf(id))[0]).toMatchObject({ next: { status: 'recording_failed' } }),
      )
    })
  })

  test('sends a list that leads in a circle, and the sync fails and takes no bot for lost', async () => {
    await seer.vendor.fault({ kind: 'drop' })
    const { id } = await seer.order({ meetingUrl: meetingLink() })
    await seer.reaches(id, 'queued')
    await seer.vendor.fault({ kind: 'circle', match: { method: 'GET', path: '/v2/bots' } })
    await seer.timePasses(15)
    await seer.sweep('sync-bot-statuses')
    expect(await seer.bot(id)).toMatchObject({ state: 'queued' })
    const { body } = await seer.call('GET', '/meetingbaas/scheduler/status')
    const lastError = expect.stringMatching(/^VENDOR_UNAVAILABLE.*circle/)
    expect(body.data).toContainEqual(expect.objectContaining({ name: 'sync-bot-statuses', lastError }))
  })

  test('is gone for good, and the order is given up after an hour with a code and a sentence', async () => {
    await seer.vendor.fault({ kind: 'reset', match: { path: '/v2/' } })
    const { id } = await seer.order({ meetingUrl: meetingLink() })
    await waitsFor(id, /^VENDOR_UNAVAILABLE/)
    await laterAttempt(50)
    await waitsFor(id, /^VENDOR_UNAVAILABLE/)
    await laterAttempt(11)
    const bot = await seer.reaches(id, 'failed')
    expect(bot.error).toMatchObject({
      code: 'VENDOR_UNAVAILABLE',
      message: expect.stringMatching(/^The bot could not be .*\.$/),
      cause: 'vendor',
      newOrderMayHelp: true,
    })
    await seer.vendor.clearFaults()
    await laterAttempt(30)
    expect(await seer.vendor.botsOf(id)).toEqual([])
  })

  test('is gone for good while a bot runs, and its meeting fails after a day with a code and a sentence', async () => {
    await seer.vendor.fault({ kind: 'drop' })
    const { id } = await seer.order({ meetingUrl: meetingLink() })
    await seer.reaches(id, 'queued')
    await seer.vendor.fault({ kind: 'reset', match: { path: '/v2/' } })
    await seer.timePasses(23 * 60)
    await seer.sweep('sync-bot-statuses')
    expect(await seer.bot(id)).toMatchObject({ state: 'queued' })
    await seer.timePasses(2 * 60)
    await seer.sweep('sync-bot-statuses')
    const bot = await seer.reaches(id, 'failed')
    expect(bot.error).toMatchObject({
      code: 'VENDOR_UNAVAILABLE',
      ...aSentence,
      cause: 'vendor',
      newOrderMayHelp: true,
    })
  })

  test('has a bot that turns up after its order was given up, and the bot is sent away', async () => {
    await seer.vendor.fault({ kind: 'timeout_after_success', ms: 50, match: createCall, times: 1 })
    await seer.vendor.fault({ kind: 'status', status: 503, match: reads })
    const { id } = await seer.order({ meetingUrl: meetingLink() })
    await waitsFor(id, /^VENDOR_/)
    await laterAttempt(61)
    await seer.reaches(id, 'failed')
    await seer.vendor.clearFaults()
    await seer.vendor.advance(8)
    await eventually(async () => expect((await seer.bot(id)).meetingBaasId).not.toBeNull())
    await laterAttempt()
    await eventually(async () =>
      expect(await seer.vendor.botsOf(id)).toMatchObject([{ next: { status: 'recording_failed' } }]),
    )
    await seer.playOut()
    // Seer had guessed that there was no bot. The vendor knows how the bot ended.
    await eventually(async () =>
      expect(await seer.bot(id)).toMatchObject({
        state: 'failed',
        endInferred: false,
        error: { code: 'EXITING_MEETING_BEFORE_RECORD' },
      }),
    )
  })

  test('has forgotten a bot, and its meeting fails as BOT_LOST after a grace', async () => {
    const { id } = await seer.order({ meetingUrl: meetingLink() })
    await seer.reaches(id, 'queued')
    seer.vendor.reset()
    await seer.sweep('sync-bot-statuses')
    expect(await seer.bot(id)).toMatchObject({ state: 'queued' })
    await seer.timePasses(11)
    await seer.sweep('sync-bot-statuses')
    expect((await seer.reaches(id, 'failed')).error.code).toBe('BOT_LOST')
  })

  test('sends garbage to a status sync, which changes nothing, tells the operator, and succeeds the next time', async () => {
    await seer.vendor.fault({ kind: 'drop' })
    const { id } = await seer.order({ meetingUrl: meetingLink() })
    await seer.reaches(id, 'queued')
    await seer.vendor.advance(3_600)
    // Only its list. Other jobs read single bots, and would use up the fault.
    await seer.vendor.fault({ kind: 'garbage', body: 'wrong_shape', match: listCall, times: 1 })
    await seer.sweep('sync-bot-statuses')
    expect(await seer.bot(id)).toMatchObject({ state: 'queued' })
    const { body } = await seer.call('GET', '/meetingbaas/scheduler/status')
    expect(body.data).toContainEqual(
      expect.objectContaining({ name: 'sync-bot-statuses', lastError: expect.stringMatching(/^VENDOR_/) }),
    )
    await seer.sweep('sync-bot-statuses')
    await seer.reaches(id, 'completed')
  })
})
