/** The daily limit of the vendor's plan in the life of events: known beforehand, and found at the vendor. */
import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { anIntegration } from '../../testing/calendars/calendar-builders.ts'
import { aMeeting } from '../../testing/meetings/builders.ts'
import { schedulingWorld } from '../../testing/planning/scheduling-world.ts'
import { PermanentError, RetryableError } from '../basics/errors.ts'
import { RecordingRules } from '../rules/rules.ts'
import { scheduleRecordings } from './carry-out/schedule-recordings.ts'

const linkOf = (i: number) => `https://zoom.us/j/9${String(i).padStart(9, '0')}`

/** A world whose plan allows this many bots a day, with events in rooms of their own, an hour apart. */
async function limitedTo(botsPerDay: number, events: number) {
  const world = await schedulingWorld()
  world.deps.botsPerDay = botsPerDay
  const reads = { joinTimes: 0 }
  const { joinTimes } = world.deps.capacity
  world.deps.capacity.joinTimes = (wanted) => {
    reads.joinTimes += 1
    return joinTimes(wanted)
  }
  const ids: string[] = []
  for (let i = 0; i < events; i++) {
    const { id } = await world.put({ startTime: world.inMinutes(60 * (i + 1)), meetingUrl: linkOf(i) })
    ids.push(id)
  }
  const winners = async () => Promise.all(ids.map(async (id) => (await world.decision(id))?.winner))
  const schedule = (userId: string = world.userId) => scheduleRecordings(world.deps, { userId })

  /** Another user with events in rooms of their own, at the same times. */
  async function another(count: number) {
    const integration = anIntegration({ userId: randomUUID(), accountEmail: 'bo@other.test' })
    await world.integrations.add(integration)
    await world.scheduling.saveRules(integration.userId, RecordingRules.parse({ enabled: true }), 0, world.now())
    const puts = Array.from({ length: count }, (_, i) =>
      world.put({ startTime: world.inMinutes(60 * (i + 1)), meetingUrl: linkOf(100 + i) }, integration),
    )
    const eventIds = (await Promise.all(puts)).map(({ id }) => id)
    const decisions = () => world.scheduling.findDecisions(integration.userId, eventIds)
    const found = async () => [...(await decisions()).values()].map(({ decision }) => decision.winner)
    return { userId: integration.userId, winners: found }
  }

  return { ...world, reads, ids, winners, schedule, another }
}

describe('a plan that allows two bots a day', () => {
  test('books two bots, and the third event says why it waits', async () => {
    const { settle, live, winners, decision, ids } = await limitedTo(2, 3)
    await settle()
    expect(live()).toHaveLength(2)
    expect(await winners()).toEqual(['rules_match', 'rules_match', 'daily_cap'])
    const reasons = (await decision(ids[2] as string))?.reasons.map(({ code }) => code)
    expect(reasons).toEqual(['daily_cap', 'rules_match'])
  })

  test('makes no plan read other bots, unless something is to be booked or moved', async () => {
    const { settle, schedule, reads } = await limitedTo(2, 2)
    await settle()
    reads.joinTimes = 0
    await schedule()
    expect(reads.joinTimes).toBe(0)
  })

  test('lets a waiting event have a bot when another is called off, and calls a bot off for an event that the user wants more', async () => {
    const { settle, live, winners, override, ids } = await limitedTo(2, 4)
    await settle()
    await override(ids[0] as string, 'skip')
    await settle()
    expect(live()).toHaveLength(2)
    expect(await winners()).toEqual(['override_skip', 'rules_match', 'rules_match', 'daily_cap'])
    await override(ids[3] as string, 'record')
    await settle()
    expect(await winners()).toEqual(['override_skip', 'rules_match', 'daily_cap', 'override_record'])
    expect(live()).toHaveLength(2)
  })

  test('calls off the bot of an event that moves to a full day, and books it again when the event moves away', async () => {
    const { settle, live, put, winners, decision, inMinutes } = await limitedTo(2, 2)
    const far = await put({ startTime: inMinutes(60 * 60), meetingUrl: linkOf(9) })
    await settle()
    expect(live()).toHaveLength(3)
    await put({ ...far, startTime: inMinutes(90), endTime: inMinutes(120) })
    await settle()
    expect(await winners()).toEqual(['rules_match', 'rules_match'])
    expect(await decision(far.id)).toMatchObject({ willRecord: false, winner: 'daily_cap' })
    expect(live()).toHaveLength(2)
    await put(far)
    await settle()
    expect(live()).toHaveLength(3)
  })

  test('counts bots that were ordered by hand, and bots that joined within the last 24 hours', async () => {
    const { settle, winners, meetings, inMinutes, now } = await limitedTo(2, 2)
    const requested = {
      type: 'bot_requested' as const,
      occurredAt: now(),
      data: { joinAt: null },
      cause: 'api' as const,
    }
    await meetings.claim(aMeeting({ joinAt: inMinutes(20), joinKey: 'meet:by-hand' }), requested, 'nobody')
    const gone = aMeeting({ joinAt: inMinutes(-22 * 60), createdAt: inMinutes(-23 * 60), joinKey: 'meet:gone' })
    const claimed = await meetings.claim(gone, requested, 'nobody')
    const before = 'meeting' in claimed ? claimed.meeting : gone
    const next = { ...before, state: 'completed' as const, finalAt: inMinutes(-21 * 60) }
    await meetings.saveChange({ before, next, entries: [], cause: 'webhook' })
    await settle()
    // The first event lies within a day of both bots. The second, two hours later, only of the bot that was ordered by hand.
    expect(await winners()).toEqual(['daily_cap', 'rules_match'])
  })

  test('counts a bot that is in its meeting once, and does not call it off', async () => {
    const { settle, live, put, override, pass, inMinutes, decision } = await limitedTo(2, 1)
    await settle()
    await pass(65)
    const [next, more] = [30, 60].map((minutes, i) => put({ startTime: inMinutes(minutes), meetingUrl: linkOf(8 + i) }))
    await settle()
    expect(await decision((await next)?.id ?? '')).toMatchObject({ winner: 'rules_match' })
    await override((await more)?.id ?? '', 'record')
    await settle()
    expect(await decision((await next)?.id ?? '')).toMatchObject({ winner: 'daily_cap' })
    expect(live().map(({ status }) => status)).toEqual(['in_call_recording', 'scheduled'])
  })

  test('two users who are planned at the same time get two bots together, and the other events say why they wait', async () => {
    const { schedule, another, userId, meetings, winners } = await limitedTo(2, 2)
    const bo = await another(2)
    await Promise.all([schedule(userId), schedule(bo.userId)])
    expect(meetings.all()).toHaveLength(2)
    const all = [...(await winners()), ...(await bo.winners())].sort()
    expect(all).toEqual(['daily_cap', 'daily_cap', 'rules_match', 'rules_match'])
  })

  test('an event whose place is taken between reading and booking says so at once', async () => {
    const { schedule, deps, meetings, inMinutes, winners } = await limitedTo(2, 2)
    const { joinTimes } = deps.capacity
    let isFirst = true
    deps.capacity.joinTimes = async (wanted) => {
      const read = await joinTimes(wanted)
      const other = aMeeting({ joinAt: inMinutes(30), joinKey: 'meet:other' })
      if (isFirst)
        await meetings.claim(
          other,
          { type: 'bot_requested', occurredAt: inMinutes(0), data: { joinAt: null }, cause: 'api' as const },
          'nobody',
        )
      isFirst = false
      return read
    }
    expect(await schedule()).toMatchObject({ booked: 1 })
    expect(await winners()).toEqual(['rules_match', 'daily_cap'])
  })

  test('after a change to a smaller plan no bot is called off; the vendor decides when the meetings begin', async () => {
    const { settle, live, deps, put, inMinutes, winners } = await limitedTo(3, 3)
    await settle()
    deps.botsPerDay = 1
    await put({ startTime: inMinutes(300), meetingUrl: linkOf(9) })
    await settle()
    expect(live()).toHaveLength(3)
    expect(await winners()).toEqual(['rules_match', 'rules_match', 'rules_match'])
  })
})

describe('a vendor whose day is full', () => {
  const full = new RetryableError('VENDOR_DAILY_CAP', { detail: 'The daily bot cap is reached.' })
  const noTokens = new PermanentError('VENDOR_INSUFFICIENT_TOKENS', { detail: 'Top up.' })

  /** A meeting of an hour whose booked bot the vendor refuses to start. */
  async function refused(code: string, error: Error) {
    const world = await schedulingWorld()
    const startTime = world.inMinutes(60)
    const event = await world.put({ startTime, endTime: world.inMinutes(120) })
    await world.settle()
    const { createBot } = world.vendor
    const vendor = { isFull: true, calls: 0 }
    world.vendor.createBot = async (request) => {
      vendor.calls += 1
      if (vendor.isFull) throw error
      return await createBot(request)
    }
    await world.pass(59)
    const [bot] = world.live()
    const message = 'Not started.'
    world.vendor.endWith(bot?.botId ?? '', { kind: 'failed', at: null, code, message, results: null })
    await world.pass(1)
    await world.settle()
    return { ...world, event, vendor, waiting: () => world.meetings.all().filter(({ state }) => state === 'pending') }
  }

  const refusals: [code: string, error: Error, ours: string][] = [
    ['DAILY_BOT_CAP_REACHED', full, 'VENDOR_DAILY_CAP'],
    ['INSUFFICIENT_TOKENS', noTokens, 'VENDOR_INSUFFICIENT_TOKENS'],
  ]

  test.each(refusals)(
    '%s: the event’s bot waits, shows the reason, and comes when there is room',
    async (code, error) => {
      const { event, vendor, waiting, decision, pass, settle, live } = await refused(code, error)
      expect(await decision(event.id)).toMatchObject({ willRecord: true, winner: 'rules_match' })
      expect(waiting().map(({ lastProblem }) => lastProblem)).toEqual([expect.stringMatching(/^VENDOR_.*: .+/)])
      vendor.isFull = false
      await pass(20)
      await settle()
      expect(waiting()).toEqual([])
      expect(live().map(({ request }) => request.joinAt)).toEqual([null])
    },
  )

  test.each(refusals)(
    '%s: one bot waits until the meeting is over, and is then given up',
    async (code, error, ours) => {
      const { event, vendor, waiting, meetings, pass, settle, decision } = await refused(code, error)
      for (let minutes = 2; minutes < 60; minutes += 2) {
        await pass(2)
        await settle()
        expect(waiting()).toHaveLength(1)
      }
      await pass(3)
      await settle()
      expect(meetings.all().map(({ state }) => state)).toEqual(['failed', 'failed'])
      expect(meetings.all()[1]).toMatchObject({ errorCode: ours })
      expect(await decision(event.id)).toMatchObject({ winner: 'in_the_past' })
      const calls = vendor.calls
      await settle()
      expect([meetings.all().length, vendor.calls]).toEqual([2, calls])
    },
  )

  test('an event that is over does not count as waiting', async () => {
    const { event, put, waiting, settle, inMinutes } = await refused('DAILY_BOT_CAP_REACHED', full)
    await put({ ...event, startTime: inMinutes(-30), endTime: inMinutes(-1) })
    await settle()
    expect(waiting()).toEqual([])
  })
})
