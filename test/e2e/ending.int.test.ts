import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Bot, meetingLink, typesOf } from './client.ts'
import { eventually } from './eventually.ts'
import { openSeer, type Seer, usualBackend } from './seer.ts'
import { untilRemoved } from './vendor.ts'

const createCall = { method: 'POST', path: '*/v2/bots' }

let seer: Seer
beforeAll(async () => {
  seer = await openSeer({ backend: usualBackend() })
})
afterEach(() => seer.vendor.clearFaults())
afterAll(() => seer.close())

async function recordingBot(): Promise<Bot> {
  const { id } = await seer.order({ meetingUrl: meetingLink() })
  await seer.reaches(id, 'queued')
  for (const [seconds, state] of [
    [8, 'joining'],
    [6, 'waiting_room'],
    [4, 'in_call'],
    [3, 'recording'],
  ] as const) {
    await seer.vendor.advance(seconds)
    await seer.reaches(id, state)
  }
  return seer.bot(id)
}

describe('ending a bot', () => {
  /** Whether the vendor has been told: its bot takes the steps of a bot that was asked to leave. */
  async function toldToLeave(id: string): Promise<void> {
    await eventually(async () => {
      const [row] = await seer.query('SELECT leave_sent_at FROM meetings WHERE id = $1', [id])
      expect(row.leave_sent_at).not.toBeNull()
    })
  }

  test('a recording bot leaves, and its recording is kept', async () => {
    const { id, meetingBaasId } = await recordingBot()
    await seer.vendor.advance(60)
    // By Seer's id or the vendor's, and as often as wanted.
    expect(await seer.end(meetingBaasId)).toMatchObject({ status: 202, body: { data: { id, state: 'recording' } } })
    expect((await seer.end(id)).status).toBe(202)
    await toldToLeave(id)
    await seer.playOut()
    const bot = await seer.reaches(id, 'completed')
    expect(bot.durationSeconds).toBeLessThan(70)
    expect(bot.recordingUrl).not.toBeNull()
    expect(typesOf(bot).filter((type) => type === 'leave_requested')).toHaveLength(1)
    expect(await seer.end(id)).toMatchObject({ status: 200, body: { data: { state: 'completed' } } })
  })

  test('a bot that waits to be let in leaves without a recording', async () => {
    const { id } = await seer.order({ meetingUrl: meetingLink('lobby') })
    await seer.reaches(id, 'queued')
    await seer.vendor.advance(8)
    await seer.reaches(id, 'joining')
    await seer.vendor.advance(6)
    await seer.reaches(id, 'waiting_room')
    await seer.end(id)
    await toldToLeave(id)
    await seer.playOut()
    const bot = await seer.reaches(id, 'failed')
    expect(bot.error.code).toBe('EXITING_MEETING_BEFORE_RECORD')
  })

  test('a bot that somebody lets in goes on until the meeting ends', async () => {
    const { id } = await seer.order({ meetingUrl: meetingLink('lobby') })
    const { meetingBaasId } = await seer.reaches(id, 'queued')
    await seer.vendor.advance(8)
    await seer.reaches(id, 'joining')
    await seer.vendor.advance(6)
    await seer.reaches(id, 'waiting_room')
    await seer.vendor.control('POST', `/bots/${meetingBaasId}/admit`)
    await seer.playOut()
    expect(typesOf(await seer.reaches(id, 'completed'))).toContain('bot_admitted')
  })

  test('a booked bot is cancelled at the vendor and never starts', async () => {
    const joinAt = new Date(seer.vendor.now() + 600_000).toISOString()
    const { id } = await seer.order({ meetingUrl: meetingLink(), joinAt })
    await seer.reaches(id, 'scheduled')
    await seer.end(id)
    expect(typesOf(await seer.reaches(id, 'cancelled'))).toEqual([
      'bot_requested',
      'bot_created',
      'bot_scheduled',
      'leave_requested',
      'bot_cancelled',
    ])
    await seer.vendor.advance(1_200)
    expect(await seer.vendor.botsOf(id)).toMatchObject([{ status: 'cancelled' }])
  })

  test('a bot that could not be created yet is cancelled at once and never created', async () => {
    const { id } = await seer.order({ meetingUrl: meetingLink('daily_cap') })
    await eventually(async () => expect((await seer.bot(id)).waitingFor).toMatch(/^VENDOR_DAILY_CAP/))
    expect(await seer.end(id)).toMatchObject({ status: 200, body: { data: { state: 'cancelled' } } })
    await seer.timePasses(11)
    await seer.sweep('requeue-stuck')
    const after = await seer.order({ meetingUrl: meetingLink() })
    await seer.reaches(after.id, 'queued')
    expect(await seer.vendor.botsOf(id)).toEqual([])
    expect(await seer.bot(id)).toMatchObject({ state: 'cancelled' })
  })

  test('a bot that is being created leaves as soon as it exists', async () => {
    const struck = await seer.vendor.fault({ ...untilRemoved, match: createCall, times: 1 })
    const { id } = await seer.order({ meetingUrl: meetingLink() })
    await eventually(async () => expect(await struck()).toBe(1))
    expect(await seer.end(id)).toMatchObject({ status: 202, body: { data: { state: 'pending' } } })
    await seer.vendor.clearFaults()
    await eventually(async () => expect((await seer.bot(id)).meetingBaasId).not.toBeNull())
    await seer.timePasses(2)
    await seer.sweep('requeue-stuck')
    await toldToLeave(id)
    await seer.playOut()
    expect(await seer.reaches(id, 'failed')).toMatchObject({ error: { code: 'EXITING_MEETING_BEFORE_RECORD' } })
    for (const { next } of await seer.vendor.botsOf(id)) expect(next).toBeNull()
  })

  test('a bot that may or may not exist is found and leaves', async () => {
    await seer.vendor.fault({ kind: 'timeout_after_success', ms: 50, match: createCall, times: 1 })
    const { id } = await seer.order({ meetingUrl: meetingLink() })
    await eventually(async () => expect((await seer.bot(id)).waitingFor).toMatch(/^VENDOR_/))
    expect((await seer.end(id)).status).toBe(202)
    await eventually(async () => expect((await seer.bot(id)).meetingBaasId).not.toBeNull())
    await seer.timePasses(2)
    await seer.sweep('requeue-stuck')
    await toldToLeave(id)
    await seer.playOut()
    await seer.reaches(id, 'failed')
    expect(await seer.vendor.botsOf(id)).toMatchObject([{ status: 'failed' }])
  })
})

describe('an end that Seer inferred', () => {
  /** A bot that records, while the vendor answers that it does not exist. */
  async function lostBot(): Promise<Bot> {
    const { id, meetingBaasId } = await recordingBot()
    const gone = { kind: 'status', status: 404, code: 'FST_ERR_BOT_NOT_FOUND_BY_ID' }
    await seer.vendor.fault({ ...gone, match: { path: `/v2/bots/${meetingBaasId}` } })
    await seer.vendor.fault({ ...gone, match: { path: `/v2/bots/scheduled/${meetingBaasId}` } })
    await seer.timePasses(11)
    await seer.query(`UPDATE meetings SET due_at = now(), look_due_at = now() WHERE id = $1`, [id])
    await seer.sweep('requeue-stuck')
    const lost = await seer.reaches(id, 'failed')
    expect(lost).toMatchObject({ error: { code: 'BOT_LOST' }, endInferred: true, recordingUrl: null })
    await seer.vendor.clearFaults()
    return lost
  }

  function expectCorrected(bot: Bot) {
    expect(bot).toMatchObject({ error: null, endInferred: false })
    const types = typesOf(bot)
    expect(types.filter((type) => type === 'bot_completed')).toHaveLength(1)
    expect(types.filter((type) => type === 'recording_ready')).toHaveLength(1)
    const corrected = bot.timeline.find(({ type }) => type === 'bot_end_corrected')
    expect(corrected?.data).toEqual({ state: 'failed', code: 'BOT_LOST' })
  }

  test('is replaced by the final event of the bot, which has gone on recording', async () => {
    const { id } = await lostBot()
    await seer.playOut()
    const bot = await seer.reaches(id, 'completed')
    expectCorrected(bot)
    await seer.recordingsOf(id)
    await seer.download(bot.recordingUrl)
    const { body } = await seer.call('GET', '/meetingbaas/bots?state=completed')
    expect(body.data.map((each: Bot) => each.id)).toContain(id)
  })

  test('is replaced by what a later look finds when no event came', async () => {
    const { id } = await lostBot()
    await seer.vendor.fault({ kind: 'drop' })
    await seer.vendor.advance(7_200)
    expect(await seer.bot(id)).toMatchObject({ state: 'failed', endInferred: true })
    await seer.timePasses(11)
    await seer.sweep('requeue-stuck')
    const bot = await seer.reaches(id, 'completed')
    expectCorrected(bot)
    expect(bot.timeline.at(-1)?.cause).toBe('sync')
  })
})
