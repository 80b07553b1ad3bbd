/** Overlapping events of one user in one room are one meeting: its bot joins when the first of them begins that is wanted. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anIntegration } from '../../testing/calendars/calendar-builders.ts'
import { schedulingWorld } from '../../testing/planning/scheduling-world.ts'
import type { FakeBot } from '../../testing/vendor/fake-vendor-bots.ts'
import type { Override } from '../rules/decision.ts'
import type { EventDetails } from '../vendor/calendar-event.ts'

const room = 'https://zoom.us/j/91234567890?pwd=abc'

async function openWorld() {
  const world = await schedulingWorld()
  const second = anIntegration({ userId: world.userId, accountEmail: 'ines@home.test' })
  await world.integrations.add(second)
  const start = world.now()
  const minute = (time: Date | null) => (time ? (+time - +start) / 60_000 : null)
  const put = (from: number, until: number, more: Partial<EventDetails> = {}, of = world.integration) => {
    const [startTime, endTime] = [new Date(+start + from * 60_000), new Date(+start + until * 60_000)]
    return world.put({ meetingUrl: room, startTime, endTime, ...more }, of)
  }
  /** When the bots join, in minutes from the beginning. */
  const joins = () => world.live().map(({ request }) => minute(request.joinAt))
  return { ...world, second, put, joins, minute }
}

/** From 60 to 120, and from 30 to 90. */
async function overlapping() {
  const world = await openWorld()
  const later = await world.put(60, 120)
  await world.settle()
  const earlier = await world.put(30, 90, {}, world.second)
  await world.settle()
  return { ...world, later, earlier }
}

describe('overlapping events in one room', () => {
  test('a new event begins earlier: one write moves the bot to its start', async () => {
    const world = await openWorld()
    await world.put(60, 120)
    await world.settle()
    const [{ botId }] = world.live() as [FakeBot]
    const writes = world.writesSoFar()
    await world.put(30, 90, {}, world.second)
    await world.settle()
    expect(world.live().map((bot) => [bot.botId, world.minute(bot.request.joinAt)])).toEqual([[botId, 30]])
    expect(world.writesSoFar() - writes).toBe(1)
  })

  test.each([
    ['is cancelled', { status: 'cancelled' as const }],
    [
      'moves to another day',
      { startTime: new Date('2026-03-13T12:00:00Z'), endTime: new Date('2026-03-13T13:00:00Z') },
    ],
    ['moves to another room', { meetingUrl: 'https://zoom.us/j/99999999999' }],
  ])('the earlier %s: the bot goes back to the later start', async (_, change) => {
    const world = await overlapping()
    const [{ botId }] = world.live() as [FakeBot]
    await world.put(30, 90, { ...world.earlier, ...change }, world.second)
    await world.settle()
    const here = world.live().filter(({ botId: id }) => id === botId)
    expect(here.map(({ request }) => world.minute(request.joinAt))).toEqual([60])
  })

  test('the earlier event must not be recorded: the bot joins at the later start', async () => {
    const world = await openWorld()
    await world.setRules({ enabled: true, onlyAccepted: true })
    const self = { email: 'ines@home.test', name: null, organizer: false, self: true, responseStatus: 'needsAction' }
    const attendees = [self, { ...self, email: 'kim@client.test', self: false, organizer: true }]
    const organizer = { email: 'kim@client.test', name: null }
    const undecided = await world.put(30, 90, { attendees, organizer } as Partial<EventDetails>, world.second)
    await world.put(60, 120)
    await world.settle()
    expect(world.joins()).toEqual([60])
    expect(await world.decision(undecided.id)).toMatchObject({ willRecord: true, winner: 'shared_with_bot' })
  })

  test('the later event moves before the other and back again: the bot follows it both times', async () => {
    const world = await overlapping()
    await world.put(20, 80, { ...world.later, ...times(world, 20, 80) })
    await world.settle()
    expect(world.joins()).toEqual([20])
    await world.put(60, 120, { ...world.later, ...times(world, 60, 120) })
    await world.settle()
    expect(world.joins()).toEqual([30])
  })

  test('the earlier event is added after the bot for the later one has started: the bot stays', async () => {
    const world = await openWorld()
    await world.put(60, 120)
    await world.settle()
    await world.pass(65)
    await world.settle()
    const [{ botId }] = world.live() as [FakeBot]
    await world.put(40, 100, {}, world.second)
    await world.settle()
    expect(world.live().map((bot) => bot.botId)).toEqual([botId])
  })

  test('the earlier event is added within the last four minutes: one bot, at its start', async () => {
    const world = await openWorld()
    await world.put(60, 120)
    await world.settle()
    await world.pass(57)
    await world.put(58, 90, {}, world.second)
    await world.settle()
    expect(world.live()).toHaveLength(1)
    await world.pass(2)
    await world.settle()
    expect(world.live()).toHaveLength(1)
  })

  test('the earlier event is cancelled while the bot is in the meeting: the bot stays for the later one', async () => {
    const world = await overlapping()
    await world.pass(65)
    await world.settle()
    const [{ botId }] = world.live() as [FakeBot]
    await world.put(30, 90, { ...world.earlier, status: 'cancelled' }, world.second)
    await world.settle()
    expect(world.live().map((bot) => bot.botId)).toEqual([botId])
  })

  test.each([
    ['was there when the later began: no other is sent', 70, []],
    ['left before: the later gets one', 45, [60]],
  ])('the bot that %s', async (_, leaves, joins) => {
    const world = await overlapping()
    await world.pass(leaves)
    await world.settle()
    const [{ botId }] = world.live() as [FakeBot]
    world.vendor.endWith(botId, { kind: 'failed', at: world.now(), code: 'X', message: null, results: null })
    await world.settle()
    expect(world.joins()).toEqual(joins)
  })

  test('the earlier event is over: the bot stays for the later one', async () => {
    const world = await overlapping()
    await world.pass(100)
    await world.settle()
    expect(world.live()).toHaveLength(1)
    expect(await world.decision(world.later.id)).toMatchObject({ willRecord: true })
    await world.pass(10)
    await world.settle()
    expect(world.live()).toHaveLength(1)
  })
})

function times({ inMinutes }: { inMinutes: (minutes: number) => Date }, from: number, until: number) {
  return { startTime: inMinutes(from), endTime: inMinutes(until) }
}

const span = fc.record({
  from: fc.integer({ min: 2, max: 30 }),
  length: fc.constantFrom(5, 30, 60, 90),
  pick: fc.nat(20),
})
const step = fc.record({
  do: fc.constantFrom('add', 'add', 'add', 'move', 'cancel', 'restore', 'skip', 'inherit'),
  span,
})

test('a colleague’s bot for the later of two events is not enough for the earlier event', async () => {
  const world = await openWorld()
  const bo = await world.addUser('bo@acme.test')
  await world.put(50, 110, {}, bo.integration)
  await world.settle()
  const events = [await world.put(30, 90), await world.put(50, 110, {}, world.second)]
  await world.settle()
  expect(world.joins().sort(byNumber)).toEqual([30, 50])
  const [first] = events
  const decisions = await Promise.all(events.map(({ id }) => world.decision(id)))
  expect(decisions.map((decision) => decision?.sharedWith)).toEqual([null, { eventId: first?.id }])
  const versions = () => world.meetings.rows().map(({ version }) => version)
  const before = versions()
  await world.settle()
  expect(versions()).toEqual(before)
})

test('a colleague’s bot for the earlier event serves both', async () => {
  const world = await openWorld()
  const bo = await world.addUser('bo@acme.test')
  await world.put(30, 90, {}, bo.integration)
  await world.settle()
  const events = [await world.put(30, 90), await world.put(50, 110, {}, world.second)]
  await world.settle()
  expect(world.joins()).toEqual([30])
  const [bot] = world.meetings.rows()
  const decisions = await Promise.all(events.map(({ id }) => world.decision(id)))
  expect(decisions.map((decision) => decision?.sharedWith)).toEqual(events.map(() => ({ meetingId: bot?.id })))
})

/** The meetings of a room by their rule, told anew: each begins with an event that is not of the meeting before. */
function meetingsOf(events: EventDetails[]): EventDetails[][] {
  const meetings: EventDetails[][] = []
  for (const event of events.toSorted((a, b) => +a.startTime - +b.startTime || (a.id < b.id ? -1 : 1))) {
    const first = meetings.at(-1)?.[0]
    const isSame = first && (event.startTime < first.endTime || +event.startTime - +first.startTime <= 600_000)
    if (isSame) meetings.at(-1)?.push(event)
    else meetings.push([event])
  }
  return meetings
}

test('however events overlap, appear, move and disappear, each meeting has one bot, at the earliest start that is wanted', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
      const world = await openWorld()
      const known: { event: EventDetails; of: typeof world.integration; override: Override }[] = []
      for (const {
        do: what,
        span: { from, length, pick },
      } of steps) {
        const one = known[pick % Math.max(1, known.length)]
        const [start, end] = [from * 5, from * 5 + length]
        if (what === 'add') {
          const of = pick % 2 ? world.integration : world.second
          // Titles of their own, so that no event is taken for what replaced another.
          const title = `Planning ${known.length}`
          known.push({ event: await world.put(start, end, { title }, of), of, override: 'inherit' })
        } else if (!one) continue
        else if (what === 'skip' || what === 'inherit') {
          one.override = what
          await world.override(one.event.id, what)
        } else {
          const status = what === 'restore' ? 'confirmed' : what === 'cancel' ? 'cancelled' : one.event.status
          const when = what === 'move' ? times(world, start, end) : {}
          one.event = await world.put(start, end, { ...one.event, status, ...when }, one.of)
        }
        await world.settle()
        const possible = known.filter(({ event }) => event.status === 'confirmed')
        const meetings = meetingsOf(possible.map(({ event }) => event))
        const isSkipped = ({ id }: EventDetails) =>
          known.some(({ event, override }) => event.id === id && override === 'skip')
        const wanted = meetings.filter((events) => !events.some(isSkipped))
        expect(world.joins().sort(byNumber)).toEqual(
          wanted.map(([first]) => world.minute(first?.startTime ?? null)).sort(byNumber),
        )
        for (const { event } of possible) {
          const sharedWith = (await world.decision(event.id))?.sharedWith
          if (!sharedWith) continue
          const bots = await world.meetings.bookedFor(world.userId, 'eventId' in sharedWith ? [sharedWith.eventId] : [])
          expect('meetingId' in sharedWith ? sharedWith.meetingId : bots.size).toBeTruthy()
        }
      }
    }),
    { numRuns: 60 },
  )
})

const byNumber = (a: number | null, b: number | null) => Number(a) - Number(b)
