import { describe, expect, test } from 'vitest'
import { anIntegration } from '../../testing/calendars/calendar-builders.ts'
import { schedulingWorld } from '../../testing/planning/scheduling-world.ts'
import { PermanentError } from '../basics/errors.ts'
import type { Meeting } from '../meetings/meeting.ts'
import type { BotRequest } from '../vendor/vendor-bots.ts'
import { overrideRecording } from './overrides/override-recording.ts'

const elsewhere = 'https://zoom.us/j/912345678'
const refusal = new PermanentError('VENDOR_REJECTED', { detail: 'Meeting BaaS answered 400: bot_image is too wide.' })
const wrongKey = new PermanentError('VENDOR_UNAUTHORIZED', { detail: 'Meeting BaaS answered 403: no such key.' })
const named = (name: string) => ({ customBotName: name, customBotConfig: {} })

/** An event tomorrow whose bot the vendor refuses for as long as it is called "Wide". */
async function refused() {
  const world = await schedulingWorld({ enabled: true, bot: named('Wide') })
  world.vendor.refuseCreates(({ botName }) => (botName.startsWith('Wide') ? refusal : null))
  const event = await world.put({ startTime: world.inMinutes(1_440) })
  await world.settle()
  const override = (value: 'record' | 'skip', bot: ReturnType<typeof named> | null = null) =>
    overrideRecording(world.deps, { userId: world.userId, eventId: event.id, value, allOccurrences: false, bot })
  const asked = () => world.vendor.calls.filter((call) => call === 'createBot').length
  return { ...world, event, override, asked }
}

describe('a bot that the vendor refused', () => {
  test('is reported in the vendor’s words, and not asked for again while nothing changes', async () => {
    const { decision, event, live, settle, pass, asked } = await refused()
    const detail = `VENDOR_REJECTED: ${refusal.message}`
    expect((await decision(event.id))?.reasons[0]).toEqual({ code: 'bot_failed', detail })
    for (let hours = 0; hours < 20; hours++) {
      await pass(60)
      await settle()
    }
    expect([asked(), live()]).toEqual([1, []])
  })

  test('is not asked for again a day later either, when its event is still to come', async () => {
    const { put, settle, pass, asked, inMinutes } = await refused()
    await put({ startTime: inMinutes(5 * 1_440), meetingUrl: elsewhere })
    await settle()
    expect(asked()).toBe(2)
    for (let days = 0; days < 3; days++) {
      await pass(1_440)
      await settle()
    }
    expect(asked()).toBe(2)
  })

  test('comes when the rules give it another configuration', async () => {
    const { settle, live, setRules, asked, decision, event } = await refused()
    await setRules({ enabled: true, bot: named('Narrow') })
    await settle()
    expect(live().map(({ request }) => request.botName)).toEqual(['Narrow'])
    expect((await decision(event.id))?.willRecord).toBe(true)
    expect(asked()).toBe(2)
  })

  test('is asked for once for each configuration', async () => {
    const { settle, live, setRules, asked } = await refused()
    for (const name of ['Wider', 'Wide', 'Wider', 'Wide']) {
      await setRules({ enabled: true, bot: named(name) })
      await settle()
      await settle()
    }
    expect([asked(), live()]).toEqual([2, []])
  })

  test('comes when the deployment gives it another configuration', async () => {
    const { settle, live, setRules, deps } = await refused()
    await setRules({ enabled: true })
    deps.defaults = { ...deps.defaults, name: 'Wide' }
    await settle()
    expect(live()).toEqual([])
    deps.defaults = { ...deps.defaults, name: 'Narrow' }
    await settle()
    expect(live()).toHaveLength(1)
  })

  test('comes when an override gives it another configuration', async () => {
    const { settle, live, override, pass } = await refused()
    await pass(1)
    await override('record', named('Narrow'))
    await settle()
    expect(live().map(({ request }) => request.botName)).toEqual(['Narrow'])
  })

  test('is asked for again when its user says so, and comes if the vendor accepts it now', async () => {
    const { settle, live, override, pass, asked, vendor } = await refused()
    await pass(10)
    await override('record')
    await settle()
    await settle()
    expect([asked(), live()]).toEqual([2, []])
    vendor.refuseCreates(() => null)
    await pass(10)
    await settle()
    expect(asked()).toBe(2)
    await override('record')
    await settle()
    expect([asked(), live().length]).toEqual([3, 1])
  })

  test('is not asked for again because of an older override or one that is taken back', async () => {
    const { settle, override, pass, asked } = await refused()
    await pass(10)
    await override('record')
    await settle()
    await pass(10)
    await override('skip')
    await settle()
    expect(asked()).toBe(2)
  })

  test('comes when the link changes', async () => {
    const { settle, live, put, event, vendor } = await refused()
    vendor.refuseCreates(({ meetingUrl }: BotRequest) => (meetingUrl === event.meetingUrl ? refusal : null))
    await put({ ...event, meetingUrl: elsewhere })
    await settle()
    expect(live().map(({ request }) => request.meetingUrl)).toEqual([elsewhere])
  })

  test('comes when it is ordered by hand, and the event’s own bot comes back when the configuration is accepted', async () => {
    const { settle, live, order, end, event, setRules, vendor, decision } = await refused()
    vendor.refuseCreates(({ botName }) => (botName === 'Wide' ? refusal : null))
    const ordered = await order({ meetingUrl: event.meetingUrl as string, joinAt: event.startTime })
    await settle()
    expect(live()).toHaveLength(1)
    expect(await decision(event.id)).toMatchObject({ winner: 'manual_bot' })
    await end('meeting' in ordered ? ordered.meeting.id : '')
    await settle()
    expect(await decision(event.id)).toMatchObject({ winner: 'bot_failed' })
    await setRules({ enabled: true, bot: named('Narrow') })
    await settle()
    expect(live()).toHaveLength(1)
  })

  test('that was ordered by hand is no reason against the event’s own bot, which is another one', async () => {
    const { settle, live, order, put, deps, inMinutes, vendor } = await schedulingWorld()
    vendor.refuseCreates(({ botName }) => (botName === 'Wide' ? refusal : null))
    const own = deps.defaults
    deps.defaults = { ...own, name: 'Wide' }
    await order({ meetingUrl: elsewhere, joinAt: inMinutes(60) })
    await settle()
    deps.defaults = own
    await put({ startTime: inMinutes(60), meetingUrl: elsewhere })
    await settle()
    expect(live()).toHaveLength(1)
  })

  test('is asked for once, however many events its meeting has', async () => {
    const { put, event, integrations, userId, settle, live, pass, asked, override } = await refused()
    const second = anIntegration({ userId, accountEmail: 'ines@home.test' })
    await integrations.add(second)
    await put({ startTime: event.startTime, endTime: event.endTime }, second)
    await settle()
    await settle()
    expect(asked()).toBe(1)
    await pass(10)
    await override('record', named('Narrow'))
    await settle()
    expect(live()).toHaveLength(1)
  })

  test('costs each event of a day one call, and no event its bot for ever', async () => {
    const { put, settle, live, setRules, asked, inMinutes } = await refused()
    const hours = [1, 2, 3, 4, 5]
    const link = (hour: number) => `https://zoom.us/j/9123456${hour}0`
    for (const hour of hours) await put({ startTime: inMinutes(hour * 60), meetingUrl: link(hour) })
    await settle()
    expect(asked()).toBe(6)
    await setRules({ enabled: true, bot: named('Narrow') })
    await settle()
    expect(live()).toHaveLength(6)
  })
})

describe('a wrong key', () => {
  test('makes all bots wait, and they come when the key is right again', async () => {
    const { vendor, put, settle, live, pass, meetings, inMinutes } = await schedulingWorld()
    vendor.refuseCreates(() => wrongKey)
    await put({ startTime: inMinutes(1_440) })
    await put({ startTime: inMinutes(30), endTime: inMinutes(90), meetingUrl: elsewhere })
    await settle()
    await pass(45)
    await settle()
    expect(meetings.all().map(({ state, lastProblem }) => [state, lastProblem])).toEqual(
      Array(2).fill(['pending', `VENDOR_UNAUTHORIZED: ${wrongKey.message}`]),
    )
    vendor.refuseCreates(() => null)
    await pass(5)
    await settle()
    expect(live()).toHaveLength(2)
  })

  test('that ended a booking, as in older versions, does not prevent another bot', async () => {
    const { put, settle, live, meetings, vendor } = await schedulingWorld()
    await put({})
    await settle()
    vendor.forget(live()[0]?.botId ?? '')
    const before = meetings.all()[0] as Meeting
    const failed = { state: 'failed' as const, errorCode: 'VENDOR_UNAUTHORIZED', finalAt: before.updatedAt }
    const next = { ...before, ...failed, meetingBaasId: null, createAttempts: 0 }
    await meetings.saveChange({ before, next, entries: [], cause: 'worker' })
    await settle()
    expect(live()).toHaveLength(1)
  })
})
