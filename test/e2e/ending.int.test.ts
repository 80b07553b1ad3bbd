import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Bot, meetingLink, typesOf } from './client.ts'
import { eventually } from './eventually.ts'
import { openSeer, type Seer, usualBackend } from './seer.ts'
import { untilRemoved } from './vendor.ts'

const createCall = { method: 'POST', path: '*/v2/bots' }

describe('ending a bot', () => {
  let seer: Seer
  beforeAll(async () => {
    seer = await openSeer({ backend: usualBackend() })
  })
  afterEach(() => seer.vendor.clearFaults())
  afterAll(() => seer.close())

  /** Whether the vendor has been told: its bot takes the steps of a bot that was asked to leave. */
  async function toldToLeave(id: string): Promise<void> {
    await eventually(async () => {
      const [row] = await seer.query('SELECT leave_sent_at FROM meetings WHERE id = $1', [id])
      expect(row.leave_sent_at).not.toBeNull()
    })
  }

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
