import { describe, expect, test } from 'vitest'
import { schedulingWorld } from '../../../testing/planning/scheduling-world.ts'
import type { Meeting } from '../../meetings/meeting.ts'
import { scheduleRecordingsSweep } from '../carry-out/schedule-recordings-sweep.ts'

const meetingUrl = 'https://zoom.us/j/91234567890'
const readNow = 'zoom:91234567890'
/** As a version read it that is not running any more. */
const readBefore = 'zoom:as-read-before'

type World = Awaited<ReturnType<typeof schedulingWorld>>

/** Makes the row of the only bot as a version left it that read its link otherwise. */
async function leaveAsReadBefore(world: World): Promise<Meeting> {
  const [bot] = world.live()
  const before = (await world.meetings.find(bot?.request.meetingId ?? '')) as Meeting
  await world.meetings.saveChange({ before, next: { ...before, joinKey: readBefore }, entries: [], cause: 'worker' })
  return before
}

const entries = async (world: World, { id }: Meeting) =>
  (await world.meetings.timeline(id, 0, 100)).map(({ type }) => type)

/** Nothing happens to the only bot, whoever plans and however often. */
async function expectToStay(world: World, bot: Meeting, told: string[]): Promise<void> {
  const [writes, versions] = [world.writesSoFar(), () => world.meetings.rows().map(({ version }) => version)]
  await world.settle()
  expect(world.live().map(({ request }) => request.meetingId)).toEqual([bot.id])
  expect(world.meetings.rows()).toHaveLength(1)
  const planned = versions()
  await world.settle()
  expect(versions()).toEqual(planned)
  expect(world.writesSoFar()).toBe(writes)
  expect(await entries(world, bot)).toEqual(told)
}

/** How the bot of an event came to be. */
const origins: [how: string, order: (world: World, joinAt: Date) => Promise<unknown>][] = [
  ['booked for an event', async () => {}],
  ['ordered by hand', (world, joinAt) => world.order({ meetingUrl, joinAt })],
]

describe.each([
  ['has not started', 0],
  ['records', 65],
])('a bot that %s, when links are read differently than before', (_, minutes) => {
  test.each(origins)('%s stays the only bot of its meeting', async (_how, order) => {
    const world = await schedulingWorld()
    const event = await world.put({ meetingUrl })
    await order(world, event.startTime)
    await world.settle()
    await world.pass(minutes)
    const bot = await leaveAsReadBefore(world)
    await expectToStay(world, bot, await entries(world, bot))
    expect((await world.meetings.find(bot.id))?.joinKey).toBe(readNow)
  })

  test.each(origins)('%s stays while its events still have the keys that were read before', async (_how, order) => {
    const world = await schedulingWorld()
    const event = await world.put({ meetingUrl })
    await order(world, event.startTime)
    await world.settle()
    await world.pass(minutes)
    const bot = (await world.meetings.find(world.live()[0]?.request.meetingId ?? '')) as Meeting
    await world.put(event, world.integration, readBefore)
    await expectToStay(world, bot, await entries(world, bot))
    expect((await world.meetings.find(bot.id))?.joinKey).toBe(readNow)
  })

  test.each([
    ['nobody’s calendar', ['ines', 'bo'], readBefore],
    ['the owner’s calendar', ['bo'], readNow],
    ['the sharer’s calendar', ['ines'], readNow],
    ['both calendars', [], readNow],
  ] as [string, ('ines' | 'bo')[], string][])(
    'is shared all the time, when %s is read again',
    async (_, asBefore, joinKey) => {
      const world = await schedulingWorld()
      const bo = await world.addUser('bo@acme.test')
      const event = await world.put({ meetingUrl })
      const theirs = await world.put({ meetingUrl }, bo.integration)
      await world.settle()
      await world.pass(minutes)
      const bot = await leaveAsReadBefore(world)
      const told = await entries(world, bot)
      const putAsBefore = {
        ines: () => world.put(event, world.integration, readBefore),
        bo: () => world.put(theirs, bo.integration, readBefore),
      }
      for (const whose of asBefore) await putAsBefore[whose]()
      await expectToStay(world, bot, told)
      expect(await world.sees(bot.id, bo.userId)).toBe('subscriber')
      expect((await world.meetings.find(bot.id))?.joinKey).toBe(joinKey)
    },
  )

  test('shares nothing with an event of a calendar that is no longer read', async () => {
    const world = await schedulingWorld()
    const event = await world.put({ meetingUrl })
    await world.settle()
    await world.put({ meetingUrl, startTime: event.startTime })
    await world.settle()
    await world.pass(minutes)
    const bot = await leaveAsReadBefore(world)
    await world.put(event, world.integration, readBefore)
    await expectToStay(world, bot, await entries(world, bot))
  })
})

test('a bot whose event has moved to another room moves there, whichever version reads its link', async () => {
  const world = await schedulingWorld()
  const event = await world.put({ meetingUrl })
  await world.settle()
  await leaveAsReadBefore(world)
  await world.put({ ...event, meetingUrl: 'https://zoom.us/j/90000000000' })
  await world.settle()
  expect(world.meetings.rows()).toMatchObject([{ joinKey: 'zoom:90000000000', state: 'scheduled' }])
  await world.pass(65)
  await leaveAsReadBefore(world)
  await world.put(event)
  await world.settle()
  expect(world.live().map(({ request }) => request.meetingUrl)).toEqual([meetingUrl])
  expect(world.meetings.rows()).toHaveLength(2)
})

test('a meeting whose bot has left gets no other bot only because its link is read differently', async () => {
  const world = await schedulingWorld()
  const event = await world.put({ meetingUrl, endTime: world.inMinutes(180) })
  await world.settle()
  await world.pass(65)
  const [bot] = world.live()
  await world.end(bot?.request.meetingId ?? '')
  await world.settle()
  world.goOn(bot?.botId ?? '', 'completed')
  await world.sweep()
  await world.settle()
  expect(world.live()).toEqual([])
  await world.put(event, world.integration, readBefore)
  await world.settle()
  expect(world.live()).toEqual([])
})

/** What the sweep does before it plans for everybody. */
const sweep = (world: World) =>
  scheduleRecordingsSweep(world.deps, { signal: new AbortController().signal, progress() {} })

/** Ines has a bot as another version read its link, and a calendar that is not synced any more or none. */
async function botOfBefore(isByHand: boolean) {
  const world = await schedulingWorld()
  if (isByHand) await world.order({ meetingUrl, joinAt: world.inMinutes(60) })
  else await world.put({ meetingUrl }, world.integration, readBefore)
  await world.settle()
  const bot = await leaveAsReadBefore(world)
  const versions = () => world.meetings.rows().map(({ version }) => version)
  return { ...world, bot, versions }
}

describe.each([
  ['booked for an event of a calendar that is not read anew', false],
  ['ordered by hand', true],
])('a bot %s, when links are read differently than before', (_, isByHand) => {
  test('is shared by a colleague who joins its meeting later', async () => {
    const world = await botOfBefore(isByHand)
    await sweep(world)
    const bo = await world.addUser('bo@acme.test')
    await world.put({ meetingUrl }, bo.integration)
    await world.settle()
    expect(world.meetings.rows()).toMatchObject([{ id: world.bot.id, joinKey: readNow }])
    expect(await world.sees(world.bot.id, bo.userId)).toBe('subscriber')
    const planned = world.versions()
    await sweep(world)
    await world.settle()
    expect(world.versions()).toEqual(planned)
  })

  test('is shared by a user whose event was read before the upgrade, and who wants a recording only after it', async () => {
    const world = await botOfBefore(isByHand)
    const bo = await world.addUser('bo@acme.test')
    await world.setRules({ enabled: false }, bo.userId)
    await world.put({ meetingUrl }, bo.integration, readBefore)
    await world.settle()
    await sweep(world)
    await world.setRules({ enabled: true }, bo.userId)
    await world.settle()
    expect(world.meetings.rows()).toMatchObject([{ id: world.bot.id, joinKey: readNow }])
    expect(await world.sees(world.bot.id, bo.userId)).toBe('subscriber')
    const planned = world.versions()
    await world.settle()
    expect(world.versions()).toEqual(planned)
  })

  test('is the bot that its user gets for an order by hand', async () => {
    const world = await botOfBefore(isByHand)
    await sweep(world)
    const again = await world.order({ meetingUrl, joinAt: world.inMinutes(60) })
    expect(again).toMatchObject({ outcome: 'existing', meeting: { id: world.bot.id } })
  })
})

test('when two colleagues have a bot each in one meeting before the first sweep, one bot is left after it', async () => {
  const world = await botOfBefore(false)
  const bo = await world.addUser('bo@acme.test')
  await world.put({ meetingUrl }, bo.integration)
  await world.settle()
  expect(world.live()).toHaveLength(2)
  await sweep(world)
  await world.settle()
  expect(world.live().map(({ request }) => request.meetingId)).toEqual([world.bot.id])
  expect(await world.sees(world.bot.id, bo.userId)).toBe('subscriber')
})

test('the sweep writes no row whose key is still right, and no row whose link can no longer be read', async () => {
  const world = await schedulingWorld()
  await world.put({ meetingUrl })
  await world.settle()
  const [bot] = world.meetings.all() as [Meeting]
  const next = { ...bot, joinUrl: 'https://example.test/room', joinKey: 'zoom:room' }
  await sweep(world)
  expect(world.meetings.all()).toEqual([bot])
  await world.meetings.saveChange({ before: bot, next, entries: [], cause: 'worker' })
  await sweep(world)
  expect(world.meetings.all()).toMatchObject([{ joinKey: 'zoom:room', version: bot.version + 1 }])
})
