import { newId } from '@seer/infra/ids'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openRecordingUser, type RecordingUser } from '../../../testing/recordings.ts'
import { botsUrl, calendarUrl, clientOf, openTestApi, type TestApi } from '../../../testing/test-api.ts'
import { CalendarEvent, CalendarEventWithDescription } from '../calendars/events/event-schema.ts'
import { DatedDecision } from './decision-schema.ts'

let api: TestApi
let alice: RecordingUser
let bob: RecordingUser

beforeAll(async () => {
  api = await openTestApi()
  bob = await openRecordingUser(api, 'bob')
})
afterAll(() => api.close())
beforeEach(async () => {
  api.queue.state.isDown = false
  api.queue.leftToSweep.length = 0
  api.clock.now = new Date('2026-05-05T10:00:00Z')
  alice = await openRecordingUser(api, 'alice')
  api.queue.jobs.length = 0
  api.logged.length = 0
})

const later = (ms: number) => {
  api.clock.now = new Date(api.clock.now.getTime() + ms)
}

const record = (id: string, body?: unknown, user = alice, headers = {}) =>
  user.client('POST', user.eventUrl(id, '/schedule-recording'), body, headers)
const skip = (id: string, body?: unknown, query = '', user = alice) =>
  user.client('DELETE', user.eventUrl(id, `/schedule-recording${query}`), body)
const override = (id: string, body: unknown, user = alice) => user.client('PUT', user.eventUrl(id, '/override'), body)
const botOf = async (botId: string) => (await alice.client('GET', `${botsUrl}/${botId}`)).body.data
const jobs = () => api.queue.jobs.map(({ name }) => name)

/** The bots of the user that have not ended, by event. */
async function activeBots(user = alice): Promise<string[]> {
  const { body } = await user.client('GET', `${botsUrl}?limit=100`)
  const active = body.data.filter((bot: any) => bot.endedAt === null && bot.leaveRequestedAt === null)
  return active.map((bot: any) => bot.calendarEventId)
}

describe('events', () => {
  test('say nothing before they are decided on, and then why and by which bot they are recorded', async () => {
    const [wanted, other] = [await alice.put({ title: 'Sales' }), await alice.put({ title: 'Lunch' })]
    const fresh = CalendarEventWithDescription.parse(await alice.event(wanted))
    const inherited = { event: 'inherit', series: 'inherit' }
    expect(fresh).toMatchObject({ willRecord: null, decision: null, override: inherited, botId: null })

    await alice.putRules({ enabled: true, include: { keywords: ['sales'] } })
    await alice.autoSchedule()
    const { data } = (await alice.get('/events')).body
    const events = new Map(data.map((event: CalendarEvent) => [event.id, CalendarEvent.strict().parse(event)]))
    const decidedAt = '2026-05-05T10:00:00.000Z'
    const message = 'Your rules say that this event is recorded.'
    expect(events.get(wanted)).toMatchObject({
      willRecord: true,
      override: inherited,
      botId: expect.any(String),
      decision: {
        willRecord: true,
        by: 'rules',
        winner: 'rules_match',
        message,
        reasons: [{ code: 'rules_match', message }],
        sharedWith: null,
        decidedAt,
      },
    })
    expect(events.get(other)).toMatchObject({
      willRecord: false,
      botId: null,
      decision: { by: 'rules', winner: 'not_included', decidedAt },
    })
    const single = await alice.event(wanted)
    expect(single).toEqual({ ...(events.get(wanted) as object), description: null })
    expect(await botOf(single.botId)).toMatchObject({ calendarEventId: wanted, state: 'pending' })
  })

  test('say which rule and what in the event decided', async () => {
    const id = await alice.put({ title: 'Salary talk' })
    await alice.putRules({ enabled: true, exclude: { keywords: ['salary'] } })
    await alice.autoSchedule()
    const { decision } = await alice.event(id)
    expect(decision.reasons[0]).toMatchObject({ code: 'excluded_keyword', rule: 'exclude.keywords', detail: 'salary' })
  })

  test('that share a bot name it', async () => {
    const team = await alice.connect({ rawCalendarId: alice.teamId })
    const meetingUrl = 'https://zoom.us/j/91234567890'
    const first = await alice.put({ meetingUrl })
    const second = await alice.put({ meetingUrl }, team)
    await alice.putRules({ enabled: true })
    expect(await alice.autoSchedule()).toMatchObject({ decided: 2, booked: 1 })
    const shown = await Promise.all([first, second].map(alice.event))
    expect(shown.map(({ willRecord, decision }) => [willRecord, decision.winner]).sort()).toEqual([
      [true, 'rules_match'],
      [true, 'shared_with_bot'],
    ])
    expect(shown[0].botId).toEqual(expect.any(String))
    expect(shown[1].botId).toBe(shown[0].botId)
  })

  test('name a bot that was ordered by hand', async () => {
    const meetingUrl = 'https://zoom.us/j/91234567891'
    const id = await alice.put({ meetingUrl })
    const bot = await alice.client('POST', botsUrl, { meetingUrl, joinAt: '2026-05-05T11:00:00Z' })
    await alice.autoSchedule()
    expect(await alice.event(id)).toMatchObject({
      willRecord: true,
      botId: bot.body.data.id,
      decision: { by: 'manual', winner: 'manual_bot', sharedWith: { meetingId: bot.body.data.id } },
    })
  })
})

describe('GET /calendar/events/:eventId/decisions', () => {
  test('tells every change, newest first', async () => {
    const id = await alice.put()
    const url = alice.eventUrl(id, '/decisions')
    expect((await alice.client('GET', url)).body).toEqual({ data: [] })
    await alice.autoSchedule()
    later(60_000)
    await record(id)
    later(60_000)
    await alice.autoSchedule()
    await skip(id)
    const { status, body } = await alice.client('GET', url)
    const decisions = body.data.map((decision: unknown) => DatedDecision.strict().parse(decision))
    expect(status).toBe(200)
    expect(decisions.map(({ winner, decidedAt }: DatedDecision) => [winner, decidedAt])).toEqual([
      ['override_skip', '2026-05-05T10:02:00.000Z'],
      ['override_record', '2026-05-05T10:01:00.000Z'],
      ['rules_off', '2026-05-05T10:00:00.000Z'],
    ])
    expect((await alice.event(id)).decision).toEqual(body.data[0])
  })

  test('tells the newest 100', async () => {
    const id = await alice.put()
    await api.db.pool.query(
      `INSERT INTO recording_decisions (event_id, decided_at, decision)
        SELECT $1, $2::timestamptz + n * interval '1 second',
          jsonb_build_object('willRecord', false, 'by', 'rules', 'winner', 'rules_off', 'reasons', '[]'::jsonb,
            'sharedWith', null) FROM generate_series(1, 130) n`,
      [id, api.clock.now],
    )
    const { data } = (await alice.client('GET', alice.eventUrl(id, '/decisions'))).body
    expect([data.length, data[0].decidedAt]).toEqual([100, '2026-05-05T10:02:10.000Z'])
  })
})

describe('POST /calendar/events/:eventId/schedule-recording', () => {
  test('has an event recorded whatever the rules say, by a bot as asked for', async () => {
    const id = await alice.put()
    const order = { customBotName: 'Notes', customBotConfig: { recording_mode: 'gallery_view' } }
    api.queue.jobs.length = 0
    const { status, headers, body } = await record(id, order)
    expect([status, headers['location']]).toEqual([202, alice.eventUrl(id)])
    expect(CalendarEventWithDescription.strict().parse(body.data)).toMatchObject({
      id,
      willRecord: true,
      override: { event: 'record', series: 'inherit' },
      decision: { by: 'override_event', winner: 'override_record', message: 'You chose to record this event.' },
    })
    expect(await botOf(body.data.botId)).toMatchObject({
      botName: 'Notes',
      botConfig: { recordingMode: 'gallery_view' },
      calendarEventId: id,
      joinAt: '2026-05-05T11:00:00.000Z',
    })
    // The worker may have planned at the same time, so it plans once more.
    expect(jobs()).toEqual(['create-bot', 'schedule-recordings'])
  })

  test('needs no body, and asking again books no other bot', async () => {
    const id = await alice.put()
    const first = await record(id)
    const again = await record(id, {})
    expect([first.status, again.status, again.body.data.botId]).toEqual([202, 202, first.body.data.botId])
    expect(await activeBots()).toEqual([id])
  })

  test('asked for many times at once books one bot', async () => {
    const id = await alice.put()
    const answers = await Promise.all(Array.from({ length: 6 }, () => record(id)))
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(202))
    expect(await activeBots()).toEqual([id])
  })

  test('gives the first answer again under the same Idempotency-Key', async () => {
    const id = await alice.put()
    const headers = { 'idempotency-key': newId() }
    const first = await record(id, {}, alice, headers)
    await skip(id)
    const again = await record(id, {}, alice, headers)
    expect([again.status, again.headers['idempotency-replayed'], again.body]).toEqual([202, 'true', first.body])
    expect(again.headers['location']).toBe(first.headers['location'])
    expect((await alice.event(id)).willRecord).toBe(false)
  })

  test('for a whole series', async () => {
    const seriesId = newId()
    const day = (n: number) => ({
      seriesId,
      isRecurring: true,
      startTime: new Date(`2026-05-0${n}T11:00:00Z`),
      endTime: new Date(`2026-05-0${n}T12:00:00Z`),
    })
    const [first, second] = [await alice.put(day(6)), await alice.put(day(7))]
    await skip(second)
    const { body } = await record(first, { allOccurrences: true })
    expect(body.data).toMatchObject({
      override: { event: 'inherit', series: 'record' },
      decision: { by: 'override_series', winner: 'series_override_record' },
    })
    // The word for the event counts before that for its series.
    expect(await alice.event(second)).toMatchObject({
      willRecord: false,
      override: { event: 'skip', series: 'record' },
    })
    expect(await activeBots()).toEqual([first])
  })

  test.each([
    ['cancelled', { status: 'cancelled' }],
    ['no_meeting_url', { meetingUrl: null, platform: null }],
    ['unsupported_platform', { meetingUrl: 'https://example.com/room', platform: null }],
    ['in_the_past', { startTime: new Date('2026-05-05T08:00:00Z'), endTime: new Date('2026-05-05T09:00:00Z') }],
  ] as const)('refuses an event for its fact %s, and stores nothing', async (code, facts) => {
    const sentences = {
      cancelled: 'The event was cancelled.',
      no_meeting_url: 'The event has no meeting link.',
      unsupported_platform: 'The link does not lead to Zoom, Google Meet or Microsoft Teams. (example.com)',
      in_the_past: 'The event is over.',
    }
    const id = await alice.put(facts)
    const refusal = { status: 409, body: { code: 'EVENT_NOT_RECORDABLE', detail: sentences[code] } }
    expect(await record(id)).toMatchObject(refusal)
    expect(await override(id, { value: 'record' })).toMatchObject(refusal)
    expect(await alice.event(id)).toMatchObject({ override: { event: 'inherit' } })
  })

  test('is taken although the queue is down', async () => {
    const id = await alice.put()
    api.queue.state.isDown = true
    expect((await record(id)).status).toBe(202)
    expect(api.queue.leftToSweep.map(({ name }) => name)).toEqual(['create-bot', 'schedule-recordings'])
  })
})

describe('DELETE /calendar/events/:eventId/schedule-recording', () => {
  test('calls the bot off and keeps others from being booked', async () => {
    const id = await alice.put()
    await alice.putRules({ enabled: true })
    await alice.autoSchedule()
    const { botId } = await alice.event(id)
    const { status, body } = await skip(id)
    expect(status).toBe(200)
    expect(CalendarEventWithDescription.strict().parse(body.data)).toMatchObject({
      willRecord: false,
      botId: null,
      override: { event: 'skip' },
      decision: { by: 'override_event', winner: 'override_skip' },
    })
    expect((await botOf(botId)).state).toBe('cancelled')
    expect((await skip(id)).body).toEqual(body)
    expect(await alice.autoSchedule()).toMatchObject({ decided: 0, booked: 0, ended: 0 })
    expect(await activeBots()).toEqual([])
  })

  test.each([
    ['?allOccurrences=true', undefined, 'series'],
    ['', { allOccurrences: true }, 'series'],
    ['', { allOccurrences: false }, 'event'],
    ['?allOccurrences=false', undefined, 'event'],
    ['', {}, 'event'],
  ] as const)('%s %j is for the %s', async (query, order, scope) => {
    const id = await alice.put()
    const { status, body } = await skip(id, order, query)
    expect([status, body.data.override]).toEqual([200, { event: 'inherit', series: 'inherit', [scope]: 'skip' }])
  })

  test('refuses other fields', async () => {
    const id = await alice.put()
    expect((await skip(id, { all: true })).body.code).toBe('VALIDATION_FAILED')
    expect((await skip(id, undefined, '?allOccurrences=1')).body.code).toBe('VALIDATION_FAILED')
    expect((await skip(id, undefined, '?all=true')).body.code).toBe('VALIDATION_FAILED')
  })
})

describe('PUT /calendar/events/:eventId/override', () => {
  test('says record, skip and, with inherit, as the rules say', async () => {
    const id = await alice.put()
    const said: unknown[] = []
    for (const value of ['record', 'skip', 'inherit']) {
      const { status, body } = await override(id, { value })
      said.push([status, body.data.override.event, body.data.willRecord, body.data.decision.winner])
    }
    expect(said).toEqual([
      [200, 'record', true, 'override_record'],
      [200, 'skip', false, 'override_skip'],
      [200, 'inherit', false, 'rules_off'],
    ])
    expect(await activeBots()).toEqual([])
  })

  test('gives a booked bot what it is to do differently', async () => {
    const id = await alice.put()
    const { botId } = (await record(id)).body.data
    const { body } = await override(id, { value: 'record', customBotName: 'Notes' })
    expect(body.data.botId).toBe(botId)
    expect((await botOf(botId)).botName).toBe('Notes')
    await override(id, { value: 'record', customBotConfig: {} })
    expect((await botOf(botId)).botName).toBe('Seer Meeting Bot')
  })

  test('for a whole series, which inherit takes back', async () => {
    const id = await alice.put()
    const series = async (value: string) => (await override(id, { value, allOccurrences: true })).body.data.override
    expect(await series('skip')).toEqual({ event: 'inherit', series: 'skip' })
    expect(await series('inherit')).toEqual({ event: 'inherit', series: 'inherit' })
  })

  test.each([
    [{}, 'value'],
    [{ value: 'maybe' }, 'value'],
    [{ value: 'record', colour: 'red' }, 'colour'],
    [{ value: 'record', allOccurrences: 'yes' }, 'allOccurrences'],
    [{ value: 'record', customBotName: ' ' }, 'customBotName'],
    [{ value: 'record', customBotConfig: { recordingMode: 'x' } }, 'customBotConfig.recordingMode'],
    [{ value: 'skip', customBotName: 'Notes' }, 'customBotName'],
    [{ value: 'inherit', customBotConfig: {} }, 'customBotConfig'],
  ])('refuses %j', async (order, path) => {
    const { status, body } = await override(newId(), order)
    expect([status, body.code, body.errors[0].path]).toEqual([400, 'VALIDATION_FAILED', path])
  })
})

describe('other users', () => {
  test('find nothing, and change nothing', async () => {
    const id = await alice.put()
    await record(id)
    const before = await alice.event(id)
    const bobsWays = [
      () => bob.client('GET', bob.eventUrl(id, '/decisions')),
      () => record(id, {}, bob),
      () => skip(id, {}, '', bob),
      () => override(id, { value: 'skip', allOccurrences: true }, bob),
      () => record(newId(), {}, bob),
    ]
    for (const ask of bobsWays) expect(await ask()).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
    expect(await bob.autoSchedule()).toEqual({ events: 0, decided: 0, booked: 0, moved: 0, ended: 0, shared: 0 })
    expect(await alice.event(id)).toEqual(before)
  })

  test('with a key that may only read change nothing of their own either', async () => {
    const reader = clientOf(api.app, await api.makeKey('reader', 'read'))
    const id = newId()
    expect((await reader('POST', alice.eventUrl(id, '/schedule-recording'))).status).toBe(403)
    expect((await reader('DELETE', alice.eventUrl(id, '/schedule-recording'))).status).toBe(403)
    expect((await reader('PUT', alice.eventUrl(id, '/override'), { value: 'skip' })).status).toBe(403)
    expect((await reader('POST', `${calendarUrl}/auto-schedule`)).status).toBe(403)
    expect((await reader('GET', alice.eventUrl(id, '/decisions'))).status).toBe(404)
  })

  test('refuses ids that are none', async () => {
    for (const ask of [record, skip, (id: string) => override(id, { value: 'skip' })]) {
      expect((await ask('42')).body.code).toBe('VALIDATION_FAILED')
    }
  })
})

describe('POST /calendar/auto-schedule', () => {
  test('decides and books, and the second time finds nothing to do', async () => {
    const id = await alice.put()
    await alice.put({ meetingUrl: null, platform: null })
    await alice.putRules({ enabled: true })
    const calls = api.calendarVendor.calls.length
    const none = { moved: 0, ended: 0, shared: 0 }
    expect(await alice.autoSchedule()).toEqual({ events: 2, decided: 2, booked: 1, ...none })
    expect(await alice.autoSchedule()).toEqual({ events: 2, decided: 0, booked: 0, ...none })
    expect([await activeBots(), api.calendarVendor.calls.length]).toEqual([[id], calls])
  })

  test('moves and ends bots with their events', async () => {
    const meetingUrl = 'https://zoom.us/j/91234567892'
    const id = await alice.put({ meetingUrl })
    await alice.putRules({ enabled: true })
    await alice.autoSchedule()
    const { botId } = await alice.event(id)
    const [startTime, endTime] = [new Date('2026-05-05T14:00:00Z'), new Date('2026-05-05T15:00:00Z')]
    await alice.put({ id, meetingUrl, startTime, endTime })
    expect(await alice.autoSchedule()).toMatchObject({ booked: 0, moved: 1, ended: 0 })
    expect((await botOf(botId)).joinAt).toBe('2026-05-05T14:00:00.000Z')
    await alice.putRules({ enabled: false })
    expect(await alice.autoSchedule()).toMatchObject({ decided: 1, booked: 0, moved: 0, ended: 1 })
  })

  test('books only by overrides where nothing is recorded by rule', async () => {
    const manual = await openTestApi({ policy: { byRule: false } })
    const carol = await openRecordingUser(manual, 'carol')
    const [byRule, byHand] = [await carol.put(), await carol.put()]
    await carol.putRules({ enabled: true })
    await carol.client('POST', carol.eventUrl(byHand, '/schedule-recording'))
    expect([await carol.event(byRule), await carol.event(byHand)]).toMatchObject([
      { willRecord: false, decision: { winner: 'rules_off' } },
      { willRecord: true },
    ])
    await manual.close()
  })

  test('takes no fields', async () => {
    expect((await alice.client('POST', `${calendarUrl}/auto-schedule`, { days: 3 })).body.code).toBe(
      'VALIDATION_FAILED',
    )
    expect((await alice.client('POST', `${calendarUrl}/auto-schedule`, {})).status).toBe(200)
  })
})

describe('DELETE /bots/:botId', () => {
  async function booked(): Promise<{ id: string; botId: string }> {
    const id = await alice.put()
    await alice.putRules({ enabled: true })
    await alice.autoSchedule()
    api.queue.jobs.length = 0
    return { id, botId: (await alice.event(id)).botId }
  }

  test('of a bot that was booked for an event keeps others from being booked for it', async () => {
    const { id, botId } = await booked()
    const { status, body } = await alice.client('DELETE', `${botsUrl}/${botId}`)
    expect([status, body.data.state]).toEqual([200, 'cancelled'])
    expect(new Set(jobs())).toEqual(new Set(['schedule-recordings']))
    expect(await alice.autoSchedule()).toMatchObject({ decided: 1, booked: 0 })
    expect(await alice.event(id)).toMatchObject({ override: { event: 'skip' }, willRecord: false, botId: null })
    expect((await override(id, { value: 'inherit' })).body.data).toMatchObject({ willRecord: true })
  })

  test('of a bot that has ended says nothing about its event', async () => {
    const { id, botId } = await booked()
    await alice.client('DELETE', `${botsUrl}/${botId}`)
    await override(id, { value: 'inherit' })
    expect((await alice.client('DELETE', `${botsUrl}/${botId}`)).status).toBe(200)
    expect((await alice.event(id)).override.event).toBe('inherit')
    expect(await activeBots()).toEqual([id])
  })

  test('of another user’s bot changes nothing', async () => {
    const { id, botId } = await booked()
    expect((await bob.client('DELETE', `${botsUrl}/${botId}`)).status).toBe(404)
    expect(await alice.event(id)).toMatchObject({ override: { event: 'inherit' }, botId })
  })

  test('of a bot that was ordered by hand says nothing about the event, which is decided on anew', async () => {
    const meetingUrl = 'https://zoom.us/j/91234567893'
    const id = await alice.put({ meetingUrl })
    const bot = await alice.client('POST', botsUrl, { meetingUrl, joinAt: '2026-05-05T11:00:00Z' })
    api.queue.jobs.length = 0
    expect((await alice.client('DELETE', `${botsUrl}/${bot.body.data.id}`)).status).toBe(200)
    expect([(await alice.event(id)).override.event, new Set(jobs())]).toEqual([
      'inherit',
      new Set(['schedule-recordings']),
    ])
  })

  test('writes down what the event is to do before it ends the bot', async () => {
    const { id, botId } = await booked()
    const { meetings } = api.db
    const { saveChange } = meetings
    meetings.saveChange = async () => {
      throw new Error('The database went away.')
    }
    expect((await alice.client('DELETE', `${botsUrl}/${botId}`)).status).toBe(500)
    meetings.saveChange = saveChange
    expect(await alice.autoSchedule()).toMatchObject({ booked: 0, ended: 1 })
    expect((await alice.event(id)).override.event).toBe('skip')
  })
})
