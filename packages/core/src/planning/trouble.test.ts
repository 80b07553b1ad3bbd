/**
 * A model of days of trouble: events move, change their link and are cancelled while calls to the vendor fail or their
 * answers are lost, jobs die, and webhooks come late, twice, swapped or never. When the trouble is over and a while has
 * passed, the vendor has what the calendar wants: the same links, at the same times, and nothing else.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runModel } from '../../testing/basics/model-runs.ts'
import { completed } from '../../testing/meetings/builders.ts'
import { schedulingWorld } from '../../testing/planning/scheduling-world.ts'
import { PermanentError, RetryableError } from '../basics/errors.ts'
import type { EventDetails } from '../vendor/calendar-event.ts'

type World = Awaited<ReturnType<typeof schedulingWorld>>
type Model = { world: World; events: EventDetails[] }

const minuteMs = 60_000
const links = ['abc-aaaa-hij', 'abc-bbbb-hij', 'abc-cccc-hij'].map((code) => `https://meet.google.com/${code}`)
/** Long enough for what is told again at a growing distance. */
const calmMinutes = 45
const recordingMinutes = 15
const startsIn = fc.oneof(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 30, max: 30 * 60 }))
const pick = fc.nat(2)

const methods = ['createBot', 'updateScheduledBot', 'cancelScheduledBot', 'leaveBot', 'getBot', 'findBots'] as const
const failures = {
  refused: () => new PermanentError('VENDOR_CONFLICT', { upstreamStatus: 409 }),
  unknown: () => new PermanentError('VENDOR_BOT_NOT_FOUND', { upstreamStatus: 404 }),
  away: () => new RetryableError('VENDOR_UNAVAILABLE', { upstreamStatus: 503 }),
  silent: () => new RetryableError('VENDOR_UNAVAILABLE', { outcomeUnknown: true }),
}
/** Writes of bookings and leaves may be refused by mistake; a create that is refused is refused for good. */
const refusable: readonly string[] = ['updateScheduledBot', 'cancelScheduledBot', 'leaveBot']

const steps = {
  move: [4, { pick, in: startsIn }],
  link: [3, { pick, link: fc.nat(2) }],
  cancel: [2, { pick }],
  restore: [2, { pick, in: startsIn }],
  fault: [
    5,
    { method: fc.constantFrom(...methods), kind: fc.constantFrom(...Object.keys(failures)), when: fc.boolean() },
  ],
  wait: [4, { minutes: fc.integer({ min: 1, max: 6 }) }],
  loseJobs: [1, {}],
  look: [3, {}],
  webhooks: [3, { how: fc.constantFrom('swapped', 'twice', 'lost', 'late') }],
} as const
type Step = { do: keyof typeof steps; [more: string]: unknown }

const step = fc.oneof(
  ...Object.entries(steps).map(([kind, [weight, fields]]) => ({
    weight,
    arbitrary: fc.record({ do: fc.constant(kind), ...fields }) as unknown as fc.Arbitrary<Step>,
  })),
)

test('after trouble of any kind the vendor has the bots that the calendar wants, where and when it wants them', async () => {
  await runModel(
    fc.asyncProperty(fc.array(startsIn, { minLength: 3, maxLength: 3 }), fc.array(step, { maxLength: 25 }), trouble),
    { runs: 150, withinMs: 60_000 },
  )
}, 90_000)

async function trouble(starts: number[], list: Step[]): Promise<void> {
  const world = await schedulingWorld()
  const model: Model = { world, events: [] }
  for (const [i, minutes] of starts.entries()) {
    model.events.push(await world.put({ startTime: world.inMinutes(minutes), meetingUrl: links[i] ?? null }))
  }
  await world.settle()
  for (const each of list) await take(model, each)
  world.vendor.failNothing()
  await world.settle()
  await wait(world, calmMinutes)
  await check(model)
}

async function take({ world, events }: Model, next: Step): Promise<void> {
  const { vendor, webhooks } = world
  const event = events[next['pick'] as number]
  if (next.do === 'wait') return await wait(world, next['minutes'] as number)
  if (next.do === 'loseJobs') return world.loseJobs()
  if (next.do === 'fault') {
    const kind = next['kind'] as keyof typeof failures
    const method = next['method'] as (typeof methods)[number]
    if (['refused', 'unknown'].includes(kind) && !refusable.includes(method)) return
    return vendor.failNext(method, failures[kind](), kind === 'silent' && next['when'] ? 'after' : 'before')
  }
  if (next.do === 'look') {
    for (const { id } of world.meetings.rows()) await world.enqueue('sync-bot', { meetingId: id })
    return await world.work()
  }
  if (next.do === 'webhooks') {
    world.tick()
    if (next['how'] === 'swapped') await webhooks.deliver((list) => list.toReversed())
    if (next['how'] === 'twice') await webhooks.deliver((list) => [...list, ...list])
    if (next['how'] === 'lost') await webhooks.deliver(() => [])
    return await webhooks.deliverAgain()
  }
  if (!event) return
  Object.assign(event, await world.put({ ...event, ...changeOf(world, event, next) }))
  await world.enqueue('schedule-recordings', { userId: world.userId })
  await world.work()
}

function changeOf(world: World, { startTime }: EventDetails, next: Step): Partial<EventDetails> {
  if (next.do === 'cancel') return { status: 'cancelled' }
  if (next.do === 'link') return { meetingUrl: links[next['link'] as number] ?? null }
  const start = next.do === 'move' || next.do === 'restore' ? world.inMinutes(next['in'] as number) : startTime
  return { status: 'confirmed', startTime: start, endTime: new Date(+start + 30 * minuteMs) }
}

/** The sweeps of every minute, and the plan of every ten. Recordings end by themselves. */
async function wait(world: World, minutes: number): Promise<void> {
  for (let i = 1; i <= minutes; i++) {
    for (const { botId, status, statusAt } of world.vendor.bots) {
      const isOver = status === 'in_call_recording' && +statusAt <= +world.now() - recordingMinutes * minuteMs
      if (isOver) world.vendor.endWith(botId, completed(world.now()))
    }
    await world.pass(1)
    if (i % 10 === 0) await world.settle()
  }
}

/** Compares the bots that are booked with the events that have not begun, by link and by time. */
async function check({ world, events }: Model): Promise<void> {
  const place = (url: string | null, start: Date) => `${url} at ${start.toISOString()}`
  const booked = world.live().filter(({ status }) => status === 'scheduled')
  const wanted = events.filter(
    ({ status, startTime }) => status === 'confirmed' && +startTime > +world.now() + 5 * minuteMs,
  )
  const places = new Set(wanted.map(({ meetingUrl, startTime }) => place(meetingUrl, startTime)))
  const isWanted = ({ request }: (typeof booked)[number]) => +(request.joinAt ?? 0) > +world.now() + 5 * minuteMs
  const found = booked.filter(isWanted).map(({ request }) => place(request.meetingUrl, request.joinAt as Date))
  // Two events of one room and about one time share a bot.
  const shared = (await Promise.all(wanted.map(({ id }) => world.decision(id)))).filter((d) => d?.sharedWith)
  if (shared.length === 0) expect(found.toSorted()).toEqual([...places].toSorted())
  for (const one of found) expect([...places]).toContain(one)
  const inCall = world.live().filter(({ status }) => status === 'in_call_recording')
  for (const { request } of inCall) {
    const isOfOne = events.some(
      ({ meetingUrl, startTime, status }) =>
        meetingUrl === request.meetingUrl && status === 'confirmed' && +startTime <= +world.now() + 5 * minuteMs,
    )
    expect(isOfOne, `a bot records ${request.meetingUrl}, where no event is`).toBe(true)
  }
}
