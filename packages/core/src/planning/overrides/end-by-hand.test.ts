import { expect, test } from 'vitest'
import { schedulingWorld } from '../../../testing/planning/scheduling-world.ts'
import { endByHand } from './end-by-hand.ts'

const meetingUrl = 'https://meet.google.com/abc-defg-hij'

const orderOf = async (world: Awaited<ReturnType<typeof schedulingWorld>>, joinAt?: Date) => {
  const ordered = await world.order({ meetingUrl, ...(joinAt ? { joinAt } : {}) })
  if (!('meeting' in ordered)) throw new Error(ordered.outcome)
  return ordered.meeting.id
}

test('after an order by hand has taken over the bot of an event and was ended, the event gets no other bot', async () => {
  const world = await schedulingWorld()
  const { id, startTime } = await world.put({ meetingUrl })
  await world.settle()
  const [booked] = world.live()
  const botId = await orderOf(world, startTime)
  expect(botId).toBe(booked?.request.meetingId)
  await endByHand(world.deps, { userId: world.userId, botId })
  await world.settle()
  expect(world.live()).toEqual([])
  expect((await world.decision(id))?.winner).toBe('override_skip')
})

test('the same is true for all overlapping events, and when they were planned in between', async () => {
  const world = await schedulingWorld()
  const first = await world.put({ meetingUrl, startTime: world.inMinutes(60), endTime: world.inMinutes(120) })
  const second = await world.put({ meetingUrl, startTime: world.inMinutes(60), endTime: world.inMinutes(90) })
  const botId = await orderOf(world, first.startTime)
  await world.settle()
  await endByHand(world.deps, { userId: world.userId, botId })
  await world.settle()
  expect(world.live()).toEqual([])
  for (const { id } of [first, second]) expect((await world.decision(id))?.winner).toBe('override_skip')
})

test('an event that nobody wanted recorded keeps its override, and so does another meeting in the same room', async () => {
  const world = await schedulingWorld({ enabled: false })
  const event = await world.put({ meetingUrl })
  const later = await world.put({ meetingUrl, startTime: world.inMinutes(400), endTime: world.inMinutes(430) })
  await world.override(later.id, 'record')
  const botId = await orderOf(world, event.startTime)
  await world.settle()
  await endByHand(world.deps, { userId: world.userId, botId })
  await world.settle()
  expect((await world.decision(event.id))?.winner).toBe('rules_off')
  expect((await world.decision(later.id))?.winner).toBe('override_record')
  expect(world.live()).toHaveLength(1)
})

test('a bot that others share stays, its event gets `skip`, and the answer is the last time that its user sees it', async () => {
  const world = await schedulingWorld()
  const { userId: bo, integration } = await world.addUser('bo@acme.test')
  const event = await world.put({ meetingUrl })
  await world.put({ meetingUrl }, integration)
  await world.settle()
  const botId = world.meetings.rows()[0]?.id as string
  const ended = await endByHand(world.deps, { userId: world.userId, botId })
  expect(ended).toMatchObject({ outcome: 'left', seen: { role: 'left', others: 0, meeting: { id: botId } } })
  await world.settle()
  expect([await world.sees(botId), await world.sees(botId, bo), world.live().length]).toEqual([null, 'owner', 1])
  expect((await world.decision(event.id))?.winner).toBe('override_skip')
})

test('a bot that is not the user’s is not found, and nothing is skipped', async () => {
  const world = await schedulingWorld()
  const { userId: bo } = await world.addUser('bo@client.test')
  const event = await world.put({ meetingUrl })
  await world.settle()
  const botId = world.meetings.rows()[0]?.id as string
  expect(await endByHand(world.deps, { userId: bo, botId })).toEqual({ outcome: 'not_found' })
  await world.settle()
  expect((await world.decision(event.id))?.willRecord).toBe(true)
})
