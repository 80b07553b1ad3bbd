import { describe, expect, test } from 'vitest'
import { anIntegration } from '../../testing/calendars/calendar-builders.ts'
import { schedulingWorld } from '../../testing/planning/scheduling-world.ts'
import { PermanentError } from '../basics/errors.ts'
import { scheduleRecordings } from './carry-out/schedule-recordings.ts'
import { overrideRecording } from './overrides/override-recording.ts'

const elsewhere = 'https://zoom.us/j/912345678'

/** A booked event: in an hour, with a link. */
async function booked() {
  const world = await schedulingWorld()
  const event = await world.put({})
  await world.settle()
  expect(world.live()).toHaveLength(1)
  return { ...world, event, bot: () => world.live()[0] }
}

describe('an event that ends as its bot comes', () => {
  const soon = async (from: number, until: number) => {
    const world = await schedulingWorld()
    const event = await world.put({ startTime: world.inMinutes(from), endTime: world.inMinutes(until) })
    await world.settle()
    const states = () => world.meetings.all().map(({ state }) => state)
    expect(states()).toEqual(['scheduled'])
    return { ...world, event, states }
  }

  test('keeps it for ten minutes if the vendor is late, even if the event has no length', async () => {
    const cases: [until: number, winner: string][] = [
      [10, 'rules_match'],
      [11, 'rules_match'],
      [26, 'in_the_past'],
    ]
    for (const [until, winner] of cases) {
      const { decision, event, wait, settle, states } = await soon(10, until)
      wait(until + 1)
      await settle()
      expect(states()).toEqual(['scheduled'])
      expect(await decision(event.id)).toMatchObject({ winner })
    }
  })

  test('loses it when it has not come for ten minutes', async () => {
    const { wait, settle, states } = await soon(10, 10)
    wait(10 + 15 + 11)
    await settle()
    expect(states()).toEqual(['cancelled'])
  })

  test('loses it at once when it was moved into the past', async () => {
    const { event, put, wait, settle, inMinutes, states } = await soon(10, 40)
    wait(11)
    await put({ ...event, startTime: inMinutes(-40), endTime: inMinutes(-20) })
    await settle()
    expect(states()).toEqual(['cancelled'])
  })
})

describe('an event that the rules want', () => {
  test('gets one bot, booked ahead, and a decision that says why', async () => {
    const { event, bot, decision, meetings } = await booked()
    expect(bot()?.request).toMatchObject({ joinAt: event.startTime, meetingUrl: event.meetingUrl })
    expect(await decision(event.id)).toMatchObject({ willRecord: true, winner: 'rules_match' })
    expect(meetings.all()).toMatchObject([{ state: 'scheduled', calendarEventId: event.id, changeOwed: false }])
  })

  test('that appears late gets its bot at once', async () => {
    const { put, settle, live, inMinutes } = await schedulingWorld()
    await put({ startTime: inMinutes(-30), endTime: inMinutes(30) })
    await settle()
    expect(live().map(({ request }) => request.joinAt)).toEqual([null])
  })

  test('gets no second bot from later plans, and these write nothing', async () => {
    const { deps, userId, meetings, writesSoFar, settle } = await booked()
    const before = [writesSoFar(), JSON.stringify(meetings.all())]
    expect(await scheduleRecordings(deps, { userId })).toMatchObject({ booked: 0, moved: 0, ended: 0, decided: 0 })
    await settle()
    expect([writesSoFar(), JSON.stringify(meetings.all())]).toEqual(before)
  })

  test('gets one bot when it is planned twice at the same time', async () => {
    const { put, deps, userId, live, settle } = await schedulingWorld()
    await put({})
    await Promise.all([scheduleRecordings(deps, { userId }), scheduleRecordings(deps, { userId })])
    await settle()
    expect(live()).toHaveLength(1)
  })

  test('takes its bot along when it moves, with one write and under the same id', async () => {
    const { event, put, settle, bot, inMinutes, writesSoFar, meetings } = await booked()
    const { botId } = bot() ?? {}
    const writes = writesSoFar()
    await put({ ...event, startTime: inMinutes(180), endTime: inMinutes(210) })
    await settle()
    expect(bot()).toMatchObject({ botId, request: { joinAt: inMinutes(180) } })
    expect(writesSoFar() - writes).toBe(1)
    expect(meetings.all()).toHaveLength(1)
  })

  test('sends its bot to the new link when the link changes', async () => {
    const { event, put, settle, bot, live } = await booked()
    await put({ ...event, meetingUrl: elsewhere })
    await settle()
    expect(live()).toHaveLength(1)
    expect(bot()?.request.meetingUrl).toBe(elsewhere)
  })

  test.each([
    ['cancelled', { status: 'cancelled' as const }, 'cancelled'],
    ['without its link', { meetingUrl: null }, 'no_meeting_url'],
    ['with a link that no bot can join', { meetingUrl: 'https://example.test/room' }, 'unsupported_platform'],
  ])('%s loses its bot, and says so', async (_, change, reason) => {
    const { event, put, settle, live, decision } = await booked()
    await put({ ...event, ...change })
    await settle()
    expect(live()).toEqual([])
    expect(await decision(event.id)).toMatchObject({ willRecord: false, winner: reason })
  })

  test('gets a bot again when it is restored or gets its link back', async () => {
    const { event, put, settle, live } = await booked()
    await put({ ...event, status: 'cancelled' })
    await settle()
    await put({ ...event, status: 'confirmed' })
    await settle()
    expect(live()).toHaveLength(1)
    await put({ ...event, meetingUrl: null })
    await settle()
    await put(event)
    await settle()
    expect(live()).toHaveLength(1)
  })

  test('moved within the vendor’s last four minutes has one bot, at the new time', async () => {
    const { event, put, settle, live, pass, inMinutes } = await booked()
    await pass(58)
    await put({ ...event, startTime: inMinutes(60), endTime: inMinutes(90) })
    await settle()
    expect(live().map(({ request }) => request.joinAt)).toEqual([inMinutes(60)])
  })

  test('moved within those minutes gets a new bot without waiting for a sweep', async () => {
    const { event, put, work, live, pass, deps, userId, inMinutes } = await booked()
    await pass(58)
    await put({ ...event, startTime: inMinutes(60), endTime: inMinutes(90) })
    await scheduleRecordings(deps, { userId })
    await work()
    expect(live().map(({ request }) => request.joinAt)).toEqual([inMinutes(60)])
  })

  test('gets a bot at the new place when the link changes too late to move the bot, whatever happened at the old place', async () => {
    const { event, put, settle, live, pass, tick, vendor, deps, userId } = await booked()
    await pass(58)
    await put({ ...event, meetingUrl: elsewhere })
    await scheduleRecordings(deps, { userId })
    // The vendor is away just then, and the bot enters the old room.
    vendor.failNext('updateScheduledBot', new PermanentError('VENDOR_CONFLICT'))
    for (let i = 0; i < 5; i++) tick()
    expect(live().map(({ status }) => status)).toEqual(['in_call_recording'])
    await settle()
    expect(live().map(({ request }) => request.meetingUrl)).toEqual([elsewhere])
  })

  test('moved to another link while the bot is in the meeting has one bot, at the new place', async () => {
    const { event, put, settle, live, pass } = await booked()
    await pass(65)
    expect(live()[0]?.status).toBe('in_call_recording')
    await put({ ...event, meetingUrl: elsewhere })
    await settle()
    expect(live().map(({ request }) => request.meetingUrl)).toEqual([elsewhere])
  })

  test('makes its bot leave when it is cancelled during the meeting', async () => {
    const { event, put, settle, live, pass } = await booked()
    await pass(65)
    await put({ ...event, status: 'cancelled' })
    await settle()
    expect(live()).toEqual([])
  })

  test('that runs late keeps its bot', async () => {
    const { settle, live, pass } = await booked()
    await pass(120)
    await settle()
    expect(live().map(({ status }) => status)).toEqual(['in_call_recording'])
  })

  test('says that its bot failed when it was never let in', async () => {
    const { event, vendor, settle, live, now, pass, decision } = await booked()
    await pass(60)
    const results = { message: null, results: null }
    vendor.endWith(live()[0]?.botId ?? '', { kind: 'failed', at: now(), code: 'BOT_NOT_ACCEPTED', ...results })
    await settle()
    const reason = { code: 'bot_failed', detail: 'BOT_NOT_ACCEPTED' }
    expect(await decision(event.id)).toMatchObject({ willRecord: false, winner: 'bot_failed', reasons: [reason] })
  })

  test('gets no second bot when the first one has been in the meeting and left', async () => {
    const { event, vendor, settle, live, pass, meetings, decision } = await booked()
    await pass(65)
    await vendor.leaveBot(live()[0]?.botId ?? '')
    await pass(1)
    await settle()
    expect([live(), meetings.all().length]).toEqual([[], 1])
    expect(await decision(event.id)).toMatchObject({ winner: 'already_visited' })
  })
})

describe('what a user says about an event', () => {
  test('can record it against the rules, or skip it against them', async () => {
    const { put, override, settle, live, setRules } = await schedulingWorld({})
    const event = await put({})
    await settle()
    expect(live()).toEqual([])
    await override(event.id, 'record')
    await settle()
    expect(live()).toHaveLength(1)
    await setRules({ enabled: true })
    await override(event.id, 'skip')
    await settle()
    expect(live()).toEqual([])
    await override(event.id, 'inherit')
    await settle()
    expect(live()).toHaveLength(1)
  })

  test('holds for a whole series, except where the user has said something else about one occurrence', async () => {
    const { put, override, settle, live, inMinutes } = await schedulingWorld({})
    const seriesId = '7f3a90d1-62c8-4e5b-a1f7-0d94b8e6c321'
    const days = [1, 2, 3].map((day) => inMinutes(day * 1_440))
    const events = await Promise.all(days.map((startTime) => put({ seriesId, isRecurring: true, startTime })))
    await override(events[0]?.id ?? '', 'record', true)
    await override(events[1]?.id ?? '', 'skip')
    await settle()
    expect(live().map(({ request }) => request.joinAt)).toEqual([days[0], days[2]])
  })

  test('changes only the named settings of its bot, and leaves the rest to the rules', async () => {
    const { put, deps, userId, settle, live, setRules } = await schedulingWorld()
    await setRules({ enabled: true, bot: { customBotName: 'Notes', customBotConfig: { recordingMode: 'audio_only' } } })
    const event = await put({})
    const bot = { customBotName: null, customBotConfig: { entryMessage: 'Hello' } }
    await overrideRecording(deps, { userId, eventId: event.id, value: 'record', allOccurrences: false, bot })
    await settle()
    const config = expect.objectContaining({ recordingMode: 'audio_only', entryMessage: 'Hello' })
    expect(live().map(({ request }) => [request.botName, request.config])).toEqual([['Notes', config]])
  })

  test('is refused and not stored for an event that cannot be recorded', async () => {
    const { put, override, inMinutes, scheduling, userId } = await schedulingWorld({})
    const noLink = await put({ meetingUrl: null })
    const past = await put({ startTime: inMinutes(-120), endTime: inMinutes(-60) })
    expect(await override(noLink.id, 'record')).toEqual({ outcome: 'impossible', reason: { code: 'no_meeting_url' } })
    expect(await override(past.id, 'record')).toEqual({ outcome: 'impossible', reason: { code: 'in_the_past' } })
    expect(await override('e28b5c74-1f09-4d36-8c5a-93d7f1a0b642', 'record')).toEqual({ outcome: 'not_found' })
    expect(await scheduling.listOverrides(userId, [noLink.id, past.id])).toEqual([])
  })
})

describe('rules that change', () => {
  test('call off the bots that they no longer want, and book the bots that they want now', async () => {
    const { put, settle, live, setRules, inMinutes } = await schedulingWorld()
    await put({ title: 'Lunch' })
    await put({ title: 'Review', startTime: inMinutes(300), meetingUrl: elsewhere })
    await settle()
    expect(live()).toHaveLength(2)
    await setRules({ enabled: true, exclude: { keywords: ['lunch'] } })
    await settle()
    expect(live().map(({ request }) => request.meetingUrl)).toEqual([elsewhere])
    await setRules({ enabled: true, pausedUntil: inMinutes(600).toISOString() })
    await settle()
    expect(live()).toEqual([])
    await setRules({ enabled: true })
    await settle()
    expect(live()).toHaveLength(2)
  })

  test('make their bots come earlier and under another name', async () => {
    const { event, settle, bot, setRules, live } = await booked()
    await setRules({ enabled: true, leadMinutes: 1, bot: { customBotName: 'Notes' } })
    await settle()
    expect(bot()?.request).toMatchObject({ joinAt: new Date(+event.startTime - 60_000), botName: 'Notes' })
    expect(live()).toHaveLength(1)
  })
})

describe('one meeting in two calendars of a user', () => {
  test('gets one bot, which stays as long as one of them wants it', async () => {
    const { put, settle, live, integrations, userId, event, decision } = await booked()
    const second = anIntegration({ userId, accountEmail: 'ines@home.test' })
    await integrations.add(second)
    const copy = await put({ startTime: event.startTime, endTime: event.endTime }, second)
    await settle()
    expect(live()).toHaveLength(1)
    expect(await decision(copy.id)).toMatchObject({ willRecord: true, winner: 'shared_with_bot' })
    await put({ ...event, status: 'cancelled' })
    await settle()
    expect(live()).toHaveLength(1)
    await put({ ...copy, status: 'cancelled' }, second)
    await settle()
    expect(live()).toEqual([])
  })

  test('loses its bot when both calendars are gone', async () => {
    const { settle, live, integrations, integration } = await booked()
    const stored = await integrations.find(integration.id)
    if (stored) await integrations.remove(stored)
    await settle()
    expect(live()).toEqual([])
  })
})
