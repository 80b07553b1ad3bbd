/** Ends that Seer inferred, and the vendor's own ends that come later. */
import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { fakeQueue } from '../../../testing/jobs/fake-queue.ts'
import { aMeeting, at, completed, status } from '../../../testing/meetings/builders.ts'
import { memoryMeetingStore } from '../../../testing/meetings/memory-meeting-store.ts'
import { fakeVendorBots } from '../../../testing/vendor/fake-vendor-bots.ts'
import { PermanentError, RetryableError } from '../../basics/errors.ts'
import type { Fact, FailedFact } from '../../vendor/facts.ts'
import { backfillBots } from '../bots/backfill-bots.ts'
import { createBot } from '../bots/create-bot.ts'
import { endBot } from '../bots/end-bot.ts'
import { leaveBot } from '../bots/leave-bot.ts'
import { syncBot } from '../bots/sync-bot.ts'
import type { Meeting } from '../meeting.ts'
import { applyFact } from './bot-status.ts'
import { endsOtherwise, mayHaveStarted, mayLearnMore } from './inferred-end.ts'

const failed = (code: string, inferred?: boolean): Fact => ({
  kind: 'failed',
  at: at(40),
  code,
  message: null,
  results: null,
  ...(inferred ? { inferred } : {}),
})
const started = aMeeting({ state: 'recording', meetingBaasId: 'bot' })

function run(facts: Fact[]) {
  let meeting: Meeting = started
  const types: string[] = []
  const outcomes = facts.map((fact) => {
    const decision = applyFact(meeting, fact, at(59))
    if (!('next' in decision)) return decision.outcome
    meeting = decision.next
    types.push(...decision.entries.map(({ type }) => type))
    return decision.outcome
  })
  return { meeting, outcomes, types, last: outcomes.at(-1) }
}

describe('the state machine', () => {
  const lost = failed('BOT_LOST', true)

  test('lets the vendor’s own end replace an inferred end, and logs that', () => {
    const { meeting, types } = run([lost, completed(at(45))])
    expect(meeting).toMatchObject({ state: 'completed', errorCode: null, errorMessage: null, endInferred: false })
    expect(meeting).toMatchObject({ finalAt: at(45), artifacts: { video: expect.any(String) } })
    expect(types).toEqual([
      'bot_error',
      'bot_end_corrected',
      'bot_leave_call',
      'recording_ready',
      'transcript_ready',
      'bot_completed',
    ])
  })

  test('takes the code of the vendor’s end when that is a failure', () => {
    const { meeting } = run([lost, failed('OOM_KILLED')])
    expect(meeting).toMatchObject({ state: 'failed', errorCode: 'OOM_KILLED', endInferred: false })
  })

  test.each([completed(at(45)), failed('OOM_KILLED')])('never lets an inferred end replace the vendor’s end', (end) => {
    const { meeting, outcomes } = run([end, lost, { kind: 'cancelled', at: at(50), inferred: true }])
    expect(outcomes.slice(1)).not.toContain('applied')
    expect(meeting.endInferred).toBe(false)
  })

  test('keeps the first of two inferred ends', () => {
    expect(run([lost, failed('BOT_STUCK', true)])).toMatchObject({
      last: 'duplicate',
      meeting: { errorCode: 'BOT_LOST' },
    })
  })

  test('shows the recording of a bot that recorded although it was called off', () => {
    const calledOff = { kind: 'cancelled' as const, at: at(40) }
    for (const inferred of [true, false]) {
      expect(run([{ ...calledOff, inferred }, completed(at(45))]).meeting).toMatchObject({ state: 'completed' })
    }
  })

  test('takes a failure without results as the vendor’s confirmation that a bot was called off', () => {
    const { meeting, types } = run([
      { kind: 'cancelled', at: at(40), inferred: true },
      failed('EXITING_MEETING_BEFORE_RECORD'),
    ])
    expect(meeting).toMatchObject({ state: 'cancelled', errorCode: null, endInferred: false })
    expect(types).toEqual(['bot_cancelled'])
  })

  test('does not take its own second conclusion for the vendor’s word, and does not ask about the vendor’s own end', () => {
    const twice = run([lost, { kind: 'cancelled', at: at(50), inferred: true }])
    expect(twice).toMatchObject({ last: 'late', meeting: { endInferred: true, errorCode: 'BOT_LOST' } })
    const told = run([failed('OOM_KILLED'), status('completed', at(45))])
    expect(told).toMatchObject({ last: 'late', meeting: { state: 'failed', lookDueAt: null } })
    expect(run([completed(at(41)), failed('OOM_KILLED')])).toMatchObject({
      last: 'late',
      meeting: { state: 'completed' },
    })
  })

  test('does not take a sign of life for an end, but asks for details when the vendor says that the run is over', () => {
    expect(run([lost, status('in_call_recording', at(45))])).toMatchObject({
      last: 'late',
      meeting: { state: 'failed' },
    })
    expect(run([lost, status('completed', at(45))]).meeting.lookDueAt).toEqual(at(59, 20))
  })
})

describe('an end counts as changed', () => {
  const ended = aMeeting({ state: 'failed', errorCode: 'BOT_LOST', joinedAt: at(1) })

  test.each([
    ['with another state', { state: 'completed' }],
    ['with another code', { errorCode: 'OOM_KILLED' }],
    ['when the bot was in the meeting after all', { joinedAt: at(2) }],
  ] as [string, Partial<Meeting>][])('%s', (_, changes) => {
    expect(endsOtherwise(ended, { ...ended, ...changes })).toBe(true)
  })

  test('but not with more results, and never while the run goes on', () => {
    const results = { artifacts: null, participants: [], durationSeconds: 3, joinedAt: new Date(at(1)) }
    expect(endsOtherwise(ended, { ...ended, ...results })).toBe(false)
    expect(endsOtherwise(started, { ...started, state: 'processing', errorCode: 'x', joinedAt: at(1) })).toBe(false)
  })
})

const noArtifacts = {
  video: null,
  audio: null,
  diarization: null,
  transcription: 'x',
  rawTranscription: null,
  chat: null,
}
const withVideo = { artifacts: { ...noArtifacts, video: 'a link' } }

test.each<[string, Partial<Meeting>, boolean]>([
  ['that runs', { state: 'recording' }, true],
  ['whose end was inferred, even with a recording', { endInferred: true, ...withVideo }, true],
  ['that Seer concluded to be called off', { state: 'cancelled', endInferred: true }, true],
  ['that was called off', { state: 'cancelled' }, false],
  ['that ended without a recording', { artifacts: noArtifacts }, true],
  ['that ended with a video', withVideo, false],
  ['that ended with audio', { artifacts: { ...noArtifacts, audio: 'a link' } }, false],
])('whether a look at a bot %s may tell more', (_, changes, expected) => {
  expect(mayLearnMore(aMeeting({ state: 'failed', artifacts: null, ...changes }))).toBe(expected)
})

test('a bot may be in its meeting from five minutes before its time, or at any time when it was sent at once', () => {
  const may = (joinAt: Date | null) => mayHaveStarted(aMeeting({ joinAt }), at(0))
  expect([null, at(-60), at(4, 59), at(5), at(60)].map(may)).toEqual([true, true, true, false, false])
})

function setUp() {
  let time = new Date(Date.now() + 1_000)
  const now = () => time
  const meetings = memoryMeetingStore()
  const vendor = fakeVendorBots({ now })
  const queue = fakeQueue()
  const limits = { takeWriteSlot: async () => () => {}, pauseWrites: async () => {}, pauseCreates: async () => {} }
  const deps = { meetings, vendor, queue, limits, now, progress: () => {} }
  return {
    ...deps,
    planned: () => queue.jobs.map(({ name }) => name),
    forgetPlans: () => void queue.jobs.splice(0),
    pass: (minutes: number) => {
      time = new Date(time.getTime() + minutes * 60_000)
    },
    async withBot(changes: Partial<Meeting> = {}) {
      const meeting = aMeeting({ createdAt: now(), joinKey: `meet:${randomUUID()}`, ...changes })
      await meetings.claim(
        meeting,
        { type: 'bot_requested', occurredAt: now(), data: { joinAt: null }, cause: 'api' },
        'nobody',
      )
      await createBot(deps, { meetingId: meeting.id })
      return meeting
    },
    load: async (id: string) => (await meetings.find(id)) as Meeting,
    sync: (meetingId: string) => syncBot(deps, { meetingId }),
    backfill: () => backfillBots(deps, { since: new Date(Date.now() - 60_000) }),
  }
}

/** A bot that exists, although the vendor did not find it for a while. */
async function lostBot() {
  const world = setUp()
  const { id } = await world.withBot()
  world.vendor.setStatus(world.vendor.bots[0]!.botId, 'in_call_recording')
  await world.sync(id)
  world.pass(11)
  const before = await world.load(id)
  const next = { ...before, lookDueAt: world.now() }
  await world.meetings.saveChange({ before, next, entries: [], cause: 'worker' })
  world.pass(11)
  const gone = { ...world.vendor, getBot: async () => Promise.reject(notFound()) }
  expect(await syncBot({ ...world, vendor: gone }, { meetingId: id })).toBe('lost')
  return { ...world, id, botId: world.vendor.bots[0]!.botId }
}

function notFound() {
  return new PermanentError('VENDOR_BOT_NOT_FOUND', { upstreamStatus: 404 })
}

describe('an end that was inferred', () => {
  test('is checked again for three days, less and less often', async () => {
    const { id, load, sync, pass, now } = await lostBot()
    expect(await load(id)).toMatchObject({ state: 'failed', errorCode: 'BOT_LOST', endInferred: true })
    const waits: number[] = []
    while (waits.length < 20) {
      const { lookDueAt } = await load(id)
      if (lookDueAt === null) break
      waits.push(Math.round((+lookDueAt - +now()) / 60_000))
      pass(waits.at(-1) as number)
      await sync(id)
    }
    expect(waits).toEqual([10, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560])
  })

  test('is replaced when a look finds the bot’s success, and the user’s events are planned again', async () => {
    const { id, botId, load, sync, vendor, planned, forgetPlans, pass } = await lostBot()
    pass(10)
    forgetPlans()
    vendor.endWith(botId, completed(new Date()))
    expect(await sync(id)).toBe('changed')
    expect(await load(id)).toMatchObject({ state: 'completed', endInferred: false, lookDueAt: null })
    expect(planned()).toEqual(['schedule-recordings'])
  })

  test('is replaced when a look finds another failure, and the user’s events are planned again', async () => {
    const { id, botId, load, sync, vendor, planned, forgetPlans, pass } = await lostBot()
    pass(10)
    forgetPlans()
    vendor.endWith(botId, failed('OOM_KILLED') as FailedFact)
    expect(await sync(id)).toBe('changed')
    expect(await load(id)).toMatchObject({ state: 'failed', errorCode: 'OOM_KILLED', endInferred: false })
    expect(planned()).toEqual(['schedule-recordings'])
  })

  test('is replaced by any later sync, even when no look is due any more', async () => {
    const { id, botId, load, sync, vendor, meetings } = await lostBot()
    const before = await load(id)
    const next = { ...before, lookDueAt: null, dueAt: null }
    await meetings.saveChange({ before, next, entries: [], cause: 'worker' })
    vendor.endWith(botId, completed(new Date()))
    expect(await sync(id)).toBe('changed')
  })

  test('is how an order without an answer ends, but not an order that was refused', async () => {
    for (const [error, inferred] of [
      [new RetryableError('VENDOR_TIMEOUT', { outcomeUnknown: true }), true],
      [new PermanentError('VENDOR_REJECTED', { upstreamStatus: 400 }), false],
    ] as const) {
      const world = setUp()
      world.vendor.failNext('createBot', error)
      const { id } = await world.withBot().catch(() => world.meetings.all()[0] as Meeting)
      if (inferred) {
        world.pass(61)
        world.vendor.failNext('findBots', error)
        await createBot(world, { meetingId: id }).catch(() => {})
      }
      expect(await world.load(id)).toMatchObject({ state: 'failed', endInferred: inferred })
    }
  })

  test('is checked again by backfill, and so is an end without a recording', async () => {
    const { id, botId, load, vendor, backfill } = await lostBot()
    const none = {
      video: null,
      audio: null,
      diarization: null,
      transcription: null,
      rawTranscription: null,
      chat: null,
    }
    vendor.endWith(botId, completed(new Date(), { artifacts: none, artifactsExpireAt: null }))
    expect(await backfill()).toMatchObject({ changed: 1 })
    expect(await load(id)).toMatchObject({ state: 'completed', endInferred: false })
    vendor.endWith(botId, completed(new Date()))
    expect(await backfill()).toMatchObject({ changed: 1 })
    expect((await load(id)).artifacts?.video).toContain('video.mp4')
    expect(await backfill()).toMatchObject({ changed: 0 })
  })

  test('is how a booking ends that was called off close to its time, but not long before', async () => {
    const world = setUp()
    const inMinutes = (minutes: number) => new Date(world.now().getTime() + minutes * 60_000)
    for (const [minutes, inferred] of [
      [60, false],
      [4.5, true],
    ] as const) {
      const meeting = await world.withBot({ joinAt: inMinutes(minutes) })
      await endBot(world, { userId: meeting.userId, botId: meeting.id })
      expect(await leaveBot(world, { meetingId: meeting.id })).toBe('cancelled')
      const called = await world.load(meeting.id)
      expect([called.state, called.endInferred, called.lookDueAt !== null]).toEqual(['cancelled', inferred, inferred])
      world.pass(0)
      await world.sync(meeting.id)
      expect(await world.load(meeting.id)).toMatchObject({ state: 'cancelled', endInferred: false, lookDueAt: null })
    }
  })

  test('is replaced when the bot of a meeting that was given up turns up, and its recording is shown', async () => {
    const world = setUp()
    const { id } = await world.withBot()
    const before = await world.load(id)
    const next = {
      ...before,
      meetingBaasId: null,
      state: 'failed' as const,
      finalAt: world.now(),
      errorCode: 'VENDOR_TIMEOUT',
    }
    await world.meetings.saveChange({ before, next, entries: [], cause: 'worker' })
    world.vendor.endWith(world.vendor.bots[0]!.botId, completed(new Date()))
    expect(await world.backfill()).toMatchObject({ changed: 1 })
    expect(await world.load(id)).toMatchObject({ state: 'completed', errorCode: null, endInferred: false })
  })
})
