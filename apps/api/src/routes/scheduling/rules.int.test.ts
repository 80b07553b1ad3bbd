import type { Meeting } from '@seer/core/meetings/meeting'
import { defaultRules, RecordingRules } from '@seer/core/rules/rules'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openRecordingUser, type RecordingUser } from '../../../testing/recordings.ts'
import { botsUrl, calendarUrl, clientOf, openTestApi, type TestApi } from '../../../testing/test-api.ts'
import { RulesPreview } from './preview-schema.ts'
import { StoredRules } from './rules-schema.ts'

let api: TestApi
let alice: RecordingUser
const url = `${calendarUrl}/rules`

beforeAll(async () => {
  api = await openTestApi()
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

const fieldsOf = (body: { errors: { path: string }[] }) => body.errors.map(({ path }) => path)

describe('GET /calendar/rules', () => {
  test('shows the defaults to a user who has set none', async () => {
    const { status, headers, body } = await alice.client('GET', url)
    expect([status, headers['etag']]).toEqual([200, '"0"'])
    expect(StoredRules.parse(body.data)).toEqual({ ...defaultRules, version: 0, updatedAt: null })
  })

  test('shows what was set, only to its user', async () => {
    await alice.putRules({
      enabled: true,
      include: { keywords: ['Sales', 'sales'] },
      pausedUntil: '2026-06-01T00:00:00+02:00',
    })
    const { headers, body } = await alice.client('GET', url)
    expect(headers['etag']).toBe('"1"')
    expect(StoredRules.parse(body.data)).toEqual({
      ...defaultRules,
      enabled: true,
      include: { keywords: ['sales'], people: [], domains: [] },
      pausedUntil: '2026-05-31T22:00:00.000Z',
      version: 1,
      updatedAt: '2026-05-05T10:00:00.000Z',
    })
    const bob = await openRecordingUser(api, 'bob')
    expect((await bob.client('GET', url)).body.data).toMatchObject({ enabled: false, version: 0 })
  })

  test('needs a key that may read; setting them needs one that may write', async () => {
    const reader = clientOf(api.app, await api.makeKey('reader', 'read'))
    expect((await reader('GET', url)).status).toBe(200)
    expect((await reader('POST', `${url}/preview`, { rules: {} })).status).toBe(200)
    expect(await reader('PUT', url, {})).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } })
    expect((await clientOf(api.app, null)('GET', url)).status).toBe(401)
  })
})

describe('PUT /calendar/rules', () => {
  test('replaces the whole rule set, and has the recordings decided on', async () => {
    await alice.putRules({ enabled: true, role: 'organizer', leadMinutes: 1 })
    api.queue.jobs.length = 0
    const { status, headers, body } = await alice.putRules({
      enabled: true,
      bot: { customBotConfig: { recording_mode: 'audio_only' } },
    })
    expect([status, headers['etag']]).toEqual([200, '"2"'])
    expect(StoredRules.parse(body.data)).toMatchObject({
      role: 'any',
      leadMinutes: 0,
      bot: { customBotName: null, customBotConfig: { recordingMode: 'audio_only' } },
      version: 2,
    })
    expect(api.queue.jobs).toEqual([{ name: 'schedule-recordings', payload: { userId: alice.calendar.userId } }])
  })

  test('with the same rules again changes nothing, and makes up for a job that was lost', async () => {
    const rules = {
      enabled: true,
      include: { domains: ['acme.com'] },
      bot: { customBotConfig: { entryMessage: 'Hi' } },
    }
    api.queue.state.isDown = true
    const first = await alice.putRules(rules)
    const owed = { name: 'schedule-recordings', payload: { userId: alice.calendar.userId } }
    expect([first.status, api.queue.leftToSweep]).toEqual([200, [owed]])
    api.queue.state.isDown = false
    api.clock.now = new Date('2026-05-05T11:00:00Z')
    const again = await alice.putRules(rules)
    expect([again.body, again.headers['etag']]).toEqual([first.body, '"1"'])
    expect(api.queue.jobs.map(({ name }) => name)).toEqual(['schedule-recordings'])
  })

  test('stores the defaults when they are what is asked for', async () => {
    expect((await alice.putRules({})).body.data).toEqual({
      ...defaultRules,
      version: 1,
      updatedAt: '2026-05-05T10:00:00.000Z',
    })
  })

  test('refuses fields that do not fit, and stores nothing', async () => {
    const wrong = { enabled: 'yes', leadMinutes: 16, colour: 'red', exclude: { domains: ['nothing'] }, version: 0 }
    const { status, body } = await alice.putRules(wrong)
    expect([status, body.code]).toEqual([400, 'VALIDATION_FAILED'])
    expect(fieldsOf(body).sort()).toEqual(['colour', 'enabled', 'exclude.domains.0', 'leadMinutes', 'version'])
    expect((await alice.putRules(undefined)).body.code).toBe('VALIDATION_FAILED')
    expect((await alice.client('GET', url)).body.data.version).toBe(0)
    expect(api.queue.jobs).toEqual([])
  })

  test('refuses rules that cannot work, and stores nothing', async () => {
    const { status, body } = await alice.putRules({
      participants: { min: 5, max: 2 },
      include: { people: [alice.email.toUpperCase()] },
      internalDomains: ['gmail.com'],
      pausedUntil: '2026-05-05T09:59:59Z',
      leadMinutes: 5,
    })
    expect([status, body.code]).toEqual([400, 'VALIDATION_FAILED'])
    const fields = [
      'include.people.0',
      'internalDomains.0',
      'leadMinutes',
      'leadMinutes',
      'participants.min',
      'pausedUntil',
    ]
    expect(fieldsOf(body).sort()).toEqual(fields)
    expect((await alice.client('GET', url)).body.data.version).toBe(0)
    expect(api.queue.jobs).toEqual([])
  })

  test('knows the user’s addresses also while access to a calendar is lost', async () => {
    const rules = { exclude: { people: [alice.email] } }
    await api.db.pool.query(`UPDATE calendar_integrations SET status = 'revoked' WHERE id = $1`, [alice.calendar.id])
    expect(fieldsOf((await alice.putRules(rules)).body)).toEqual(['exclude.people.0'])
    await api.db.pool.query(`UPDATE calendar_integrations SET status = 'failed' WHERE id = $1`, [alice.calendar.id])
    expect((await alice.putRules(rules)).status).toBe(200)
  })

  test('names 20 wrong fields at most', async () => {
    const names = Array.from({ length: 30 }, (_, i) => `p${i}@acme.com`)
    const { body } = await alice.putRules({ include: { people: names }, exclude: { people: names } })
    expect(body.errors).toHaveLength(20)
  })

  test('takes rules with every list full', async () => {
    const many = (make: (n: string) => string) =>
      Array.from({ length: 100 }, (_, i) => make(String(i).padStart(3, '0')))
    const people = many((n) => `${n}${'p'.repeat(50)}@${'d'.repeat(60)}.${'e'.repeat(60)}.${'f'.repeat(60)}.com`)
    const criteria = (kind: string) => ({
      keywords: many((n) => `${kind}${n}${'ж'.repeat(95)}`),
      people: people.map((person) => `${kind}${person}`),
      domains: many((n) => `${kind}${n}.${'g'.repeat(60)}.${'h'.repeat(60)}.${'i'.repeat(60)}.com`),
    })
    const rules = { include: criteria('y'), exclude: criteria('n') }
    expect(JSON.stringify(rules).length).toBeGreaterThan(65_536)
    expect((await alice.putRules(rules)).status).toBe(200)
    expect((await alice.preview({ rules })).status).toBe(200)
    expect((await alice.putRules({ ...rules, more: 'x'.repeat(262_144) })).body.code).toBe('BODY_TOO_LARGE')
  })

  test('with If-Match replaces only the rules that the caller has read', async () => {
    const enabled = { enabled: true }
    expect((await alice.putRules(enabled, { 'if-match': '"0"' })).status).toBe(200)
    const late = await alice.putRules({ role: 'guest' }, { 'if-match': '"0"' })
    expect([late.status, late.body.code, late.headers['etag']]).toEqual([409, 'RULES_CONFLICT', '"1"'])
    expect(late.body.detail).toContain('version 1')
    // The first answer may have been lost.
    expect((await alice.putRules(enabled, { 'if-match': '"0"' })).body.data.version).toBe(1)
    expect((await alice.putRules({ role: 'guest' }, { 'if-match': '"7", W/"1"' })).body.data.version).toBe(2)
    expect((await alice.putRules({}, { 'if-match': '*' })).body.data.version).toBe(3)
    expect((await alice.putRules(enabled, { 'if-match': '"abc"' })).status).toBe(409)
    for (const header of ['3', '"3', '"3" "4"', '']) {
      const { status, body } = await alice.putRules(enabled, { 'if-match': header })
      expect([header, status, body.errors?.[0].path]).toEqual([header, 400, 'if-match'])
    }
    expect((await alice.client('GET', url)).body.data).toMatchObject({ enabled: false, version: 3 })
  })

  test('of simultaneous changes without If-Match none fails, with it one gets through', async () => {
    const rules = Array.from({ length: 6 }, (_, i) => ({ leadMinutes: 0, participants: { min: i + 1 } }))
    const answers = await Promise.all(rules.map((one) => alice.putRules(one)))
    expect(answers.map(({ status, body }) => [status, body.data.version]).sort()).toEqual(
      rules.map((_, i) => [200, i + 1]),
    )
    const guarded = await Promise.all(
      rules.map((one) => alice.putRules({ ...one, role: 'guest' }, { 'if-match': '"6"' })),
    )
    expect(guarded.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409, 409])
  })

  test('may be repeated later when it never gets through', async () => {
    const { scheduling } = api.db
    const { saveRules } = scheduling
    scheduling.saveRules = async () => null
    const { status, body } = await alice.putRules({ enabled: true })
    scheduling.saveRules = saveRules
    expect([status, body.code]).toEqual([503, 'SERVICE_UNAVAILABLE'])
  })
})

describe('POST /calendar/rules/preview', () => {
  const rules = { enabled: true, include: { keywords: ['sales'] } }
  const at = (hours: number) => {
    const startTime = new Date(api.clock.now.getTime() + hours * 3_600_000)
    return { startTime, endTime: new Date(startTime.getTime() + 1_800_000) }
  }

  test('shows what would change, and changes nothing', async () => {
    await alice.putRules({ enabled: true, include: { keywords: ['review'] } })
    const sales = await alice.put({ title: 'Sales call', ...at(2) })
    const review = await alice.put({ title: 'Design review', ...at(3) })
    const both = await alice.put({ title: 'Sales review', ...at(4) })
    await alice.put({ title: 'Lunch', ...at(5) })
    await alice.autoSchedule()
    const before = await Promise.all([sales, review, both].map(alice.event))
    api.queue.jobs.length = 0
    const { status, body } = await alice.preview({ rules })
    const preview = RulesPreview.parse(body.data)
    expect(status).toBe(200)
    expect(preview).toMatchObject({
      problems: [],
      events: 4,
      current: { meetings: 2, hours: 1 },
      proposed: { meetings: 2, hours: 1 },
      added: {
        meetings: 1,
        events: 1,
        examples: [
          {
            id: sales,
            title: 'Sales call',
            startTime: '2026-05-05T12:00:00.000Z',
            before: { willRecord: false, winner: 'not_included' },
            after: { willRecord: true, winner: 'rules_match', message: 'Your rules say that this event is recorded.' },
          },
        ],
      },
      removed: { meetings: 1, events: 1, examples: [{ id: review }] },
      unchanged: { recorded: 1, notRecorded: 1 },
      reasons: { rules_match: 2, not_included: 2 },
    })
    expect(await Promise.all([sales, review, both].map(alice.event))).toEqual(before)
    expect((await alice.client('GET', url)).body.data.version).toBe(1)
    expect(api.queue.jobs).toEqual([])
  })

  test('looks as far ahead and gives as many examples as asked for', async () => {
    for (const hours of [2, 3, 30, 24 * 20]) await alice.put({ title: 'Sales', ...at(hours) })
    const shown = async (order: object) => {
      const { added } = (await alice.preview({ rules, ...order })).body.data
      return [added.events, added.examples.length]
    }
    expect(await shown({})).toEqual([4, 4])
    expect(await shown({ days: 1 })).toEqual([2, 2])
    expect(await shown({ days: 2, examples: 1 })).toEqual([3, 1])
    expect(await shown({ examples: 0 })).toEqual([4, 0])
  })

  test('takes overrides and bots that are booked into account', async () => {
    const skipped = await alice.put({ title: 'Sales one', ...at(2) })
    await alice.put({ title: 'Sales two', ...at(3) })
    await alice.client('DELETE', alice.eventUrl(skipped, '/schedule-recording'))
    const { body } = await alice.preview({ rules })
    expect(body.data).toMatchObject({ added: { events: 1 }, reasons: { override_skip: 1, rules_match: 1 } })
  })

  test('counts bots whose links were read differently when they were ordered, and writes nothing', async () => {
    const meetingUrl = 'https://zoom.us/j/91234567890'
    await alice.put({ title: 'Sales', meetingUrl, ...at(1) })
    const joinAt = at(1).startTime.toISOString()
    const { body: ordered } = await alice.client('POST', botsUrl, { meetingUrl, joinAt })
    const before = (await api.db.meetings.find(ordered.data.id)) as Meeting
    const next = { ...before, joinKey: 'zoom:as-read-before' }
    await api.db.meetings.saveChange({ before, next, entries: [], cause: 'worker' })
    const { body } = await alice.preview({ rules })
    expect(body.data).toMatchObject({ added: { events: 0 }, reasons: { manual_bot: 1 } })
    expect(await api.db.meetings.find(before.id)).toMatchObject({ joinKey: next.joinKey })
  })

  test('tells what is wrong with the rules and tries them all the same', async () => {
    await alice.put({ title: 'Sales' })
    const { status, body } = await alice.preview({ rules: { ...rules, pausedUntil: '2026-05-01T00:00:00Z' } })
    expect([status, body.data.added.events]).toEqual([200, 1])
    expect(body.data.problems).toEqual([{ path: 'pausedUntil', message: expect.stringContaining('past') }])
  })

  test.each([
    [{}, 'rules'],
    [{ rules: { enabled: 1 } }, 'rules.enabled'],
    [{ rules, days: 0 }, 'days'],
    [{ rules, days: 31 }, 'days'],
    [{ rules, examples: 101 }, 'examples'],
    [{ rules, examples: 1.5 }, 'examples'],
    [{ rules, weeks: 1 }, 'weeks'],
  ])('refuses %j', async (order, path) => {
    const { status, body } = await alice.preview(order)
    expect([status, body.code, fieldsOf(body)]).toEqual([400, 'VALIDATION_FAILED', [path]])
  })

  test('shows no events of others', async () => {
    await alice.put({ title: 'Sales' })
    const bob = await openRecordingUser(api, 'bob')
    expect((await bob.preview({ rules })).body.data).toMatchObject({ events: 0, added: { events: 0 } })
  })

  test('promises no more than the plan of the installation allows, before and after', async () => {
    const limited = await openTestApi({ vendor: { botsPerDay: 2 } })
    const [dora, erik] = [await openRecordingUser(limited, 'dora'), await openRecordingUser(limited, 'erik')]
    await erik.putRules({ enabled: true })
    await erik.put(at(2))
    await erik.autoSchedule()
    for (const hours of [2, 3, 4]) await dora.put({ title: 'Sales', ...at(hours) })
    const { body } = await dora.preview({ rules })
    expect(body.data).toMatchObject({
      current: { meetings: 0 },
      proposed: { meetings: 1 },
      added: { events: 1 },
      reasons: { rules_match: 1, daily_cap: 2 },
    })
    // What is promised is what is then booked; and as it stands, the other two wait.
    await dora.putRules(rules)
    expect(await dora.autoSchedule()).toMatchObject({ booked: 1 })
    expect((await dora.preview({ rules: { enabled: true } })).body.data).toMatchObject({
      current: { meetings: 1 },
      proposed: { meetings: 1 },
      reasons: { rules_match: 1, daily_cap: 2 },
    })
    await limited.close()
  })

  test('promises nothing where nothing is recorded by rule', async () => {
    const manual = await openTestApi({ policy: { byRule: false } })
    const carol = await openRecordingUser(manual, 'carol')
    await carol.put({ title: 'Sales' })
    expect((await carol.preview({ rules })).body.data).toMatchObject({
      proposed: { meetings: 0 },
      reasons: { rules_off: 1 },
    })
    await manual.close()
  })
})

test('documents the rules as a request and as an answer', async () => {
  const { components } = (await clientOf(api.app, null)('GET', '/openapi.json')).body
  const { RecordingRules: taken, StoredRules: shown } = components.schemas
  expect(Object.keys(taken.properties)).toEqual(Object.keys(RecordingRules.shape))
  expect([taken.required, taken.additionalProperties]).toEqual([undefined, false])
  expect(shown.required).toContain('version')
})
