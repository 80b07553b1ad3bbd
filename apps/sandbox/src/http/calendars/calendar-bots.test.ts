import { describe, expect, test } from 'vitest'
import { at, day, meetUrl, startCalendar } from '../../../testing/calendars.ts'

const minute = 60
const bot = { bot_name: 'Notetaker', extra: { meetingId: 'm1' } }

/** A calendar with one event in two hours and a bot for it. */
async function booked(options = {}) {
  const world = await startCalendar(options)
  await world.add({ start: at(120), minutes: 60 })
  const [{ event_id, series_id }] = await world.events()
  const target = { series_id, all_occurrences: false, event_id }
  const call = (method: string, body: object) => world.sandbox.call(method, `${world.own}/bots`, { ...target, ...body })
  expect((await call('POST', bot)).body).toEqual({ success: true, data: [{ event_id }], errors: [] })
  await world.heard()
  const bots = async () => (await world.sandbox.get('/sandbox/bots')).body
  return { ...world, event_id, series_id, target, call, bots }
}

describe('a bot for one event', () => {
  test('is launched at its start, under a new id, with the event’s id in every notification', async () => {
    const { sandbox, event_id, events, details, bots, heard } = await booked()
    expect((await events())[0].bot_scheduled).toBe(true)
    expect((await details(event_id)).bot_scheduled).toBe(true)
    expect((await sandbox.get('/v2/bots/scheduled')).body.data).toEqual([])
    expect((await bots()).scheduled).toMatchObject([{ eventId: event_id, joinAt: at(120), meetingUrl: meetUrl }])
    await sandbox.advance(121 * minute)
    const [{ bot_id }] = (await sandbox.get('/v2/bots?extra=meetingId:m1')).body.data
    expect(await sandbox.status(bot_id)).toBe('in_call_recording')
    await sandbox.advance(3600)
    const ids = new Set((await heard()).map(({ data }) => data.event_id))
    expect(ids).toEqual(new Set([event_id]))
  })

  test('can be changed until 4 minutes before', async () => {
    const { sandbox, call, bots, event_id } = await booked()
    expect(await call('PATCH', { bot_name: 'Other' })).toMatchObject({ status: 200, body: { data: [{ event_id }] } })
    expect((await bots()).scheduled).toMatchObject([{ botName: 'Other', extra: { meetingId: 'm1' } }])
    await sandbox.advance(116 * minute)
    expect((await call('PATCH', { bot_name: 'Third' })).status).toBe(200)
    await sandbox.advance(1)
    expect(await call('PATCH', { bot_name: 'Late' })).toMatchObject({
      status: 409,
      body: { code: 'FST_ERR_BOT_STATUS' },
    })
  })

  test('can be called off before it is launched and while it is in the meeting, not after', async () => {
    const { sandbox, call, bots, events } = await booked()
    expect((await call('DELETE', {})).status).toBe(200)
    expect((await events())[0].bot_scheduled).toBe(false)
    expect((await call('DELETE', {})).status).toBe(409)
    await call('POST', bot)
    await sandbox.advance(125 * minute)
    expect((await call('DELETE', {})).status).toBe(200)
    await sandbox.advance(10 * minute)
    const all = (await bots()).bots
    expect(all).toMatchObject([{ status: 'completed', recordedSeconds: expect.any(Number) }])
    expect(all[0].recordedSeconds).toBeLessThan(400)
    expect((await call('DELETE', {})).status).toBe(409)
  })

  test('needs an event with a link, in the future, not cancelled, without a bot', async () => {
    const { add, act, sandbox, own, events, call } = await booked()
    expect((await call('POST', bot)).body).toMatchObject({ data: [], errors: [{ code: 'BOT_ALREADY_SCHEDULED' }] })
    await add({ start: at(200), meetingUrl: null, title: 'No link' })
    await add({ start: at(210), meetingUrl: 'https://acme.test/room', title: 'Elsewhere' })
    const off = await add({ start: at(220), title: 'Off' })
    await act(off.sourceId, 'decline')
    const codes: string[] = []
    for (const { event_id, series_id, title } of await events()) {
      if (title === 'Review') continue
      const answer = await sandbox.post(`${own}/bots`, { ...bot, series_id, event_id, all_occurrences: false })
      expect(answer).toMatchObject({
        status: 201,
        body: { success: true, data: [], errors: [{ event_id, details: null }] },
      })
      codes.push(answer.body.errors[0].code)
    }
    expect(codes).toEqual(['NO_MEETING_URL', 'INVALID_MEETING_PLATFORM', 'EVENT_CANCELLED'])
  })

  test('needs a series, and an event of that series', async () => {
    const { sandbox, own, target, add, call } = await booked()
    const other = await add({ start: at(300) })
    const ask = async (body: object) => (await sandbox.post(`${own}/bots`, { ...bot, ...body })).status
    const { series_id, event_id } = target
    const nobody = '7d2f9a1e-5c3b-4d8a-9e6f-0a1b2c3d4e5f'
    expect(await ask({ event_id, all_occurrences: false })).toBe(400)
    expect(await ask({ series_id, all_occurrences: false })).toBe(400)
    expect(await ask({ series_id, event_id })).toBe(400)
    expect(await ask({ ...target, meeting_url: meetUrl })).toBe(400)
    expect(await ask({ ...target, allow_multiple_bots: true })).toBe(400)
    expect(await ask({ ...target, series_id: nobody })).toBe(404)
    expect(await ask({ ...target, series_id: other.seriesId })).toBe(404)
    const unbooked = { series_id: other.seriesId, event_id: other.events[0].eventId }
    expect((await call('PATCH', unbooked)).status).toBe(404)
    expect((await call('DELETE', unbooked)).status).toBe(404)
  })
})

describe('a bot and its event', () => {
  test('moves with the event in time, and keeps the link it was booked with', async () => {
    const { sandbox, edit, event_id, bots, heard } = await booked()
    await edit(event_id, { start: at(180), meetingUrl: null })
    expect((await bots()).scheduled).toMatchObject([{ joinAt: at(180), meetingUrl: meetUrl }])
    expect(await heard()).toMatchObject([
      { data: { affected_instances: [{ bot_scheduled: true, meeting_url: null }] } },
    ])
    await sandbox.advance(130 * minute)
    expect((await bots()).bots).toEqual([])
    await sandbox.advance(51 * minute)
    expect((await bots()).bots).toMatchObject([{ eventId: event_id, meetingUrl: meetUrl, status: 'in_call_recording' }])
  })

  test('does not move when the event moves in the last 4 minutes, and a second bot is booked', async () => {
    const { sandbox, edit, event_id, bots } = await booked()
    await sandbox.advance(117 * minute)
    await edit(event_id, { start: at(150) })
    await sandbox.advance(10 * minute)
    const first = (await bots()).bots[0]
    expect(first).toMatchObject({ eventId: event_id, joinAt: at(120), status: 'in_call_recording' })
    await sandbox.advance(25 * minute)
    const { bots: both } = await bots()
    expect(both).toMatchObject([{ eventId: event_id, joinAt: at(150) }, { botId: first.botId }])
  })

  test('stays the only one when the event gets a new title or loses its link', async () => {
    const { sandbox, edit, event_id, bots } = await booked()
    await sandbox.advance(117 * minute)
    await edit(event_id, { title: 'Other' })
    await edit(event_id, { meetingUrl: null })
    expect((await bots()).scheduled).toHaveLength(1)
    await edit(event_id, { meetingUrl: 'https://zoom.us/j/123456789' })
    expect((await bots()).scheduled).toMatchObject([
      { meetingUrl: meetUrl },
      { meetingUrl: 'https://zoom.us/j/123456789' },
    ])
  })

  test('does not start when the event is cancelled, and leaves when that happens in the meeting', async () => {
    const { sandbox, act, event_id, bots, call, heard } = await booked()
    await act(event_id, 'cancel')
    expect((await heard())[0]?.data.cancelled_instances[0].bot_scheduled).toBe(false)
    expect((await bots()).scheduled).toMatchObject([{ status: 'cancelled' }])
    await act(event_id, 'restore')
    await call('POST', bot)
    await sandbox.advance(122 * minute)
    await act(event_id, 'decline')
    await sandbox.advance(minute)
    const history = (await bots()).bots[0].history.map(({ code }: any) => code)
    expect(history).toContain('call_ended')
  })

  test('survives its calendar only when it is in a meeting', async () => {
    const { sandbox, add, own, bots, target } = await booked()
    const later = await add({ start: at(600) })
    const series_id = later.seriesId
    await sandbox.post(`${own}/bots`, { ...bot, ...target, series_id, event_id: later.events[0].eventId })
    await sandbox.advance(122 * minute)
    await sandbox.call('DELETE', own)
    const { bots: running, scheduled } = await bots()
    expect(running).toMatchObject([{ status: 'in_call_recording' }])
    expect(scheduled).toMatchObject([{ status: 'cancelled' }])
  })

  test('is refused at launch if another bot has just gone there and the sandbox is set to refuse', async () => {
    const { sandbox, bots, heard } = await booked()
    await sandbox.post('/sandbox/calendars/settings', { uniqueBots: true })
    await sandbox.advance(116 * minute)
    await sandbox.send({ meeting_url: meetUrl })
    await sandbox.advance(4 * minute)
    expect((await bots()).bots[0]).toMatchObject({ status: 'failed', failure: { code: 'BOT_ALREADY_EXISTS' } })
    const failed = (await heard()).find(({ event }) => event === 'bot.failed')
    expect(failed?.data.error_code).toBe('BOT_ALREADY_EXISTS')
  })

  test('joins beside other bots by default, and is refused in a meeting whose scenario says so', async () => {
    const { sandbox, bots, add, own } = await booked()
    const { seriesId, events } = await add({
      start: at(120),
      meetingUrl: 'https://zoom.us/j/123456789?sandbox=already_exists',
    })
    const target = { series_id: seriesId, event_id: events[0].eventId, all_occurrences: false }
    await sandbox.post(`${own}/bots`, { ...bot, ...target })
    await sandbox.advance(116 * minute)
    await sandbox.send({ meeting_url: meetUrl })
    await sandbox.advance(5 * minute)
    const codes = (await bots()).bots.map(({ failure }: any) => failure?.code)
    expect(codes.toSorted()).toEqual(['BOT_ALREADY_EXISTS', undefined, undefined])
  })
})

describe('bots for all occurrences', () => {
  async function series() {
    const world = await startCalendar()
    const { seriesId } = await world.add({ start: at(120), recurrence: { frequency: 'weekly' } })
    await world.heard()
    const target = { series_id: seriesId, all_occurrences: true }
    const call = (method: string, body: object = {}) =>
      world.sandbox.call(method, `${world.own}/bots`, { ...target, ...body })
    const flags = async () => (await world.events()).map(({ bot_scheduled }: any) => bot_scheduled)
    return { ...world, seriesId, call, flags }
  }

  test('are booked for future occurrences, too, and only for those that can have a bot', async () => {
    const { call, events, act, flags, sandbox, edit, heard } = await series()
    const [first, second] = await events()
    await act(second.event_id, 'cancel')
    await heard()
    const answer = (await call('POST', bot)).body
    expect(answer).toMatchObject({
      data: { length: 4 },
      errors: [{ event_id: second.event_id, code: 'EVENT_CANCELLED' }],
    })
    expect(await flags()).toEqual([true, false, true, true, true])
    await edit(first.event_id, { title: 'Renamed' })
    expect(await heard()).toMatchObject([{ data: { series_bot_scheduled: true } }])
    await act(second.event_id, 'restore')
    expect(await flags()).toEqual(Array(5).fill(true))
    await sandbox.advance(6 * day * minute)
    expect(await flags()).toEqual(Array(6).fill(true))
  })

  test('can be changed and called off together', async () => {
    const { call, flags, sandbox, seriesId, must, own } = await series()
    expect((await call('DELETE')).status).toBe(404)
    expect((await call('PATCH', { bot_name: 'x' })).status).toBe(404)
    await call('POST', bot)
    await sandbox.advance(117 * minute)
    const changed = (await call('PATCH', { bot_name: 'Other' })).body
    expect(changed).toMatchObject({ data: { length: 4 }, errors: { length: 1 } })
    const { scheduled } = (await sandbox.get('/sandbox/bots')).body
    expect(scheduled.map(({ botName }: any) => botName)).toEqual(['Notetaker', ...Array(4).fill('Other')])
    expect((await call('DELETE')).body.data).toHaveLength(5)
    expect(await flags()).toEqual(Array(5).fill(false))
    await sandbox.advance(7 * day * minute)
    expect(await flags()).toEqual(Array(6).fill(false))
    expect((await must('GET', `${own}/series`)).data).toMatchObject([{ series_id: seriesId }])
  })
})
