/** Wishes, answers and facts that cross each other: each sequence is one that hurt, or nearly did. */
import { describe, expect, test } from 'vitest'
import { completed, status } from '../../testing/meetings/builders.ts'
import { schedulingWorld } from '../../testing/planning/scheduling-world.ts'
import type { FakeBot } from '../../testing/vendor/fake-vendor-bots.ts'
import { PermanentError, RetryableError } from '../basics/errors.ts'
import { endBot } from '../meetings/bots/end-bot.ts'
import type { Meeting } from '../meetings/meeting.ts'
import type { Fact } from '../vendor/facts.ts'

const elsewhere = 'https://zoom.us/j/912345678'
const silent = () => new RetryableError('VENDOR_TIMEOUT', { outcomeUnknown: true })
const away = () => new RetryableError('VENDOR_UNAVAILABLE', { upstreamStatus: 503 })
const notFound = () => new PermanentError('VENDOR_BOT_NOT_FOUND', { upstreamStatus: 404 })
const nothing = { video: null, audio: null, diarization: null, transcription: null, rawTranscription: null, chat: null }

async function aWorld() {
  const world = await schedulingWorld()
  const only = () => world.meetings.all().at(-1) as Meeting
  const types = async ({ id }: Meeting = only()) =>
    (await world.meetings.timeline(id, 0, 100)).map(({ type }) => type as string)
  const count = async (type: string) => (await types()).filter((one) => one === type).length
  const calls = (method: string) => world.vendor.calls.filter((call) => call === method).length
  /** Something happens while a call is on its way, before the vendor has it or when it has carried it out. */
  function during<M extends 'createBot' | 'leaveBot' | 'updateScheduledBot' | 'cancelScheduledBot'>(
    method: M,
    when: 'before' | 'after',
    happens: () => Promise<unknown>,
  ): void {
    const real = world.vendor[method] as (...args: unknown[]) => Promise<unknown>
    const crossed = async (...args: unknown[]) => {
      world.vendor[method] = real as never
      if (when === 'before') await happens()
      const answer = await real(...args)
      if (when === 'after') await happens()
      return answer
    }
    world.vendor[method] = crossed as never
  }
  const tell = async (fact: Fact, bot = world.vendor.bots.at(-1) as FakeBot) => {
    world.webhooks.tell(bot, fact)
    await world.webhooks.deliver()
  }
  const plan = async () => {
    await world.enqueue('schedule-recordings', { userId: world.userId })
    await world.work()
  }
  /** Its user ends it: the event, if it is of one, is skipped, as DELETE /bots does it. */
  const end = async (meeting: Meeting = only()) => {
    const { calendarEventId: targetId } = meeting
    const skip = { scope: 'event', value: 'skip', bot: null } as const
    if (targetId) await world.scheduling.saveOverride(world.userId, { ...skip, targetId }, world.now())
    return await world.end(meeting.id)
  }
  const booked = async (minutes = 60) => {
    const event = await world.put({ startTime: world.inMinutes(minutes) })
    await world.settle()
    return event
  }
  /** A bot that records. */
  const recording = async () => {
    const event = await booked(0)
    for (let i = 0; i < 3; i++) await world.pass(1)
    expect(only()).toMatchObject({ state: 'recording' })
    return event
  }
  const rest = async (minutes = 5) => {
    for (let i = 0; i < minutes; i++) await world.pass(1)
    await world.settle()
  }
  return { ...world, only, types, count, calls, during, tell, plan, end, booked, recording, rest }
}

describe('ends', () => {
  test('a bot that was called off has several ends, and the recording that one of them brings is shown', async () => {
    const world = await aWorld()
    await world.booked()
    await world.end()
    await world.rest()
    expect(world.only()).toMatchObject({ state: 'cancelled', endInferred: false })
    await world.tell(completed(world.now(), { artifacts: nothing, artifactsExpireAt: null }))
    await world.tell({ kind: 'cancelled', at: world.now() })
    await world.tell(completed(world.now()))
    await world.tell({ kind: 'failed', at: world.now(), code: 'OOM_KILLED', message: null, results: null })
    await world.rest()
    const video = expect.stringContaining('video.mp4')
    expect(world.only()).toMatchObject({ state: 'completed', errorCode: null, artifacts: { video }, dueAt: null })
    expect([await world.count('bot_completed'), await world.count('recording_ready')]).toEqual([1, 1])
    expect(world.live()).toEqual([])
  })

  test('an end that arrives while the bot is told to leave settles the wish to leave', async () => {
    const world = await aWorld()
    await world.recording()
    world.during('leaveBot', 'after', () => world.tell(completed(world.now())))
    await world.end()
    await world.work()
    expect(world.only()).toMatchObject({ state: 'completed', writeDueAt: null, lastProblem: null })
    await world.rest(20)
    expect(world.calls('leaveBot')).toBe(1)
  })

  test('a status that says that the bot is leaving settles the wish, too', async () => {
    const world = await aWorld()
    await world.recording()
    world.during('leaveBot', 'after', () => world.tell(status('call_ended', world.now())))
    await world.end()
    await world.work()
    expect(world.only()).toMatchObject({ state: 'processing', leaveSentAt: world.now(), writeDueAt: null })
  })

  test('a bot that Seer believed lost leaves when its user ends it', async () => {
    const world = await aWorld()
    await world.recording()
    world.wait(11)
    const { getBot } = world.vendor
    world.vendor.getBot = () => Promise.reject(notFound())
    await world.enqueue('sync-bot', { meetingId: world.only().id })
    await world.work()
    expect(world.only()).toMatchObject({ state: 'failed', errorCode: 'BOT_LOST', endInferred: true })
    world.vendor.getBot = getBot
    expect(await world.end()).toMatchObject({ outcome: 'leaving' })
    expect(await world.end()).toMatchObject({ outcome: 'ended' })
    await world.work()
    expect([world.live(), world.calls('leaveBot')]).toEqual([[], 1])
    expect(await world.count('leave_requested')).toBe(1)
    await world.rest(20)
    expect(world.only()).toMatchObject({ state: 'completed', endInferred: false, dueAt: null })
    expect(await world.end()).toMatchObject({ outcome: 'ended' })
  })

  test('a bot that other users share stays as it is when its owner ends it', async () => {
    const world = await aWorld()
    const bo = await world.addUser('bo@acme.test')
    await world.put({}, bo.integration)
    await world.booked()
    const before = world.only()
    const lost = { state: 'failed', errorCode: 'BOT_LOST', endInferred: true, finalAt: world.now() } as const
    await world.meetings.saveChange({ before, next: { ...before, ...lost }, entries: [], cause: 'sync' })
    const after = world.only()
    const endFor = (userId: string) => endBot(world.deps, { userId, botId: after.id })
    for (const userId of [world.userId, bo.userId]) expect(await endFor(userId)).toMatchObject({ outcome: 'ended' })
    expect(world.only()).toEqual(after)
  })
})

describe('a wish to leave', () => {
  test('reaches the vendor once, even if it comes during a move', async () => {
    const world = await aWorld()
    const event = await world.booked()
    await world.put({ ...event, meetingUrl: elsewhere })
    world.during('updateScheduledBot', 'after', () => world.end())
    await world.plan()
    await world.rest()
    expect(world.live()).toEqual([])
    expect(world.only()).toMatchObject({ state: 'cancelled', dueAt: null })
    expect(await world.count('leave_requested')).toBe(1)
  })

  test('is not sent twice when the move turns out to come too late', async () => {
    const world = await aWorld()
    const event = await world.booked()
    await world.put({ ...event, meetingUrl: elsewhere })
    world.during('updateScheduledBot', 'before', () => world.end())
    world.vendor.failNext('updateScheduledBot', new PermanentError('VENDOR_CONFLICT', { upstreamStatus: 409 }))
    await world.plan()
    await world.rest()
    expect(world.live()).toEqual([])
    expect(await world.count('leave_requested')).toBe(1)
  })

  test('does not delay the new time of an event that moves meanwhile', async () => {
    const world = await aWorld()
    const event = await world.booked()
    await world.override(event.id, 'skip')
    const later = { startTime: world.inMinutes(180), endTime: world.inMinutes(210) }
    world.during('cancelScheduledBot', 'before', async () => {
      await world.override(event.id, 'inherit')
      await world.put({ ...event, ...later })
    })
    await world.plan()
    await world.rest()
    expect(world.live().map(({ request }) => request.joinAt)).toEqual([later.startTime])
  })

  test('that comes before the second create call means that this call is not made', async () => {
    const world = await aWorld()
    world.vendor.failNext('createBot', silent())
    await world.put({ startTime: world.inMinutes(60) })
    await world.plan()
    const { findBots } = world.vendor
    world.vendor.findBots = async (meetingId) => {
      world.vendor.findBots = findBots
      const found = await findBots(meetingId)
      await world.end()
      return found
    }
    await world.rest()
    expect(world.only()).toMatchObject({ state: 'cancelled', dueAt: null })
    expect([world.calls('createBot'), world.vendor.bots.length]).toEqual([1, 0])
  })

  test('is kept when a webhook tells of the bot before the create call is answered', async () => {
    const world = await aWorld()
    world.during('createBot', 'after', async () => {
      await world.end()
      await world.tell(status('joining_call', world.now()))
    })
    await world.booked(0)
    await world.rest()
    expect(world.live()).toEqual([])
    expect(world.vendor.bots).toHaveLength(1)
    expect(world.only()).toMatchObject({ dueAt: null, finalAt: expect.any(Date) })
  })

  test('reaches a bot whose creation seemed to have failed, and of which only a chat message has told', async () => {
    const world = await aWorld()
    world.vendor.failNext('createBot', away(), 'after')
    await world.put({ startTime: world.now() })
    await world.plan()
    expect(world.only()).toMatchObject({ state: 'pending', createAttempts: 0, meetingBaasId: null })
    await world.tell({ kind: 'chat_message', at: world.now(), messageId: '1', sender: 'Bo', text: 'Who is this?' })
    expect(world.only()).toMatchObject({ state: 'pending', meetingBaasId: expect.any(String) })
    expect(await world.end()).toMatchObject({ outcome: 'leaving' })
    await world.work()
    expect(world.live()).toEqual([])
  })

  test('is sent again to a bot that the vendor has started again', async () => {
    const world = await aWorld()
    await world.recording()
    await world.end()
    const { leaveBot } = world.vendor
    world.vendor.leaveBot = async () => {}
    await world.work()
    world.vendor.leaveBot = leaveBot
    const [bot] = world.vendor.bots as [FakeBot]
    world.wait(2)
    await world.tell(status('recording_failed', world.now()), bot)
    world.wait(2)
    await world.tell(status('retrying', world.now()), bot)
    world.goOn(bot.botId, 'joining_call')
    await world.webhooks.deliver()
    await world.work()
    expect(world.live()).toEqual([])
    await world.rest()
    expect(world.only()).toMatchObject({ finalAt: expect.any(Date), dueAt: null })
  })

  test('is sent to a bot whose clock is so far behind that its statuses seem older than the order', async () => {
    const world = await aWorld()
    await world.booked(0)
    const [bot] = world.vendor.bots as [FakeBot]
    const byItsClock = () => new Date(+world.now() - 60 * 60_000)
    for (const code of ['joining_call', 'in_call_not_recording', 'in_call_recording']) {
      world.wait(1)
      world.vendor.setStatus(bot.botId, code)
      await world.tell(status(code, byItsClock()), bot)
    }
    expect(world.only()).toMatchObject({ state: 'recording', run: 1 })
    await world.end()
    world.vendor.failNext('leaveBot', notFound())
    await world.work()
    world.wait(2)
    await world.tell(status('recording_paused', byItsClock()), bot)
    await world.rest()
    expect(world.live()).toEqual([])
    expect(world.only()).toMatchObject({ state: 'completed', dueAt: null })
  })
})

describe('a change of a bot that is being made', () => {
  test('is not sent to a bot that was created with it already, so a bot that joins at once stays', async () => {
    const world = await aWorld()
    world.vendor.failNext('createBot', silent())
    const event = await world.put({ startTime: world.now() })
    await world.plan()
    await world.put({ ...event, meetingUrl: elsewhere })
    await world.plan()
    expect(world.only()).toMatchObject({ changeOwed: true, meetingBaasId: null })
    await world.rest()
    expect(world.vendor.bots.map(({ request, status: at }) => [request.meetingUrl, at])).toEqual([
      [elsewhere, 'in_call_recording'],
    ])
    expect(world.only()).toMatchObject({ changeOwed: false, leaveRequestedAt: null })
    expect([world.calls('updateScheduledBot'), world.calls('leaveBot')]).toEqual([0, 0])
  })

  test('is not sent to such a bot when a webhook tells of it first, either', async () => {
    const world = await aWorld()
    world.vendor.failNext('createBot', silent())
    const event = await world.put({ startTime: world.inMinutes(60) })
    await world.plan()
    await world.put({ ...event, meetingUrl: elsewhere })
    await world.plan()
    world.during('createBot', 'after', () => world.tell({ kind: 'result', at: world.now(), result: 'recording' }))
    await world.rest()
    expect(world.live().map(({ request }) => request.meetingUrl)).toEqual([elsewhere])
    expect(world.only()).toMatchObject({ changeOwed: false, leaveRequestedAt: null })
  })

  test('is sent to a bot that was created before the change', async () => {
    const world = await aWorld()
    const event = await world.put({ startTime: world.inMinutes(60) })
    world.during('createBot', 'after', async () => {
      await world.put({ ...event, meetingUrl: elsewhere })
      await world.plan()
    })
    await world.plan()
    await world.rest()
    expect(world.live().map(({ request }) => request.meetingUrl)).toEqual([elsewhere])
    expect([world.calls('createBot'), world.calls('updateScheduledBot')]).toEqual([1, 1])
  })

  test('is sent to a bot that is found later, because nobody knows how it was created', async () => {
    const world = await aWorld()
    world.vendor.failNext('createBot', silent(), 'after')
    const event = await world.put({ startTime: world.inMinutes(60) })
    await world.plan()
    await world.put({ ...event, meetingUrl: elsewhere })
    await world.plan()
    await world.rest()
    expect(world.live().map(({ request }) => request.meetingUrl)).toEqual([elsewhere])
    expect(world.vendor.bots).toHaveLength(1)
  })
})

describe('a move', () => {
  test('that is taken back after its answer was lost leaves the bot at the old place', async () => {
    const world = await aWorld()
    const event = await world.booked(120)
    const later = { startTime: world.inMinutes(180), endTime: world.inMinutes(210) }
    world.vendor.failNext('updateScheduledBot', silent(), 'after')
    await world.put({ ...event, ...later })
    await world.plan()
    expect(world.live().map(({ request }) => request.joinAt)).toEqual([later.startTime])
    await world.put(event)
    await world.plan()
    await world.rest()
    expect(world.live().map(({ request }) => request.joinAt)).toEqual([event.startTime])
    expect(world.only()).toMatchObject({ changeOwed: false, dueAt: null })
  })

  test('that did not reach the vendor before the bot left the old room is given up, and the event gets another bot', async () => {
    const world = await aWorld()
    const event = await world.recording()
    const before = world.only()
    const moved = { ...before, joinUrl: elsewhere, meetingUrl: elsewhere, joinKey: 'zoom:912345678', platform: 'zoom' }
    const untold = { ...moved, changeOwed: true, writeDueAt: world.inMinutes(1) } as Meeting
    await world.meetings.saveChange({ before, next: untold, entries: [], cause: 'worker' })
    await world.put({ ...event, meetingUrl: elsewhere, endTime: world.inMinutes(60) })
    await world.tell(status('call_ended', world.now()))
    expect(world.only()).toMatchObject({ state: 'processing', changeOwed: true, dueAt: null })
    await world.pass(1)
    expect([await world.count('leave_requested'), world.calls('leaveBot')]).toEqual([0, 0])
    world.vendor.endWith(world.vendor.bots[0]?.botId as string, completed(world.now()))
    await world.tell(completed(world.now()))
    await world.rest()
    expect(world.live().map(({ request }) => request.meetingUrl)).toEqual([elsewhere])
  })

  test('that is still owed when somebody cancels the booking at the vendor is answered with another bot', async () => {
    const world = await aWorld()
    const event = await world.booked(120)
    world.vendor.failNext('updateScheduledBot', away())
    await world.put({ ...event, meetingUrl: elsewhere })
    await world.plan()
    const [bot] = world.vendor.bots as [FakeBot]
    world.vendor.setStatus(bot.botId, 'cancelled')
    await world.tell({ kind: 'cancelled', at: world.now() })
    await world.rest()
    expect(world.live().map(({ request }) => request.meetingUrl)).toEqual([elsewhere])
  })

  test('that is still owed when the owner gives up the bot is sent for the new owner', async () => {
    const world = await aWorld()
    const bo = await world.addUser('bo@acme.test')
    const event = await world.booked(120)
    const theirs = await world.put({ startTime: event.startTime }, bo.integration)
    await world.settle()
    const bot = world.only()
    const sooner = { startTime: world.inMinutes(115), endTime: event.endTime }
    world.vendor.failNext('updateScheduledBot', away())
    await world.put({ ...event, ...sooner })
    await world.plan()
    expect(world.only()).toMatchObject({ id: bot.id, changeOwed: true, joinAt: sooner.startTime })
    await world.override(event.id, 'skip')
    await world.rest()
    expect(world.live().map(({ request }) => request.joinAt)).toEqual([theirs.startTime])
    expect(world.only()).toMatchObject({ id: bot.id, userId: bo.userId, changeOwed: false, dueAt: null })
  })
})
