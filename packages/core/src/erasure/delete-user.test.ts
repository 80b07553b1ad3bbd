import { describe, expect, test } from 'vitest'
import { Killed, killedAt } from '../../testing/basics/killed-at.ts'
import { fakeQueue } from '../../testing/jobs/fake-queue.ts'
import { schedulingWorld } from '../../testing/planning/scheduling-world.ts'
import type { FakeBot } from '../../testing/vendor/fake-vendor-bots.ts'
import { requeueStuck } from '../jobs/requeue-stuck.ts'
import { scheduleRecordings } from '../planning/carry-out/schedule-recordings.ts'
import { finishDeletion } from './delete-user.ts'
import { deletedUsers } from './deleted-users.ts'

const [sharedLink, ownLink] = ['https://meet.google.com/abc-defg-hij', 'https://zoom.us/j/93412345678']

/** Ines has a bot that Bo shares, and another bot. Both join in an hour. */
async function inesAndBo() {
  const world = await schedulingWorld()
  const bo = await world.addUser('bo@acme.test')
  await world.put({})
  const theirs = await world.put({}, bo.integration)
  await world.put({ meetingUrl: ownLink })
  await world.settle()
  const botAt = (link: string) => world.live().find(({ request }) => request.meetingUrl === link)
  const idOf = (link: string) => botAt(link)?.request.meetingId as string
  const [shared, own] = [idOf(sharedLink), idOf(ownLink)]
  return { ...world, bo, theirs, botAt, shared, own }
}

type World = Awaited<ReturnType<typeof inesAndBo>>

async function intoTheMeeting({ pass, settle }: World): Promise<void> {
  await pass(65)
  await settle()
}

/** Both bots have recorded and left. */
async function afterTheMeeting(world: World): Promise<void> {
  await intoTheMeeting(world)
  for (const { botId } of world.live()) {
    const end = { kind: 'failed' as const, at: world.now(), code: 'BOT_REMOVED', message: null, results: null }
    world.vendor.endWith(botId, end)
  }
  await world.settle()
}

/** Runs the deletion, and everything that it starts, until the user is gone. */
async function untilGone(world: World, of?: string): Promise<void> {
  for (let i = 0; i < 5; i++) {
    if ((await world.finishDeletion(of)).outcome === 'deleted') return
    await world.pass(1)
    await world.settle()
  }
  throw new Error('The user is not gone.')
}

const rowsOf = ({ meetings }: World, of: string) => meetings.all().filter(({ userId }) => userId === of)

describe('the deletion of a user', () => {
  describe.each([
    ['before the meeting', async () => {}],
    ['in the meeting', intoTheMeeting],
  ])('%s', (_, getThere) => {
    test('hands over the shared bot, ends the other, and disconnects the calendar', async () => {
      const world = await inesAndBo()
      await getThere(world)
      const { botId } = world.botAt(sharedLink) as FakeBot
      await world.markDeleted()
      const progress = await world.finishDeletion()
      expect(progress).toMatchObject({ outcome: 'waiting', handedOver: 1, leaving: 1, disconnecting: 1 })
      expect(await world.sees(world.shared, world.bo.userId)).toBe('owner')
      await world.settle()
      await untilGone(world)
      expect(world.live().map((bot) => bot.botId)).toEqual([botId])
      expect((await world.decision(world.theirs.id, world.bo.userId))?.winner).toBe('rules_match')
      expect(rowsOf(world, world.userId)).toEqual([])
      expect(await world.integrations.find(world.integration.id)).toBeNull()
      expect(await world.deletedUsers()).toEqual([])
    })
  })

  test('leaves another user’s bot to that user', async () => {
    const world = await inesAndBo()
    await world.markDeleted(world.bo.userId)
    expect(await world.finishDeletion(world.bo.userId)).toMatchObject({ left: 1, handedOver: 0, leaving: 0 })
    await untilGone(world, world.bo.userId)
    expect(world.live()).toHaveLength(2)
    expect(await world.sees(world.shared)).toBe('owner')
    expect(await world.meetings.subscribers(world.shared)).toEqual([])
  })

  test('leaves a shared recording to the user who has shared it longest, and removes the rest', async () => {
    const world = await inesAndBo()
    const kim = await world.addUser('kim@acme.test')
    await world.put({}, kim.integration)
    await afterTheMeeting(world)
    await world.markDeleted()
    expect(await world.finishDeletion()).toMatchObject({ recordingsHandedOver: 1, leaving: 0 })
    expect(await world.sees(world.shared, world.bo.userId)).toBe('owner')
    expect(await world.sees(world.shared, kim.userId)).toBe('subscriber')
    await world.work()
    await untilGone(world)
    expect(await world.meetings.find(world.own)).toBeNull()
    const timeline = await world.meetings.timeline(world.shared, 0, 100)
    expect(timeline.at(-1)).toMatchObject({ type: 'bot_handed_over', cause: 'worker' })
  })

  test('of all users who share a recording removes it with the last user', async () => {
    const world = await inesAndBo()
    await afterTheMeeting(world)
    for (const of of [world.userId, world.bo.userId]) await world.markDeleted(of)
    await untilGone(world)
    await untilGone(world, world.bo.userId)
    expect(world.meetings.all()).toEqual([])
  })

  test('cancels bots that the vendor was not asked for, and is done at once if there is nothing else', async () => {
    const world = await schedulingWorld()
    await world.disconnect(world.integration.id)
    await world.order({ meetingUrl: ownLink, joinAt: world.inMinutes(90) })
    await world.markDeleted()
    expect(await world.finishDeletion()).toMatchObject({ outcome: 'deleted', cancelled: 1, leaving: 0 })
    await world.settle()
    expect(world.vendor.bots).toEqual([])
  })

  test('ends hundreds of bots in one run', async () => {
    const world = await schedulingWorld()
    for (let i = 0; i < 250; i++) await world.order({ meetingUrl: `https://zoom.us/j/${93_412_345_000 + i}` })
    await world.markDeleted()
    expect(await world.finishDeletion()).toMatchObject({ cancelled: 250 })
    expect(world.meetings.all()).toEqual([])
  })

  test('keeps an ended meeting as long as it owes something', async () => {
    const world = await inesAndBo()
    await afterTheMeeting(world)
    const before = await world.meetings.find(world.own)
    if (!before) throw new Error('It is not there.')
    const next = { ...before, lookDueAt: world.inMinutes(5), dueAt: world.inMinutes(5) }
    await world.meetings.saveChange({ before, next, entries: [], cause: 'worker' })
    await world.markDeleted()
    await world.finishDeletion()
    await world.work()
    expect((await world.finishDeletion()).outcome).toBe('waiting')
    expect(await world.meetings.find(world.own)).not.toBeNull()
  })

  test('books nothing more, and ends what was booked meanwhile', async () => {
    const world = await inesAndBo()
    await world.markDeleted()
    await scheduleRecordings(world.deps, { userId: world.userId })
    expect(rowsOf(world, world.userId).filter(({ leaveRequestedAt }) => leaveRequestedAt === null)).toEqual([])
    await world.finishDeletion()
    await world.order({ meetingUrl: 'https://zoom.us/j/1', joinAt: world.inMinutes(90) })
    await world.settle()
    await untilGone(world)
    expect(world.live().map(({ request }) => request.meetingId)).toEqual([world.shared])
  })
})

describe('killed at any instruction', () => {
  const cases = (['before', 'after'] as const).flatMap((when) =>
    Array.from({ length: 18 }, (_, i) => [i + 1, when] as const),
  )

  test.each(cases)('at call %i, %s it, another run finishes the deletion', async (n, when) => {
    const world = await inesAndBo()
    await intoTheMeeting(world)
    await world.markDeleted()
    const { now, ...others } = world.deps
    const dying = { ...killedAt(others, n, when), now }
    const killed = finishDeletion(dying, { userId: world.userId })
    await expect(killed).rejects.toThrow(Killed)
    await world.settle()
    await untilGone(world)
    expect(world.live().map(({ request }) => request.meetingId)).toEqual([world.shared])
    expect(await world.sees(world.shared, world.bo.userId)).toBe('owner')
    expect(await world.integrations.find(world.integration.id)).toBeNull()
  })
})

test('before the user is gone, every transcript that others keep has forgotten the user', async () => {
  const world = await inesAndBo()
  await world.markDeleted()
  const left = [20_000, 20_000, 7]
  const forgetViewer = async () => left.shift() ?? 0
  const users = {
    ...world.deps.users,
    remove: async (userId: string) => {
      expect(left).toEqual([])
      return await world.deps.users.remove(userId)
    },
  }
  const deps = { ...world.deps, users, transcripts: { ...world.deps.transcripts, forgetViewer } }
  await finishDeletion(deps, { userId: world.userId })
  expect(left).toEqual([])
})

test('the sweep starts it until the user is gone', async () => {
  const world = await inesAndBo()
  const queue = fakeQueue()
  const sweep = () => requeueStuck({ ...world.deps, sources: { users: deletedUsers(world.deps.users) }, queue })
  expect(await sweep()).toMatchObject({ users: 0 })
  await world.markDeleted()
  expect([(await sweep()).users, (await sweep()).users]).toEqual([1, 1])
  expect(queue.jobs).toEqual(Array(2).fill({ name: 'delete-user', payload: { userId: world.userId } }))
  await untilGone(world)
  expect(await sweep()).toMatchObject({ users: 0 })
})
