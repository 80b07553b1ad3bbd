/** Ending bots, and repairing what webhooks missed: end-bot, leave-bot, sync-bot and sync-bot-statuses. */
import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { aMeeting, at, completed, status } from '../../testing/meetings/builders.ts'
import { memoryMeetingStore } from '../../testing/meetings/memory-meeting-store.ts'
import { fakeVendorBots } from '../../testing/vendor/fake-vendor-bots.ts'
import { PermanentError, RetryableError } from '../basics/errors.ts'
import type { OwedJob } from '../jobs/owed-job.ts'
import { createBot } from './bots/create-bot.ts'
import { endBot } from './bots/end-bot.ts'
import { leaveBot } from './bots/leave-bot.ts'
import { syncBot } from './bots/sync-bot.ts'
import { syncBotStatuses } from './bots/sync-bot-statuses.ts'
import type { Meeting } from './meeting.ts'
import { applyFact } from './status/bot-status.ts'

const going = { signal: new AbortController().signal }

/** A store with meetings whose bots exist, a vendor, a queue that keeps its jobs, and a clock. */
function setUp() {
  // The store stamps changes with the real time, so the test's time runs ahead of it.
  let time = new Date(Date.now() + 1_000)
  const now = () => time
  const meetings = memoryMeetingStore()
  const vendor = fakeVendorBots({ now })
  const enqueued: [string, unknown][] = []
  const queue = {
    enqueueMany: async (name: string, payloads: unknown[]) => {
      for (const payload of payloads) enqueued.push([name, payload])
    },
    wake: async (jobs: readonly OwedJob[]) => {
      for (const { name, payload } of jobs) enqueued.push([name, payload])
    },
  }
  const pauses: number[] = []
  const pauseWrites = async ({ delayMs }: { delayMs: number }) => void pauses.push(delayMs)
  const limits = { takeWriteSlot: async () => () => {}, pauseWrites, pauseCreates: async () => {} }
  const deps = { meetings, vendor, queue, limits, now }
  const pass = (minutes: number) => {
    time = new Date(time.getTime() + minutes * 60_000)
  }
  const claim = async (changes: Partial<Meeting> = {}) => {
    const meeting = aMeeting({ createdAt: now(), joinKey: `meet:${randomUUID()}`, ...changes })
    await meetings.claim(
      meeting,
      { type: 'bot_requested', occurredAt: now(), data: { joinAt: null }, cause: 'api' as const },
      'nobody',
    )
    return meeting
  }
  const withBot = async (changes: Partial<Meeting> = {}) => {
    const meeting = await claim(changes)
    await createBot(deps, { meetingId: meeting.id })
    const botId = (await meetings.find(meeting.id))?.meetingBaasId as string
    return { ...meeting, botId }
  }
  const load = async (meetingId: string) => (await meetings.find(meetingId)) as Meeting
  return { ...deps, enqueued, pauses, pass, claim, withBot, load }
}

const inMinutes = (time: Date, minutes: number) => new Date(time.getTime() + minutes * 60_000)

describe('ending a bot', () => {
  test('a bot that the vendor was never asked for is cancelled at once', async () => {
    const world = setUp()
    const meeting = await world.claim()
    const ended = await endBot(world, { userId: meeting.userId, botId: meeting.id })
    expect(ended).toMatchObject({ outcome: 'ended', meeting: { state: 'cancelled' } })
    expect(await createBot(world, { meetingId: meeting.id })).toBe('already_done')
    expect(world.vendor.bots).toHaveLength(0)
  })

  test('a scheduled bot is cancelled at the vendor', async () => {
    const world = setUp()
    const meeting = await world.withBot({ joinAt: inMinutes(world.now(), 60) })
    expect(await endBot(world, { userId: meeting.userId, botId: meeting.botId })).toMatchObject({ outcome: 'leaving' })
    expect(world.enqueued.at(-1)).toEqual(['leave-bot', { meetingId: meeting.id, round: 1 }])
    expect(await leaveBot(world, { meetingId: meeting.id })).toBe('cancelled')
    expect(world.vendor.bots[0]?.status).toBe('cancelled')
    expect(await world.load(meeting.id)).toMatchObject({ state: 'cancelled', dueAt: null })
  })

  test('a live bot is told to leave, once, and stays active until the vendor says how it ended', async () => {
    const world = setUp()
    const meeting = await world.withBot()
    world.vendor.setStatus(meeting.botId, 'in_call_recording')
    await endBot(world, { userId: meeting.userId, botId: meeting.id })
    await endBot(world, { userId: meeting.userId, botId: meeting.id })
    expect(await leaveBot(world, { meetingId: meeting.id })).toBe('sent')
    expect(await leaveBot(world, { meetingId: meeting.id })).toBe('nothing_to_do')
    expect(await world.load(meeting.id)).toMatchObject({ state: 'queued', leaveSentAt: world.now() })
    expect(world.vendor.calls.filter((call) => call === 'leaveBot')).toHaveLength(1)
    expect(await syncBot(world, { meetingId: meeting.id })).toBe('changed')
    expect(await world.load(meeting.id)).toMatchObject({ state: 'completed' })
  })

  test('a bot that ended without a webhook is looked at', async () => {
    const world = setUp()
    const meeting = await world.withBot()
    world.vendor.endWith(meeting.botId, completed(world.now()))
    await endBot(world, { userId: meeting.userId, botId: meeting.id })
    expect(await leaveBot(world, { meetingId: meeting.id })).toBe('already_gone')
    expect((await world.load(meeting.id)).dueAt).toEqual(world.now())
  })

  test('while the vendor is down the leave stays owed', async () => {
    const world = setUp()
    const meeting = await world.withBot()
    await endBot(world, { userId: meeting.userId, botId: meeting.id })
    world.vendor.failNext('leaveBot', new RetryableError('VENDOR_UNAVAILABLE'))
    await expect(leaveBot(world, { meetingId: meeting.id })).rejects.toMatchObject({ code: 'VENDOR_UNAVAILABLE' })
    expect(await world.load(meeting.id)).toMatchObject({ leaveSentAt: null, dueAt: expect.any(Date) })
  })

  test('a rate limit holds everybody back, and the leave stays owed', async () => {
    const world = setUp()
    const meeting = await world.withBot()
    await endBot(world, { userId: meeting.userId, botId: meeting.id })
    world.vendor.failNext('leaveBot', new RetryableError('VENDOR_RATE_LIMITED', { retryAfterMs: 4_000 }))
    await expect(leaveBot(world, { meetingId: meeting.id })).rejects.toMatchObject({ delayMs: 4_000 })
    expect(world.pauses).toEqual([4_000])
    expect(await leaveBot(world, { meetingId: meeting.id })).toBe('sent')
  })

  test('a bot that is still there minutes later is told again when its user asks again', async () => {
    const world = setUp()
    const meeting = await world.withBot()
    const end = () => endBot(world, { userId: meeting.userId, botId: meeting.id })
    await end()
    await leaveBot(world, { meetingId: meeting.id })
    world.pass(2)
    await end()
    expect(world.enqueued.at(-1)).toEqual(['leave-bot', { meetingId: meeting.id, round: 2 }])
    expect(await leaveBot(world, { meetingId: meeting.id })).toBe('already_gone')
  })

  test('another user’s bot is not found', async () => {
    const world = setUp()
    const meeting = await world.withBot()
    expect(await endBot(world, { userId: randomUUID(), botId: meeting.id })).toEqual({ outcome: 'not_found' })
  })
})

describe('sync-bot', () => {
  test('learns how a run ended whose final event was lost', async () => {
    const world = setUp()
    const meeting = await world.withBot()
    world.vendor.endWith(meeting.botId, completed(at(30)))
    expect(await syncBot(world, { meetingId: meeting.id })).toBe('changed')
    const after = await world.load(meeting.id)
    expect(after).toMatchObject({ state: 'completed', speakers: [{ name: 'Ines Okafor' }] })
    expect(after.artifacts?.video).toContain('video.mp4')
    const causes = (await world.meetings.timeline(meeting.id, 0, 50)).map(({ cause }) => cause)
    expect(causes.at(-1)).toBe('sync')
  })

  test('an answer without news changes nothing', async () => {
    const world = setUp()
    const meeting = await world.withBot()
    await syncBot(world, { meetingId: meeting.id })
    const before = await world.load(meeting.id)
    expect(await syncBot(world, { meetingId: meeting.id })).toBe('unchanged')
    expect(await world.load(meeting.id)).toEqual(before)
  })

  test('a bot that the vendor no longer knows is lost, but not in its first ten minutes', async () => {
    const world = setUp()
    const meeting = await world.withBot()
    world.vendor.forget(meeting.botId)
    expect(await syncBot(world, { meetingId: meeting.id })).toBe('unchanged')
    world.pass(11)
    expect(await syncBot(world, { meetingId: meeting.id })).toBe('lost')
    expect(await world.load(meeting.id)).toMatchObject({ state: 'failed', errorCode: 'BOT_LOST' })
  })

  test('an unreachable vendor is no evidence, until a day has passed', async () => {
    const world = setUp()
    const meeting = await world.withBot()
    const down = new RetryableError('VENDOR_UNAVAILABLE', { detail: 'Connection refused.' })
    world.vendor.failNext('getBot', down)
    world.pass(60)
    await expect(syncBot(world, { meetingId: meeting.id })).rejects.toBe(down)
    expect((await world.load(meeting.id)).state).toBe('queued')
    world.vendor.failNext('getBot', down)
    world.pass(24 * 60)
    expect(await syncBot(world, { meetingId: meeting.id })).toBe('changed')
    expect(await world.load(meeting.id)).toMatchObject({
      state: 'failed',
      errorCode: 'VENDOR_UNAVAILABLE',
      errorMessage: expect.stringContaining('Connection refused.'),
    })
  })

  test('an earlier status counts only when the vendor noted it clearly later', async () => {
    const world = setUp()
    const meeting = await world.withBot()
    const before = await world.load(meeting.id)
    const next = {
      ...before,
      state: 'recording' as const,
      vendorStatus: 'in_call_recording',
      vendorStatusAt: world.now(),
    }
    await world.meetings.saveChange({ before, next, entries: [], cause: 'webhook' })
    world.vendor.setStatus(meeting.botId, 'joining_call')
    expect(await syncBot(world, { meetingId: meeting.id })).toBe('unchanged')
    world.pass(5)
    world.vendor.setStatus(meeting.botId, 'joining_call')
    expect(await syncBot(world, { meetingId: meeting.id })).toBe('changed')
    expect(await world.load(meeting.id)).toMatchObject({ state: 'joining', run: 2 })
  })

  test('a webhook that comes while the vendor is asked counts more than the answer', async () => {
    const world = setUp()
    const meeting = await world.withBot()
    world.vendor.setStatus(meeting.botId, 'recording_failed')
    const getBot = async (botId: string) => {
      const answer = await world.vendor.getBot(botId)
      const before = await world.load(meeting.id)
      const next = { ...before, state: 'joining' as const, vendorStatus: 'joining_call', run: 2 }
      await world.meetings.saveChange({ before, next, entries: [], cause: 'webhook' })
      return answer
    }
    expect(await syncBot({ ...world, vendor: { ...world.vendor, getBot } }, { meetingId: meeting.id })).toBe(
      'unchanged',
    )
    expect(await world.load(meeting.id)).toMatchObject({ state: 'joining', run: 2 })
  })

  test('a late status from a webhook does not count against a status that a sync saw', async () => {
    const world = setUp()
    const meeting = await world.withBot()
    const joinedAt = world.now()
    world.pass(5)
    world.vendor.setStatus(meeting.botId, 'in_call_recording')
    world.pass(1)
    expect(await syncBot(world, { meetingId: meeting.id })).toBe('changed')
    const late = status('in_call_not_recording', inMinutes(joinedAt, 4))
    expect(applyFact(await world.load(meeting.id), late, world.now()).outcome).toBe('late')
  })

  test('a booking that the vendor never starts is given up and cancelled', async () => {
    const world = setUp()
    const meeting = await world.withBot({ joinAt: inMinutes(world.now(), 60) })
    world.pass(85)
    expect(await syncBot(world, { meetingId: meeting.id })).toBe('unchanged')
    world.pass(10)
    expect(await syncBot(world, { meetingId: meeting.id })).toBe('changed')
    expect(await world.load(meeting.id)).toMatchObject({ state: 'failed', errorCode: 'BOT_NOT_STARTED' })
    await leaveBot(world, { meetingId: meeting.id })
    expect(world.vendor.bots[0]?.status).toBe('cancelled')
  })

  test('a bot that never ends is given up after a day and told to leave', async () => {
    const world = setUp()
    const meeting = await world.withBot()
    world.vendor.setStatus(meeting.botId, 'transcribing')
    world.pass(25 * 60)
    expect(await syncBotStatuses(world, going)).toMatchObject({ active: 1 })
    expect(world.enqueued.at(-1)).toEqual(['sync-bot', { meetingId: meeting.id }])
    expect(await syncBot(world, { meetingId: meeting.id })).toBe('changed')
    const after = await world.load(meeting.id)
    expect(after).toMatchObject({ state: 'failed', errorCode: 'BOT_STUCK', leaveSentAt: null })
    expect(after.dueAt).not.toBeNull()
  })

  test('a second bot with our id is told to leave', async () => {
    const world = setUp()
    const meeting = await world.claim({ createAttempts: 1 })
    await createBot(world, { meetingId: meeting.id })
    const { request } = world.vendor.bots[0] as (typeof world.vendor.bots)[number]
    await world.vendor.createBot(request)
    await syncBot(world, { meetingId: meeting.id })
    expect(world.vendor.bots.map(({ status }) => status)).toEqual(['queued', 'failed'])
  })
})

describe('sync-bot-statuses', () => {
  test('costs a list call per 250 bots and a job per changed bot', async () => {
    const world = setUp()
    const bots = []
    for (let i = 0; i < 600; i++) bots.push(await world.withBot())
    world.pass(1)
    world.vendor.setStatus(bots[3]!.botId, 'joining_call')
    world.vendor.endWith(bots[500]!.botId, completed(world.now()))
    world.enqueued.length = 0
    expect(await syncBotStatuses(world, going)).toEqual({ active: 600, listCalls: 3, changed: 2 })
    const changed = world.enqueued.map(([name, payload]) => [name, (payload as { meetingId: string }).meetingId])
    expect(changed.sort()).toEqual(
      [
        ['sync-bot', bots[3]!.id],
        ['sync-bot', bots[500]!.id],
      ].sort(),
    )
  })

  test('without active bots the vendor is not asked', async () => {
    const world = setUp()
    await world.withBot({ joinAt: inMinutes(world.now(), 60) })
    expect(await syncBotStatuses(world, going)).toEqual({ active: 0, listCalls: 0, changed: 0 })
  })

  test('a meeting that changed after the list was begun is skipped', async () => {
    const world = setUp()
    const meeting = await world.withBot()
    world.vendor.endWith(meeting.botId, completed(world.now()))
    // The clock is before the meeting's last change.
    world.pass(-1)
    expect(await syncBotStatuses({ ...world, now: world.now }, going)).toMatchObject({ changed: 0 })
  })

  test('when the list cannot be read, the sync fails and looks at overdue runs one by one', async () => {
    const world = setUp()
    const old = await world.withBot()
    world.pass(25 * 60)
    await world.withBot()
    world.enqueued.length = 0
    world.vendor.failNext('listActiveBots', new PermanentError('VENDOR_UNAUTHORIZED'))
    await expect(syncBotStatuses(world, going)).rejects.toMatchObject({ code: 'VENDOR_UNAUTHORIZED' })
    expect(world.enqueued).toEqual([['sync-bot', { meetingId: old.id }]])
  })

  test('when the list leads in a circle, the sync fails and takes no bot for gone', async () => {
    const world = setUp()
    const meeting = await world.withBot()
    world.pass(30)
    world.enqueued.length = 0
    let calls = 0
    world.vendor.listActiveBots = async (cursor) => {
      if (++calls > 50) throw new Error('It reads for ever.')
      return { items: [], nextCursor: cursor === 'a' ? 'b' : 'a' }
    }
    await expect(syncBotStatuses(world, going)).rejects.toMatchObject({ code: 'VENDOR_UNAVAILABLE' })
    expect(world.enqueued).toEqual([])
    expect(await world.load(meeting.id)).toMatchObject({ state: 'queued' })
  })

  test('stops when its job is aborted', async () => {
    const world = setUp()
    await world.withBot()
    const job = new AbortController()
    let calls = 0
    world.vendor.listActiveBots = async () => {
      if (++calls === 3) job.abort(new Error('Its time is up.'))
      if (calls > 50) throw new Error('It reads for ever.')
      return { items: [], nextCursor: `${calls}` }
    }
    await expect(syncBotStatuses(world, job)).rejects.toThrow('Its time is up.')
    expect(calls).toBe(3)
  })
})
