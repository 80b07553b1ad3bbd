import { describe, expect, test } from 'vitest'
import { schedulingWorld } from '../../testing/planning/scheduling-world.ts'
import type { FakeBot } from '../../testing/vendor/fake-vendor-bots.ts'
import type { Integration } from '../calendars/integration.ts'
import type { Meeting } from '../meetings/meeting.ts'
import { leaveShare } from '../meetings/sharing/share-bot.ts'
import type { EventDetails } from '../vendor/calendar-event.ts'
import { scheduleRecordings } from './carry-out/schedule-recordings.ts'

type World = Awaited<ReturnType<typeof schedulingWorld>>

/** A meeting in an hour that Ines and somebody else have in their calendars; Ines is planned for first. */
async function meetingOfTwo({ email = 'bo@acme.test', scope = 'domain' as const } = {}) {
  const world = await schedulingWorld({ enabled: true }, scope)
  const bo = await world.addUser(email)
  const event = await world.put({})
  const theirs = await world.put({}, bo.integration)
  await world.settle()
  const bot = () => world.live()[0]?.request.meetingId as string
  const skip = (whose: 'ines' | 'bo') =>
    whose === 'ines' ? world.override(event.id, 'skip') : world.override(theirs.id, 'skip', false, bo.userId)
  /** What each of the two sees of a bot. */
  const seen = async (id = bot()) => [await world.sees(id), await world.sees(id, bo.userId)]
  return { ...world, bo, event, theirs, bot, skip, seen }
}

type WorldOfTwo = Awaited<ReturnType<typeof meetingOfTwo>>

const winnerOf = async (world: World, { id }: EventDetails, of?: string) => (await world.decision(id, of))?.winner

/** From an hour before the meeting into it. */
async function intoTheMeeting({ pass, settle }: Pick<World, 'pass' | 'settle'>): Promise<void> {
  await pass(65)
  await settle()
}

describe('two users of one domain in one meeting', () => {
  test('have one bot, and each of them sees the bot and the reason', async () => {
    const world = await meetingOfTwo()
    expect(world.live()).toHaveLength(1)
    expect(await world.seen()).toEqual(['owner', 'subscriber'])
    expect(await winnerOf(world, world.event)).toBe('rules_match')
    const decision = await world.decision(world.theirs.id, world.bo.userId)
    expect(decision).toMatchObject({ winner: 'shared_with_bot', sharedWith: { meetingId: world.bot() } })
  })

  test('are planned again without any write', async () => {
    const { deps, userId, bo, writesSoFar, meetings } = await meetingOfTwo()
    const before = [writesSoFar(), JSON.stringify(meetings.all())]
    for (const of of [userId, bo.userId]) {
      const nothing = { decided: 0, booked: 0, moved: 0, ended: 0, shared: 0 }
      expect(await scheduleRecordings(deps, { userId: of })).toMatchObject(nothing)
    }
    expect([writesSoFar(), JSON.stringify(meetings.all())]).toEqual(before)
  })

  test('have one bot as well when they are planned at the same time', async () => {
    const world = await schedulingWorld()
    const bo = await world.addUser('bo@acme.test')
    await world.put({})
    await world.put({}, bo.integration)
    await Promise.all([world.userId, bo.userId].map((userId) => scheduleRecordings(world.deps, { userId })))
    await world.settle()
    expect(world.live()).toHaveLength(1)
    expect(world.meetings.all()).toHaveLength(1)
  })

  test('a user who shares it may leave it; the bot stays, and that user does not see it any more', async () => {
    const world = await meetingOfTwo()
    await world.skip('bo')
    await world.settle()
    expect(world.live()).toHaveLength(1)
    expect(await world.seen()).toEqual(['owner', null])
    expect(await winnerOf(world, world.theirs, world.bo.userId)).toBe('override_skip')
  })

  const optOuts: [string, (world: WorldOfTwo) => Promise<unknown>][] = [
    ['does not want the event recorded', (world) => world.skip('ines')],
    ['switches the rules off', (world) => world.setRules({ enabled: false })],
    ['has it cancelled in the calendar', (world) => world.put({ ...world.event, status: 'cancelled' })],
    ['has its link removed in the calendar', (world) => world.put({ ...world.event, meetingUrl: null })],
    [
      'has it moved elsewhere in the calendar',
      (world) => world.put({ ...world.event, meetingUrl: 'https://zoom.us/j/1' }),
    ],
    [
      'ends the bot by hand',
      async (world) => {
        await world.end(world.bot())
        await world.skip('ines')
      },
    ],
    ['disconnects the calendar', (world) => world.disconnect(world.integration.id)],
  ]

  describe.each([
    ['before the meeting', async () => {}],
    ['in the meeting', intoTheMeeting],
  ])('%s', (_when, getThere) => {
    test.each(optOuts)('when the user who booked it %s, the bot stays for the other', async (_what, optOut) => {
      const world = await meetingOfTwo()
      await getThere(world)
      const { botId, request } = world.live()[0] as FakeBot
      await optOut(world)
      await world.settle()
      const theirs = world.live().filter(({ request: { meetingUrl } }) => meetingUrl === world.theirs.meetingUrl)
      expect(theirs.map((bot) => bot.botId)).toEqual([botId])
      expect(await world.seen(request.meetingId)).toEqual([null, 'owner'])
      expect(await winnerOf(world, world.theirs, world.bo.userId)).toBe('rules_match')
    })
  })

  test('when neither of them wants it any more, the bot leaves', async () => {
    const world = await meetingOfTwo()
    await intoTheMeeting(world)
    await world.skip('ines')
    await world.settle()
    expect(world.live()).toHaveLength(1)
    await world.skip('bo')
    await world.pass(1)
    await world.settle()
    expect(world.live()).toEqual([])
  })

  test('when the bot has left, the meeting counts as recorded for both', async () => {
    const world = await meetingOfTwo()
    await intoTheMeeting(world)
    const { botId, request } = world.live()[0] as FakeBot
    world.vendor.endWith(botId, {
      kind: 'failed',
      at: world.now(),
      code: 'BOT_REMOVED',
      message: null,
      results: null,
    })
    await world.settle()
    expect(world.live()).toEqual([])
    expect(await winnerOf(world, world.event)).toBe('already_visited')
    expect(await winnerOf(world, world.theirs, world.bo.userId)).toBe('already_visited')
    expect(await world.seen(request.meetingId)).toEqual(['owner', 'subscriber'])
  })

  test('when the meeting moves in one calendar only, the bot goes with it, and the other user gets another bot until both agree', async () => {
    const world = await meetingOfTwo()
    const later = { startTime: world.inMinutes(240), endTime: world.inMinutes(270) }
    await world.put({ ...world.event, ...later })
    await world.settle()
    expect(world.live()).toHaveLength(2)
    await world.put({ ...world.theirs, ...later }, world.bo.integration)
    await world.settle()
    expect(world.live().map(({ request }) => request.joinAt)).toEqual([later.startTime])
    expect(await world.seen()).toEqual(['owner', 'subscriber'])
  })

  test('users who share it are planned at once when it moves', async () => {
    const world = await meetingOfTwo()
    await world.put({ ...world.event, startTime: world.inMinutes(240), endTime: world.inMinutes(270) })
    await scheduleRecordings(world.deps, { userId: world.userId })
    await world.work()
    expect(world.live()).toHaveLength(2)
  })

  test('the heir’s own time counts once the bot is handed over', async () => {
    const world = await schedulingWorld()
    const bo = await world.addUser('bo@acme.test')
    const event = await world.put({ startTime: world.inMinutes(60) })
    await world.settle()
    await world.put({ startTime: world.inMinutes(65) }, bo.integration)
    await world.settle()
    expect(world.live().map(({ request }) => request.joinAt)).toEqual([event.startTime])
    await world.override(event.id, 'skip')
    await world.settle()
    expect(world.live().map(({ request }) => request.joinAt)).toEqual([world.inMinutes(65)])
  })

  test('a user who comes back shares it since then, not since the first time', async () => {
    const world = await meetingOfTwo()
    await world.skip('bo')
    await world.settle()
    await intoTheMeeting(world)
    await world.override(world.theirs.id, 'inherit', false, world.bo.userId)
    await world.settle()
    const found = await world.meetings.findForUser(world.bo.userId, world.bot())
    expect(found?.meeting.sharedSince).toEqual(world.now())
    await world.skip('ines')
    await world.settle()
    const heir = await world.meetings.findForUser(world.bo.userId, world.bot())
    expect(heir).toMatchObject({ role: 'owner', meeting: { sharedSince: found?.meeting.sharedSince } })
  })
})

describe('orders by hand', () => {
  const link = 'https://meet.google.com/abc-defg-hij'

  test('share the bot that a colleague’s rules booked, and keep it when these rules change', async () => {
    const world = await schedulingWorld()
    const bo = await world.addUser('bo@acme.test')
    const event = await world.put({ startTime: world.inMinutes(-5), endTime: world.inMinutes(55) })
    await world.settle()
    const ordered = await world.order({ meetingUrl: link }, bo.userId)
    expect(ordered).toMatchObject({ outcome: 'existing', meeting: { id: world.live()[0]?.request.meetingId } })
    await world.override(event.id, 'skip')
    await world.settle()
    expect(world.live()).toHaveLength(1)
    expect(await world.sees(world.live()[0]?.request.meetingId as string, bo.userId)).toBe('owner')
  })

  test('are shared by rules, and their bot stays for the rules when the order is ended', async () => {
    const world = await schedulingWorld()
    const bo = await world.addUser('bo@acme.test')
    const order = await world.order({ meetingUrl: link })
    if (order.outcome !== 'accepted') throw new Error(order.outcome)
    const event = await world.put({ startTime: world.now(), endTime: world.inMinutes(60) }, bo.integration)
    await world.settle()
    expect(world.live()).toHaveLength(1)
    expect(await winnerOf(world, event, bo.userId)).toBe('shared_with_bot')
    expect(await world.end(order.meeting.id)).toMatchObject({ outcome: 'left' })
    await world.settle()
    expect(world.live().map(({ request }) => request.meetingId)).toEqual([order.meeting.id])
    expect(await world.sees(order.meeting.id, bo.userId)).toBe('owner')
    expect(await winnerOf(world, event, bo.userId)).toBe('rules_match')
  })

  test('that share a bot are independent of the rules, and stay despite an override', async () => {
    const world = await meetingOfTwo()
    await world.end(world.bot(), world.bo.userId)
    await world.skip('bo')
    await intoTheMeeting(world)
    await world.order({ meetingUrl: link }, world.bo.userId)
    await world.settle()
    expect(await world.seen()).toEqual(['owner', 'subscriber'])
    expect(await winnerOf(world, world.theirs, world.bo.userId)).toBe('manual_bot')
    expect(world.live()).toHaveLength(1)
  })

  test('keep their own data, and do not show it to the other user', async () => {
    const world = await schedulingWorld()
    const bo = await world.addUser('bo@acme.test')
    const order = { meetingUrl: link, joinAt: world.inMinutes(90) }
    const first = await world.order({ ...order, extra: { tenant: 'ines' } })
    await world.order({ ...order, extra: { tenant: 'bo' } }, bo.userId)
    if (first.outcome !== 'accepted') throw new Error(first.outcome)
    const extraOf = async (userId: string) =>
      (await world.meetings.findForUser(userId, first.meeting.id))?.meeting.extra
    expect(await extraOf(world.userId)).toEqual({ tenant: 'ines' })
    expect(await extraOf(bo.userId)).toEqual({ tenant: 'bo' })
    await world.end(first.meeting.id)
    expect(await extraOf(bo.userId)).toEqual({ tenant: 'bo' })
  })
})

describe('other meetings in the same room', () => {
  const room = 'https://meet.google.com/abc-defg-hij'

  /** Each has a meeting in one room, from and to minutes from now. */
  async function twoMeetings(first: [number, number], second: [number, number], changes: Partial<EventDetails> = {}) {
    const world = await schedulingWorld({ enabled: true, includeAllDay: true })
    const bo = await world.addUser('bo@acme.test')
    const [start, end] = first.map(world.inMinutes) as [Date, Date]
    const event = await world.put({ startTime: start, endTime: end, ...changes })
    await world.settle()
    const [startTime, endTime] = second.map(world.inMinutes) as [Date, Date]
    const theirs = await world.put({ startTime, endTime }, bo.integration)
    await world.settle()
    return { ...world, bo, event, theirs }
  }

  test.each([
    ['one that begins in the middle of it', [60, 120], [90, 150]],
    ['one that ends in the middle of it', [110, 170], [60, 120]],
  ] as [string, [number, number], [number, number]][])('%s has a bot of its own', async (_, first, second) => {
    const world = await twoMeetings(first, second)
    const times = world.live().map(({ request }) => request.joinAt)
    expect(times).toEqual([world.event.startTime, world.theirs.startTime])
  })

  test('an order by hand for later does not end a recording', async () => {
    const world = await twoMeetings([60, 120], [400, 430])
    await world.pass(65)
    await world.settle()
    const [recording] = world.live()
    await world.order({ meetingUrl: room, joinAt: world.inMinutes(30) }, world.bo.userId)
    await world.settle()
    expect(world.live()[0]).toMatchObject({ botId: recording?.botId, status: 'in_call_recording' })
  })

  test('a recording bot does not give way when its meeting is prolonged into the next one', async () => {
    const world = await twoMeetings([90, 120], [60, 90])
    await world.pass(65)
    await world.settle()
    await world.put({ ...world.theirs, endTime: world.inMinutes(30) }, world.bo.integration)
    await world.settle()
    const bots = world.live().map(({ status }) => status)
    expect(bots).toEqual(['scheduled', 'in_call_recording'])
  })

  test('a bot for an event of whole days does not count for a meeting on one of these days', async () => {
    const world = await twoMeetings([60, 25 * 60], [600, 630], { isAllDay: true })
    expect(world.live()).toHaveLength(2)
  })

  test('a bot that left before the user’s meeting began has not recorded it', async () => {
    const world = await twoMeetings([60, 120], [1_000, 1_030])
    await intoTheMeeting(world)
    await world.pass(45)
    await world.settle()
    const [{ botId }] = world.live() as [FakeBot]
    const soon = { startTime: world.inMinutes(5), endTime: world.inMinutes(35) }
    const theirs = await world.put(soon, world.bo.integration)
    await world.settle()
    expect(await winnerOf(world, theirs, world.bo.userId)).toBe('shared_with_bot')
    await world.pass(2)
    world.vendor.endWith(botId, { kind: 'failed', at: world.now(), code: 'X', message: null, results: null })
    await world.settle()
    expect(await winnerOf(world, theirs, world.bo.userId)).toBe('rules_match')
    expect(world.live().map(({ request }) => request.joinAt)).toContainEqual(soon.startTime)
  })
})

describe('what must not go round in circles or get lost', () => {
  const link = 'https://meet.google.com/abc-defg-hij'

  test('giving up a shared bot frees no place in the day', async () => {
    const world = await meetingOfTwo()
    world.deps.botsPerDay = 1
    const mine = await world.put({ meetingUrl: 'https://zoom.us/j/111111111', startTime: world.inMinutes(300) })
    const theirs = { meetingUrl: 'https://zoom.us/j/222222222', startTime: world.inMinutes(400) }
    const other = await world.put(theirs, world.bo.integration)
    await world.override(mine.id, 'record')
    await world.override(other.id, 'record', false, world.bo.userId)
    await world.settle()
    expect(await winnerOf(world, mine)).toBe('daily_cap')
    expect(await winnerOf(world, other, world.bo.userId)).toBe('daily_cap')
    expect(await world.seen()).toEqual(['owner', 'subscriber'])
  })

  test.each([
    ['to another time', (world: World) => ({ startTime: world.inMinutes(1_440), endTime: world.inMinutes(1_470) })],
    ['to another room', () => ({ meetingUrl: 'https://zoom.us/j/333333333' })],
  ])('when an event moves %s, a bot that somebody else ordered by hand stays', async (_, change) => {
    const world = await schedulingWorld()
    const bo = await world.addUser('bo@acme.test')
    const event = await world.put({})
    await world.settle()
    const ordered = await world.order({ meetingUrl: link, joinAt: event.startTime }, bo.userId)
    expect(ordered.outcome).toBe('existing')
    const moved = await world.put({ ...event, ...change(world) })
    await scheduleRecordings(world.deps, { userId: world.userId })
    await world.work()
    const bots = world.live().map(({ request }) => [request.meetingUrl, request.joinAt])
    expect(bots).toEqual([
      [link, event.startTime],
      [moved.meetingUrl, moved.startTime],
    ])
    expect(await world.sees(world.live()[0]?.request.meetingId as string, bo.userId)).toBe('owner')
  })

  test('a user who ordered it by hand inherits it before a user who shared it longer for an event', async () => {
    const world = await meetingOfTwo()
    const kim = await world.addUser('kim@acme.test')
    await world.order({ meetingUrl: link, joinAt: world.event.startTime }, kim.userId)
    const id = world.bot()
    await world.end(id)
    expect(await world.sees(id, kim.userId)).toBe('owner')
  })

  test('an owner whose event moves to another room during the meeting gets a bot there without waiting for a sweep', async () => {
    const world = await meetingOfTwo()
    await intoTheMeeting(world)
    const elsewhere = 'https://zoom.us/j/444444444'
    await world.put({ ...world.event, meetingUrl: elsewhere })
    await scheduleRecordings(world.deps, { userId: world.userId })
    await world.work()
    expect(world.live().map(({ request }) => request.meetingUrl)).toEqual([link, elsewhere])
  })

  test('the others keep the bot when its owner disconnects the calendar, whoever is planned first', async () => {
    const world = await meetingOfTwo()
    await intoTheMeeting(world)
    const id = world.bot()
    await changeStatus(world, world.integration, 'disconnecting')
    await scheduleRecordings(world.deps, { userId: world.bo.userId })
    await world.disconnect(world.integration.id)
    await scheduleRecordings(world.deps, { userId: world.bo.userId })
    await world.settle()
    expect(world.live().map(({ request }) => request.meetingId)).toEqual([id])
    expect(await world.seen(id)).toEqual([null, 'owner'])
  })

  test('an order by hand that may no longer be shared is kept, and plans still come to an end', async () => {
    const world = await schedulingWorld({ enabled: true, leadMinutes: 15 })
    const bo = await world.addUser('bo@acme.test')
    const { startTime } = await world.put({ startTime: world.inMinutes(120) })
    await world.settle()
    const joinAt = new Date(+startTime - 15 * 60_000)
    await world.order({ meetingUrl: link, joinAt }, bo.userId)
    await changeStatus(world, bo.integration, 'revoked')
    const theirs = await world.put({ startTime: world.inMinutes(128) }, bo.integration)
    await world.settle()
    expect(world.live()).toHaveLength(1)
    expect((await world.decision(theirs.id, bo.userId))?.sharedWith).toEqual({ meetingId: world.meetings.all()[0]?.id })
  })

  test('a bot that was handed over is not moved by a plan that was made before', async () => {
    const world = await meetingOfTwo()
    const { startTime } = world.event
    const moved = { ...world.event, startTime: world.inMinutes(300), endTime: world.inMinutes(330) }
    await world.put(moved)
    const { find } = world.meetings
    const [owned] = world.meetings.all() as [Meeting]
    let isFirst = true
    const meetings = {
      ...world.meetings,
      subscribers: async (id: string) => {
        if (isFirst) {
          isFirst = false
          await world.end(id)
        }
        return await world.meetings.subscribers(id)
      },
    }
    await scheduleRecordings({ ...world.deps, meetings }, { userId: world.userId })
    expect(await find(owned.id)).toMatchObject({ userId: world.bo.userId, joinAt: startTime })
  })

  test('somebody who was about to leave a bot still has it when it has ended meanwhile', async () => {
    const world = await meetingOfTwo()
    await intoTheMeeting(world)
    const before = (await world.meetings.find(world.bot())) as Meeting
    const next = { ...before, state: 'completed' as const, finalAt: world.now() }
    await world.meetings.saveChange({ before, next, entries: [], cause: 'webhook' })
    const leaving = { meetingId: before.id, userId: world.bo.userId, cause: 'worker' as const, at: world.now() }
    expect(await leaveShare(world.deps, leaving)).toBe(false)
    expect(await world.seen(before.id)).toEqual(['owner', 'subscriber'])
  })
})

describe('an order by hand for a bot that the user has for an event', () => {
  test.each([
    ['one’s own', ({ userId, event }: WorldOfTwo) => ({ userId, event })],
    ['a shared one', ({ bo, theirs }: WorldOfTwo) => ({ userId: bo.userId, event: theirs })],
  ])('%s stays when the rules no longer want it', async (_, whose) => {
    const world = await meetingOfTwo()
    const { userId, event } = whose(world)
    const { startTime: joinAt, meetingUrl } = world.event
    const id = world.bot()
    await world.order({ meetingUrl: meetingUrl as string, joinAt, extra: { mine: userId } }, userId)
    await world.setRules({ enabled: false }, world.userId)
    await world.setRules({ enabled: false }, world.bo.userId)
    await world.settle()
    expect(world.live().map(({ request }) => request.meetingId)).toEqual([id])
    const seen = await world.meetings.findForUser(userId, id)
    expect(seen).toMatchObject({ role: 'owner', meeting: { extra: { mine: userId }, calendarEventId: null } })
    expect(await winnerOf(world, event, userId)).toBe('manual_bot')
  })

  test('counts for the user’s events at once, and so does its end', async () => {
    const world = await schedulingWorld({ enabled: false })
    const event = await world.put({})
    await world.settle()
    const meetingUrl = event.meetingUrl as string
    const order = await world.order({ meetingUrl, joinAt: event.startTime })
    await world.work()
    expect(await winnerOf(world, event)).toBe('manual_bot')
    if (order.outcome !== 'accepted') throw new Error(order.outcome)
    await world.end(order.meeting.id)
    await world.work()
    expect(await winnerOf(world, event)).toBe('rules_off')
  })
})

describe('who may not share a bot', () => {
  test.each([
    ['somebody of another company', { email: 'bo@other.test' }],
    ['a user of a mail provider', { email: 'bo@gmail.com' }],
  ])('%s gets a bot of their own, and neither sees the other’s', async (_, options) => {
    const world = await meetingOfTwo(options)
    expect(world.live()).toHaveLength(2)
    const seen = await Promise.all(world.live().map(({ request }) => world.seen(request.meetingId)))
    expect(seen.sort()).toEqual([
      [null, 'owner'],
      ['owner', null],
    ])
  })

  test('somebody whose account is no longer connected leaves the bot and gets one of their own', async () => {
    const world = await meetingOfTwo()
    const bot = world.bot()
    await changeStatus(world, world.bo.integration, 'revoked')
    await world.settle()
    expect(world.live()).toHaveLength(2)
    expect(await world.seen(bot)).toEqual(['owner', null])
  })
})

async function changeStatus(world: World, { id }: Integration, status: Integration['status']) {
  const before = (await world.integrations.find(id)) as Integration
  await world.integrations.saveChange({ before, next: { ...before, status }, entries: [], cause: 'worker' })
}
