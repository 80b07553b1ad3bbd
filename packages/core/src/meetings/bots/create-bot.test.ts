import { describe, expect, test } from 'vitest'
import { killedAt, unlessKilled } from '../../../testing/basics/killed-at.ts'
import { fakeQueue } from '../../../testing/jobs/fake-queue.ts'
import { aMeeting, at } from '../../../testing/meetings/builders.ts'
import { memoryMeetingStore } from '../../../testing/meetings/memory-meeting-store.ts'
import { fakeVendorBots } from '../../../testing/vendor/fake-vendor-bots.ts'
import { PermanentError, PostponedError, RetryableError } from '../../basics/errors.ts'
import type { ClosedCode, VendorLimits } from '../../vendor/vendor-limits.ts'
import type { Meeting } from '../meeting.ts'
import { createBot } from './create-bot.ts'

/** A store with one claimed meeting, a vendor, and a clock that the test moves. */
async function setUp(changes: Partial<Meeting> = {}) {
  let time = at(0)
  const now = () => time
  const meetings = memoryMeetingStore()
  const vendor = fakeVendorBots({ now })
  const pauses: string[] = []
  const limits: Pick<VendorLimits, 'takeWriteSlot' | 'pauseWrites' | 'pauseCreates'> = {
    takeWriteSlot: async () => () => {},
    pauseWrites: async ({ delayMs }) => void pauses.push(`writes ${delayMs}`),
    pauseCreates: async ({ delayMs, code }) => void pauses.push(`creates ${delayMs} ${code}`),
  }
  const meeting = aMeeting(changes)
  await meetings.claim(
    meeting,
    { type: 'bot_requested', occurredAt: at(0), data: { joinAt: null }, cause: 'api' as const },
    'nobody',
  )
  const queue = fakeQueue()
  const deps = { meetings, vendor, limits, queue, now }
  return {
    ...deps,
    enqueued: queue.jobs,
    pauses,
    pass: (seconds: number) => {
      time = new Date(time.getTime() + seconds * 1_000)
    },
    run: () => createBot(deps, { meetingId: meeting.id }),
    load: async () => (await meetings.find(meeting.id)) as Meeting,
    types: async () => (await meetings.timeline(meeting.id, 0, 50)).map(({ type }) => type),
  }
}

const timeout = new RetryableError('VENDOR_TIMEOUT', { outcomeUnknown: true })
const unavailable = new RetryableError('VENDOR_UNAVAILABLE', { detail: 'Connection refused.' })

describe('create-bot', () => {
  test('creates the bot with our id, and stores the vendor’s id', async () => {
    const { run, load, types, vendor } = await setUp({ extra: { tenant: 'acme' } })
    expect(await run()).toBe('created')
    const [bot] = vendor.bots
    expect(bot?.request).toMatchObject({ meetingId: (await load()).id, joinAt: null, extra: { tenant: 'acme' } })
    expect(await load()).toMatchObject({ state: 'queued', meetingBaasId: bot?.botId, leaseUntil: null, dueAt: null })
    expect(await types()).toEqual(['bot_requested', 'bot_created'])
    expect(await run()).toBe('already_done')
  })

  test('books a bot for later, but sends a bot at once that is due within a minute', async () => {
    const later = await setUp({ joinAt: at(10) })
    await later.run()
    expect(later.vendor.bots[0]?.request.joinAt).toEqual(at(10))
    expect(await later.load()).toMatchObject({ state: 'scheduled' })
    expect(await later.types()).toEqual(['bot_requested', 'bot_created', 'bot_scheduled'])
    const soon = await setUp({ joinAt: at(0, 50) })
    await soon.run()
    expect(soon.vendor.bots[0]?.request.joinAt).toBeNull()
  })

  test('the bot of a lost answer is found at the vendor, and the call is not repeated', async () => {
    const { run, vendor, load, pass } = await setUp()
    vendor.failNext('createBot', timeout, 'after')
    await expect(run()).rejects.toBe(timeout)
    expect(await load()).toMatchObject({
      state: 'pending',
      createAttempts: 1,
      lastProblem: expect.stringContaining('VENDOR_TIMEOUT'),
    })
    pass(15)
    expect(await run()).toBe('adopted')
    expect(vendor.bots).toHaveLength(1)
    expect((await load()).meetingBaasId).toBe(vendor.bots[0]?.botId)
  })

  test('a lost answer does not touch a meeting that a webhook has moved on', async () => {
    const { vendor, meetings, load, ...others } = await setUp()
    const { id: meetingId } = await load()
    const movedOn = async () => {
      const before = await load()
      const next = { ...before, state: 'joining' as const, meetingBaasId: 'bot', leaseUntil: null }
      await meetings.saveChange({ before, next, entries: [], cause: 'webhook' })
      throw timeout
    }
    await expect(
      createBot({ ...others, vendor: { ...vendor, createBot: movedOn }, meetings }, { meetingId }),
    ).rejects.toBe(timeout)
    expect(await load()).toMatchObject({ state: 'joining', leaseUntil: null, lastProblem: null })
  })

  test('a request that never arrived is repeated without asking', async () => {
    const { run, vendor } = await setUp()
    vendor.failNext('createBot', unavailable)
    await expect(run()).rejects.toBe(unavailable)
    expect(await run()).toBe('created')
    expect(vendor.calls).toEqual(['createBot', 'createBot'])
  })

  test('when the vendor cannot be asked, no second bot is created', async () => {
    const { run, vendor, pass } = await setUp()
    vendor.failNext('createBot', timeout, 'after')
    await expect(run()).rejects.toBe(timeout)
    vendor.failNext('findBots', unavailable)
    pass(15)
    await expect(run()).rejects.toBe(unavailable)
    pass(15)
    expect(await run()).toBe('adopted')
    expect(vendor.bots).toHaveLength(1)
  })

  test('a database that fails right after the call does not make a second bot', async () => {
    const { run, vendor, meetings, pass, load, ...others } = await setUp()
    let writes = 0
    const failing = {
      ...meetings,
      saveChange: async (change: Parameters<typeof meetings.saveChange>[0]) => {
        writes += 1
        // The lease, its renewal, then the vendor's answer.
        if (writes === 3) throw new RetryableError('SERVICE_UNAVAILABLE')
        return await meetings.saveChange(change)
      },
    }
    const dying = createBot({ ...others, meetings: failing, vendor }, { meetingId: (await load()).id })
    await expect(dying).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
    expect(await load()).toMatchObject({ createAttempts: 1 })
    pass(15)
    expect(await run()).toBe('adopted')
    expect(vendor.bots).toHaveLength(1)
  })

  test.each([
    ['cannot be reached', new RetryableError('VENDOR_UNAVAILABLE')],
    ['refuses our key', new PermanentError('VENDOR_UNAUTHORIZED')],
  ])('a bot that may be recording is not given up when the vendor %s', async (_, error) => {
    const { run, vendor, load, pass } = await setUp()
    vendor.failNext('createBot', timeout, 'after')
    await expect(run()).rejects.toBe(timeout)
    pass(700)
    vendor.failNext('findBots', error)
    await expect(run()).rejects.toBe(error)
    expect(await load()).toMatchObject({ state: 'pending' })
    pass(15)
    expect(await run()).toBe('adopted')
    expect(vendor.bots).toHaveLength(1)
  })

  test('when the vendor cannot be asked for an hour, the meeting is given up after all', async () => {
    const { run, vendor, load, pass } = await setUp()
    vendor.failNext('createBot', timeout, 'after')
    await expect(run()).rejects.toBe(timeout)
    pass(3_601)
    vendor.failNext('findBots', unavailable)
    expect(await run()).toBe('failed')
    expect(await load()).toMatchObject({ state: 'failed', errorCode: 'VENDOR_UNAVAILABLE' })
  })

  test('the sweep stays away from a meeting whose job comes back by itself', async () => {
    const { run, vendor, load } = await setUp({ dueAt: at(1) })
    vendor.failNext('createBot', new RetryableError('VENDOR_DAILY_CAP'))
    await expect(run()).rejects.toBeInstanceOf(PostponedError)
    expect((await load()).dueAt).toEqual(at(2, 10))
  })

  test('two jobs at once make one bot', async () => {
    const { run, vendor } = await setUp()
    const results = await Promise.allSettled([run(), run(), run()])
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const waiting = results.filter((result) => result.status === 'rejected' && result.reason instanceof PostponedError)
    expect(waiting).toHaveLength(2)
    expect(vendor.bots).toHaveLength(1)
  })

  test('of several bots with our id the oldest stays, and the others are told to leave', async () => {
    const { run, vendor, load } = await setUp({ createAttempts: 1 })
    const { id: meetingId, meetingUrl, botName, botConfig: config } = await load()
    for (let i = 0; i < 3; i++) {
      await vendor.createBot({ meetingId, meetingUrl, botName, config, extra: null, joinAt: null })
    }
    expect(await run()).toBe('adopted')
    expect(vendor.bots.map(({ status }) => status)).toEqual(['queued', 'failed', 'failed'])
    expect((await load()).meetingBaasId).toBe(vendor.bots[0]?.botId)
  })

  test('a refusal fails the meeting with a code and a sentence', async () => {
    const { run, vendor, load, types } = await setUp()
    vendor.failNext('createBot', new PermanentError('VENDOR_INSUFFICIENT_TOKENS', { detail: 'Top up.' }))
    expect(await run()).toBe('failed')
    expect(await load()).toMatchObject({
      state: 'failed',
      errorCode: 'VENDOR_INSUFFICIENT_TOKENS',
      errorMessage: 'Top up.',
      finalAt: at(0),
      dueAt: null,
    })
    expect(await types()).toEqual(['bot_requested', 'bot_error'])
  })

  test('a rate limit holds everybody back for as long as the vendor says, and costs no attempt', async () => {
    const { run, vendor, pauses } = await setUp()
    vendor.failNext('createBot', new RetryableError('VENDOR_RATE_LIMITED', { retryAfterMs: 7_000 }))
    await expect(run()).rejects.toMatchObject({ name: 'PostponedError', delayMs: 7_000 })
    expect(pauses).toEqual(['writes 7000'])
    expect(await run()).toBe('created')
  })

  test('the daily cap holds back creations and is shown as the reason', async () => {
    const { run, vendor, pauses, load } = await setUp()
    vendor.failNext('createBot', new RetryableError('VENDOR_DAILY_CAP', { detail: 'The cap is reached.' }))
    await expect(run()).rejects.toMatchObject({ name: 'PostponedError', delayMs: 120_000 })
    expect(pauses).toEqual(['creates 120000 VENDOR_DAILY_CAP'])
    expect((await load()).lastProblem).toBe('VENDOR_DAILY_CAP: The cap is reached.')
  })

  describe('for an event of an hour', () => {
    const forEvent = () => setUp({ calendarEventId: 'event', joinAt: at(0), eventStartsAt: at(0), eventEndsAt: at(60) })
    const closed = [
      ['VENDOR_DAILY_CAP', new RetryableError('VENDOR_DAILY_CAP', { detail: 'The cap is reached.' })],
      ['VENDOR_INSUFFICIENT_TOKENS', new PermanentError('VENDOR_INSUFFICIENT_TOKENS', { detail: 'Top up.' })],
      ['VENDOR_UNAUTHORIZED', new PermanentError('VENDOR_UNAUTHORIZED', { detail: 'No such key.' })],
    ] as const
    const pauseMs = (code: string) => (code === 'VENDOR_UNAUTHORIZED' ? 60_000 : 120_000)

    test.each(closed)('with %s the bot waits until the event ends, and says why', async (code, error) => {
      const { run, vendor, pauses, pass, load } = await forEvent()
      for (let minutes = 0; minutes <= 60; minutes += 20) {
        vendor.failNext('createBot', error)
        await expect(run()).rejects.toMatchObject({ name: 'PostponedError', code, delayMs: pauseMs(code) })
        expect(await load()).toMatchObject({ state: 'pending', lastProblem: `${code}: ${error.message}` })
        pass(20 * 60)
      }
      expect(pauses).toEqual(Array(4).fill(`creates ${pauseMs(code)} ${code}`))
      expect(await run()).toBe('failed')
      expect(await load()).toMatchObject({ errorCode: code, errorMessage: expect.stringContaining(error.message) })
      expect(vendor.bots).toEqual([])
    })

    test('an outage while it waits does not end it', async () => {
      const { run, vendor, pass } = await forEvent()
      vendor.failNext('createBot', closed[0][1])
      await expect(run()).rejects.toBeInstanceOf(PostponedError)
      pass(30 * 60)
      vendor.failNext('createBot', unavailable)
      await expect(run()).rejects.toBe(unavailable)
      pass(60)
      expect(await run()).toBe('created')
    })
  })

  test('with a wrong key an order by hand waits with the reason, and is given up ten minutes later', async () => {
    const { run, vendor, pauses, pass, load } = await setUp()
    const refused = new PermanentError('VENDOR_UNAUTHORIZED', { detail: 'Meeting BaaS answered 403: no such key.' })
    vendor.refuseCreates(() => refused)
    for (let minutes = 0; minutes < 10; minutes++) {
      await expect(run()).rejects.toMatchObject({ name: 'PostponedError', delayMs: 60_000 })
      expect(await load()).toMatchObject({ state: 'pending', lastProblem: `VENDOR_UNAUTHORIZED: ${refused.message}` })
      pass(60)
    }
    expect(pauses).toEqual(Array(10).fill('creates 60000 VENDOR_UNAUTHORIZED'))
    pass(1)
    expect(await run()).toBe('failed')
    expect(await load()).toMatchObject({ errorCode: 'VENDOR_UNAUTHORIZED', createAttempts: 0 })
  })

  test('a key that may not list bots does not hold back other creations', async () => {
    const { run, vendor, pauses, pass } = await setUp()
    vendor.failNext('createBot', timeout, 'after')
    await expect(run()).rejects.toBe(timeout)
    pass(15)
    const refused = new PermanentError('VENDOR_UNAUTHORIZED')
    vendor.failNext('findBots', refused)
    await expect(run()).rejects.toBe(refused)
    expect(pauses).toEqual([])
  })

  test('a bot that was never made is known not to exist, but not a bot that may have been made', async () => {
    const refused = await setUp()
    refused.vendor.refuseCreates(() => new PermanentError('VENDOR_REJECTED'))
    await refused.run()
    expect(await refused.load()).toMatchObject({ state: 'failed', createAttempts: 0 })
    const missed = await setUp()
    missed.vendor.failNext('createBot', unavailable)
    await expect(missed.run()).rejects.toBe(unavailable)
    missed.pass(601)
    await missed.run()
    expect(await missed.load()).toMatchObject({ state: 'failed', createAttempts: 0 })
    const open = await setUp()
    open.vendor.failNext('createBot', timeout, 'after')
    await expect(open.run()).rejects.toBe(timeout)
    open.pass(3_601)
    open.vendor.failNext('findBots', unavailable)
    await open.run()
    expect((await open.load()).createAttempts).toBeGreaterThan(0)
  })

  test('a pause for tokens does not hold back orders by hand, but a pause for the daily cap does', async () => {
    const { load, ...deps } = await setUp()
    const { id: meetingId } = await load()
    const paused = (code: ClosedCode) => ({
      takeWriteSlot: async (kind: 'create' | 'other') => {
        if (kind === 'create') throw new PostponedError(code, { delayMs: 60_000 })
        return () => {}
      },
      pauseWrites: async () => {},
      pauseCreates: async () => {},
    })
    const run = (code: ClosedCode) => createBot({ ...deps, limits: paused(code) }, { meetingId })
    for (const code of ['VENDOR_DAILY_CAP', 'VENDOR_UNAUTHORIZED'] as const)
      await expect(run(code)).rejects.toMatchObject({ code, delayMs: 60_000 })
    expect(await run('VENDOR_INSUFFICIENT_TOKENS')).toBe('created')
  })

  test('ten minutes after it should have joined, the meeting is given up with the last problem', async () => {
    const { run, vendor, load, pass } = await setUp()
    vendor.failNext('createBot', unavailable)
    await expect(run()).rejects.toBe(unavailable)
    pass(601)
    expect(await run()).toBe('failed')
    expect(await load()).toMatchObject({
      state: 'failed',
      errorCode: 'VENDOR_UNAVAILABLE',
      errorMessage: expect.stringContaining('Connection refused.'),
    })
    expect(vendor.bots).toHaveLength(0)
  })

  describe('that waited in the line for longer than a bot is tried', () => {
    /** Gives the order no slot of the shared rate until the test says so. */
    async function inLine() {
      const { limits, ...world } = await setUp()
      const { id: meetingId } = await world.load()
      let isFree = false
      const takeWriteSlot = async () => {
        if (!isFree) throw new PostponedError('VENDOR_RATE_LIMITED', { delayMs: 1_000, detail: 'In line.' })
        return () => {}
      }
      const run = () => createBot({ ...world, limits: { ...limits, takeWriteSlot } }, { meetingId })
      return { ...world, run, free: () => void (isFree = true) }
    }

    test('an order for now that no run has started yet is tried', async () => {
      const { run, pass, vendor } = await setUp()
      pass(1_800)
      expect(await run()).toBe('created')
      expect(vendor.bots).toHaveLength(1)
    })

    test('an order that found no slot yet is tried, too, and then shows the vendor’s error', async () => {
      const { run, pass, vendor, load, free } = await inLine()
      for (let i = 0; i < 3; i++) {
        await expect(run()).rejects.toBeInstanceOf(PostponedError)
        pass(600)
      }
      free()
      vendor.failNext('createBot', unavailable)
      expect(await run()).toBe('failed')
      expect(vendor.calls).toEqual(['createBot'])
      expect(await load()).toMatchObject({ errorCode: 'VENDOR_UNAVAILABLE' })
    })

    test('an order is given up after an hour, and says that the vendor was not asked', async () => {
      const { run, pass, vendor, load } = await setUp()
      pass(3_601)
      expect(await run()).toBe('failed')
      expect(vendor.calls).toEqual([])
      expect(await load()).toMatchObject({ errorCode: 'SERVICE_UNAVAILABLE' })
    })
  })

  test('a booking for tomorrow survives an outage of hours', async () => {
    const { run, vendor, load, pass } = await setUp({ joinAt: at(24 * 60) })
    for (let hour = 0; hour < 5; hour++) {
      vendor.failNext('createBot', unavailable)
      await expect(run()).rejects.toBe(unavailable)
      pass(3_600)
    }
    expect(await run()).toBe('created')
    expect(await load()).toMatchObject({ state: 'scheduled', lastProblem: null })
  })

  test('an order that is ended before the vendor was called is cancelled', async () => {
    const { run, vendor, load, types } = await setUp({ leaveRequestedAt: at(0) })
    expect(await run()).toBe('cancelled')
    expect(vendor.bots).toHaveLength(0)
    expect(await load()).toMatchObject({ state: 'cancelled', finalAt: at(0) })
    expect(await types()).toEqual(['bot_requested', 'bot_cancelled'])
  })

  test.each([
    ['end', { leaveRequestedAt: at(0, 3) }, 'leave-bot'],
    ['move', { changeOwed: true }, 'reschedule-bot'],
    ['move and then end', { changeOwed: true, leaveRequestedAt: at(0, 3) }, 'leave-bot'],
  ])(
    'a wish to %s it that came during the call is owed once the bot exists, and done at once',
    async (_, wish, job) => {
      const { run, vendor, meetings, load, pass, enqueued } = await setUp()
      vendor.failNext('createBot', timeout, 'after')
      await expect(run()).rejects.toBe(timeout)
      const before = await load()
      await meetings.saveChange({ before, next: { ...before, ...wish }, entries: [], cause: 'api' })
      pass(15)
      expect(await run()).toBe('adopted')
      expect(await load()).toMatchObject({ state: 'queued', ...wish, dueAt: at(0, 20) })
      expect(enqueued).toContainEqual({ name: job, payload: { meetingId: before.id, round: before.round + 1 } })
    },
  )

  test('a bot that was created as ordered owes nothing more', async () => {
    const { run, enqueued, load } = await setUp()
    await run()
    expect(enqueued).toEqual([{ name: 'schedule-recordings', payload: { userId: (await load()).userId } }])
  })
})

describe('killed at any instruction', () => {
  const cases = (['before', 'after'] as const).flatMap((when) =>
    Array.from({ length: 8 }, (_, i) => [i + 1, when] as const),
  )

  test.each(cases)('at call %i, %s it, there is one bot, and it is ours', async (n, when) => {
    const { meetings, vendor, limits, pass, run, load, ...others } = await setUp()
    const { id: meetingId } = await load()
    const dying = killedAt({ meetings, vendor, limits }, n, when)
    await createBot({ ...others, ...dying }, { meetingId }).catch(unlessKilled)
    // The next job comes when the lease of the dead job has ended.
    pass(60)
    await run()
    expect(vendor.bots).toHaveLength(1)
    expect(await load()).toMatchObject({ state: 'queued', meetingBaasId: vendor.bots[0]?.botId, leaseUntil: null })
  })
})
