import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { fakeQueue } from '../../../testing/jobs/fake-queue.ts'
import { aMeeting, completed } from '../../../testing/meetings/builders.ts'
import { memoryMeetingStore } from '../../../testing/meetings/memory-meeting-store.ts'
import { fakeVendorBots } from '../../../testing/vendor/fake-vendor-bots.ts'
import { RetryableError } from '../../basics/errors.ts'
import { backfillBots } from './backfill-bots.ts'
import { createBot } from './create-bot.ts'

function setUp() {
  const now = () => new Date()
  const meetings = memoryMeetingStore()
  const vendor = fakeVendorBots({ now })
  const limits = { takeWriteSlot: async () => () => {}, pauseWrites: async () => {}, pauseCreates: async () => {} }
  const queue = fakeQueue()
  const deps = { meetings, vendor, limits, queue, now, progress: () => {} }
  const ordered = async () => {
    const meeting = aMeeting({ joinKey: `meet:${randomUUID()}`, createdAt: now() })
    await meetings.claim(
      meeting,
      { type: 'bot_requested', occurredAt: now(), data: { joinAt: null }, cause: 'api' as const },
      'nobody',
    )
    return meeting.id
  }
  return { ...deps, ordered, backfill: () => backfillBots(deps, { since: new Date(Date.now() - 60_000) }) }
}

describe('backfill', () => {
  test('learns how runs without webhooks ended, and changes nothing when repeated', async () => {
    const world = setUp()
    const ids: string[] = []
    for (let i = 0; i < 300; i++) {
      ids.push(await world.ordered())
      await createBot(world, { meetingId: ids[i] as string })
    }
    for (const { botId } of world.vendor.bots.slice(0, 270)) world.vendor.endWith(botId, completed(new Date()))
    expect(await world.backfill()).toEqual({ listed: 300, ours: 300, changed: 300 })
    const states = await Promise.all(ids.map(async (id) => (await world.meetings.find(id))?.state))
    expect(states.filter((state) => state === 'completed')).toHaveLength(270)
    expect(await world.backfill()).toEqual({ listed: 300, ours: 300, changed: 0 })
  })

  test('connects a bot whose create call was never answered with its meeting', async () => {
    const world = setUp()
    const id = await world.ordered()
    world.vendor.failNext('createBot', new RetryableError('VENDOR_TIMEOUT', { outcomeUnknown: true }), 'after')
    await createBot(world, { meetingId: id }).catch(() => {})
    expect(await world.backfill()).toEqual({ listed: 1, ours: 1, changed: 1 })
    expect(await world.meetings.find(id)).toMatchObject({
      meetingBaasId: world.vendor.bots[0]?.botId,
      state: 'queued',
    })
  })

  test('does not touch bots that are not ours', async () => {
    const world = setUp()
    const { botName, botConfig: config, meetingUrl } = aMeeting()
    await world.vendor.createBot({ meetingId: randomUUID(), meetingUrl, botName, config, extra: null, joinAt: null })
    expect(await world.backfill()).toEqual({ listed: 1, ours: 0, changed: 0 })
  })

  test('fails when the list leads in a circle, and keeps what it has found', async () => {
    const world = setUp()
    const id = await world.ordered()
    await createBot(world, { meetingId: id })
    world.vendor.endWith(world.vendor.bots[0]?.botId ?? '', completed(new Date()))
    const list = world.vendor.listBotsSince
    let calls = 0
    world.vendor.listBotsSince = async (since, cursor) => {
      if (++calls > 50) throw new Error('It reads for ever.')
      return { ...(await list(since, null)), nextCursor: cursor === 'a' ? 'b' : 'a' }
    }
    await expect(world.backfill()).rejects.toMatchObject({ code: 'VENDOR_UNAVAILABLE' })
    expect(await world.meetings.find(id)).toMatchObject({ state: 'completed' })
  })
})
