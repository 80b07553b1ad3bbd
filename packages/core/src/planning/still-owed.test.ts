/** Wishes that outlive what happens meanwhile: calls that fail, answers that are wrong, facts that arrive. */
import { expect, test } from 'vitest'
import { schedulingWorld } from '../../testing/planning/scheduling-world.ts'
import { PermanentError, RetryableError } from '../basics/errors.ts'

const conflict = () => new PermanentError('VENDOR_CONFLICT', { upstreamStatus: 409 })
const notFound = () => new PermanentError('VENDOR_BOT_NOT_FOUND', { upstreamStatus: 404 })
const away = () => new RetryableError('VENDOR_UNAVAILABLE', { upstreamStatus: 503 })
const elsewhere = 'https://zoom.us/j/912345678'

async function booked(minutes = 60) {
  const world = await schedulingWorld()
  const event = await world.put({ startTime: world.inMinutes(minutes) })
  await world.settle()
  const [meeting] = world.meetings.all()
  if (!meeting) throw new Error('Nothing is booked.')
  const load = async () => (await world.meetings.find(meeting.id)) as NonNullable<typeof meeting>
  const callOff = async () => {
    const skip = { scope: 'event', targetId: event.id, value: 'skip', bot: null } as const
    await world.scheduling.saveOverride(world.userId, skip, world.now())
    await world.end(meeting.id)
  }
  return { ...world, event, id: meeting.id, load, callOff }
}

/** Its event goes to another room, and the vendor could not be told. */
async function movedUntold() {
  const world = await booked()
  await world.put({ ...world.event, meetingUrl: elsewhere })
  world.vendor.failNext('updateScheduledBot', away())
  await world.enqueue('schedule-recordings', { userId: world.userId })
  await world.work()
  expect(await world.load()).toMatchObject({ changeOwed: true })
  return world
}

test('a change that the vendor does not know yet is still owed after a look at the vendor', async () => {
  const world = await movedUntold()
  await world.enqueue('sync-bot', { meetingId: world.id })
  await world.work()
  await world.pass(2)
  expect(world.live().map(({ request }) => request.meetingUrl)).toEqual([elsewhere])
})

test('a change that the vendor does not know yet is still owed after a status, so the bot leaves the old room', async () => {
  const world = await movedUntold()
  const [bot] = world.live()
  world.goOn(bot?.botId as string, 'joining_call')
  await world.webhooks.deliver()
  for (let i = 0; i < 4; i++) await world.pass(1)
  await world.settle()
  expect(world.live().map(({ request }) => request.meetingUrl)).toEqual([elsewhere])
})

test('a bot that comes although the vendor said that it was gone is told to leave again', async () => {
  const world = await booked()
  world.vendor.failNext('cancelScheduledBot', conflict())
  world.vendor.failNext('leaveBot', notFound())
  await world.callOff()
  await world.work()
  expect(await world.load()).toMatchObject({ state: 'scheduled', lastProblem: expect.stringMatching(/^VENDOR_/) })
  // Until its time the vendor says the same again and again.
  for (let i = 0; i < 20; i++) {
    world.vendor.failNext('cancelScheduledBot', conflict())
    world.vendor.failNext('leaveBot', notFound())
  }
  const before = world.writesSoFar()
  for (let i = 0; i < 59; i++) await world.pass(1)
  expect(world.writesSoFar() - before).toBeLessThan(20)
  world.vendor.failNothing()
  await world.pass(1)
  await world.pass(2)
  expect(world.live()).toEqual([])
  await world.settle()
  expect((await world.load()).finalAt).not.toBeNull()
})

test('a bot that does not react is told again, until it has ended', async () => {
  const world = await booked(0)
  for (let i = 0; i < 3; i++) await world.pass(1)
  expect(world.live().map(({ status }) => status)).toEqual(['in_call_recording'])
  // The vendor takes the wish, and loses it.
  const { leaveBot } = world.vendor
  world.vendor.leaveBot = async () => {}
  await world.callOff()
  await world.work()
  world.vendor.leaveBot = leaveBot
  await world.pass(1)
  await world.pass(1)
  expect(world.live()).toEqual([])
  await world.settle()
  const calls = world.vendor.calls.filter((call) => call === 'leaveBot').length
  for (let i = 0; i < 30; i++) await world.pass(1)
  expect(world.vendor.calls.filter((call) => call === 'leaveBot')).toHaveLength(calls)
  expect(await world.load()).toMatchObject({ dueAt: null })
})

test('a bot that was sent at once leaves when its event moves to tomorrow, and tomorrow has a bot of its own', async () => {
  const world = await schedulingWorld()
  const event = await world.put({ startTime: new Date(+world.now() + 45_000) })
  await world.settle()
  const tomorrow = world.inMinutes(24 * 60)
  await world.put({ ...event, startTime: tomorrow, endTime: world.inMinutes(24 * 60 + 30) })
  await world.settle()
  for (let i = 0; i < 5; i++) await world.pass(1)
  await world.settle()
  expect(world.live().map(({ request }) => request.joinAt)).toEqual([tomorrow])
  expect(await world.decision(event.id)).toMatchObject({ willRecord: true, winner: 'rules_match' })
})

test('a wish to leave is kept when the vendor’s list shows the bot', async () => {
  const world = await booked(0)
  expect(await world.load()).toMatchObject({ state: 'queued' })
  await world.callOff()
  world.loseJobs()
  await world.enqueue('sync-bot', { meetingId: world.id })
  await world.work()
  for (let i = 0; i < 3; i++) await world.pass(1)
  expect(world.live()).toEqual([])
})
