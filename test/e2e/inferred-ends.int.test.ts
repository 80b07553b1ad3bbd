import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Bot, meetingLink, typesOf } from './client.ts'
import { openSeer, type Seer, usualBackend } from './seer.ts'

describe('an end that Seer inferred', () => {
  let seer: Seer
  beforeAll(async () => {
    seer = await openSeer({ backend: usualBackend() })
  })
  afterEach(() => seer.vendor.clearFaults())
  afterAll(() => seer.close())

  /** A bot that records, while the vendor answers that it does not exist. */
  async function lostBot(): Promise<Bot> {
    const { id } = await seer.order({ meetingUrl: meetingLink() })
    const { meetingBaasId } = await seer.reaches(id, 'queued')
    for (const [seconds, state] of [
      [8, 'joining'],
      [6, 'waiting_room'],
      [4, 'in_call'],
      [3, 'recording'],
    ] as const) {
      await seer.vendor.advance(seconds)
      await seer.reaches(id, state)
    }
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
