/**
 * The daily limit of the Meeting BaaS plan: known to Seer, whose users share it, and found out when Meeting BaaS
 * refuses. API and workers as processes, the sandbox as Meeting BaaS and Google.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Client, meetingLink } from './client.ts'
import { eventually } from './eventually.ts'
import { openSeer, type Seer, type SeerOptions, usualBackend } from './seer.ts'

const minuteMs = 60_000
const secrets = {
  GOOGLE_CLIENT_ID: 'test-google-client',
  GOOGLE_CLIENT_SECRET: 'not-a-secret',
  ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'),
}

type User = Client & { calendarId: string; winners: () => Promise<string[]> }

/** A Seer with calendars. */
async function openRecorder(env: Record<string, string>, options: Partial<SeerOptions> = {}): Promise<Seer> {
  return await openSeer({ backend: usualBackend(), ...options, env: { ...secrets, ...env } })
}

async function newUser(seer: Seer, name: string): Promise<User> {
  const client = await seer.newUser(name)
  const order = { provider: 'google', refreshToken: name }
  const { calendarId } = (await client.call('POST', '/meetingbaas/calendar/setup', order)).body.data
  const events = async () => (await client.call('GET', '/meetingbaas/calendar/events')).body.data
  const winners = async () => (await events()).map((each: any) => each.decision?.winner ?? 'undecided').sort()
  return { ...client, calendarId, winners }
}

const record = (user: User) => user.call('PUT', '/meetingbaas/calendar/rules', { enabled: true })
const schedule = (user: User) => user.call('POST', '/meetingbaas/calendar/auto-schedule')

/** Puts an event of an hour into the calendar at Google. Returns its id. */
async function put(seer: Seer, { calendarId }: User, inMinutes: number, meetingUrl = meetingLink()): Promise<string> {
  const start = new Date(Math.floor(Date.now() / minuteMs) * minuteMs + inMinutes * minuteMs).toISOString()
  const event = { title: 'Planning', start, minutes: 60, meetingUrl }
  return (await seer.vendor.control('POST', `/calendars/${calendarId}/events`, event)).events[0].eventId
}

describe('a plan of three bots a day', () => {
  let seer: Seer
  let users: [User, User]
  let events: string[]
  beforeAll(async () => {
    seer = await openRecorder({ MEETINGBAAS_DAILY_BOT_CAP: '3' }, { workers: 2 })
    users = [await newUser(seer, 'ines@acme.test'), await newUser(seer, 'bo@other.test')]
    events = []
    for (const [i, user] of users.entries())
      for (const inHours of [2, 4, 6]) events.push(await put(seer, user, inHours * 60 + i))
  })
  afterAll(() => seer?.close())

  const live = async () => (await seer.vendor.bots()).filter(({ status }) => status === 'scheduled')
  const capacity = async () => (await seer.call('GET', '/health')).body.capacity
  const winners = async () => (await Promise.all(users.map((user) => user.winners()))).flat().sort()
  const half = ['daily_cap', 'daily_cap', 'daily_cap', 'rules_match', 'rules_match', 'rules_match']

  test('two users who are planned at the same time share the plan, and waiting events say so', async () => {
    await eventually(async () => expect(await winners()).toHaveLength(6))
    await Promise.all(users.map(record))
    await eventually(async () => expect(await winners()).toEqual(half))
    await eventually(async () => expect(await live()).toHaveLength(3))
    expect(await capacity()).toEqual({ botsPerDay: 3, last24Hours: 0, next24Hours: 3, waiting: 3 })
  })

  test('repeated plans neither book nor cancel a bot', async () => {
    const before = (await live()).map(({ botId }) => botId)
    for (let i = 0; i < 3; i++) {
      const results = await Promise.all(users.map(schedule))
      expect(results.map(({ body }) => body.data)).toEqual(
        users.map(() => ({ events: 3, decided: 0, booked: 0, moved: 0, ended: 0, shared: 0 })),
      )
    }
    expect((await seer.vendor.bots()).map(({ botId }) => botId)).toEqual(before)
  })

  test('when a recorded event is cancelled, a waiting event gets a bot', async () => {
    const recorded = []
    for (const user of users) {
      const { data } = (await user.call('GET', '/meetingbaas/calendar/events')).body
      for (const { id, decision } of data) if (decision.willRecord) recorded.push({ id, user })
    }
    const { id, user } = recorded[0] as { id: string; user: User }
    await seer.vendor.control('POST', `/calendars/${user.calendarId}/events/${id}/cancel`)
    await eventually(async () => expect(await user.winners()).toContain('cancelled'))
    const after = ['cancelled', 'daily_cap', 'daily_cap', 'rules_match', 'rules_match', 'rules_match']
    // Plans are made again and again, as by the sweep: the place is free only when the bot is gone, and then it may be the
    // other user's turn.
    await eventually(async () => {
      await Promise.all(users.map(schedule))
      expect(await winners()).toEqual(after)
    })
    await eventually(async () => expect(await live()).toHaveLength(3))
    expect(await capacity()).toMatchObject({ next24Hours: 3, waiting: 2 })
  })

  test('a bot that is ordered by hand is sent all the same', async () => {
    const { id } = await seer.order({ meetingUrl: meetingLink() })
    await seer.reaches(id, 'queued')
    expect(await capacity()).toMatchObject({ last24Hours: 1, next24Hours: 3 })
  })
})

describe('a plan that Seer does not know', () => {
  let seer: Seer
  beforeAll(async () => {
    seer = await openRecorder({})
  })
  afterAll(() => seer?.close())

  test('a bot that Meeting BaaS refuses to start waits with the reason, and comes when the day has room', async () => {
    await seer.vendor.control('POST', '/limits', { dailyCap: 1 })
    await seer.vendor.post('/v2/bots', { bot_name: 'Other', meeting_url: meetingLink() })
    const user = await newUser(seer, 'ines@acme.test')
    await record(user)
    const link = meetingLink()
    await put(seer, user, 10, link)
    await eventually(async () => expect(await user.winners()).toEqual(['rules_match']))
    const bots = async () => (await user.call('GET', '/meetingbaas/bots')).body.data
    await eventually(async () => expect(await bots()).toMatchObject([{ state: 'scheduled' }]))

    // The event begins: the vendor's time and ours.
    await seer.timePasses(10)
    await seer.query(`UPDATE calendar_events SET start_time = start_time - interval '10 minutes',
      end_time = end_time - interval '10 minutes'`)
    await seer.query(`UPDATE meetings SET event_starts_at = event_starts_at - interval '10 minutes',
      event_ends_at = event_ends_at - interval '10 minutes'`)
    await seer.vendor.jumpTo(seer.vendor.now() + 11 * minuteMs)
    const waiting = await eventually(async () => {
      const found = (await bots()).filter(({ state }: any) => state === 'pending')
      expect(found).toMatchObject([{ waitingFor: expect.stringMatching(/^VENDOR_DAILY_CAP: .+/) }])
      return found[0]
    })
    expect(await user.winners()).toEqual(['rules_match'])
    const pauses = async () => (await seer.call('GET', '/health')).body.vendorPauses
    expect(await pauses()).toMatchObject([{ kind: 'creates' }])

    // Half an hour later, long after a bot ordered by hand would have been given up, it is tried and refused again.
    await seer.timePasses(30)
    expect(await pauses()).toEqual([])
    await seer.sweep('requeue-stuck')
    await seer.sweep('schedule-recordings-sweep')
    await eventually(async () => {
      expect(await pauses()).toMatchObject([{ kind: 'creates' }])
      // The sweep gave it seconds; the refusal, which is noted last, gives it two minutes.
      const isNoted = `due_at > now() + interval '1 minute' AND processing_status = 'pending'`
      expect(await seer.query(`SELECT 1 FROM meetings WHERE id = $1 AND ${isNoted}`, [waiting.id])).toHaveLength(1)
    })

    await seer.vendor.control('POST', '/limits', { dailyCap: 0 })
    await seer.timePasses(5)
    await seer.sweep('requeue-stuck')
    const { meetingBaasId } = await user.reaches(waiting.id, 'queued')
    expect(await seer.vendor.botsOf(waiting.id)).toMatchObject([{ botId: meetingBaasId }])
    expect((await bots()).map(({ state }: any) => state).sort()).toEqual(['failed', 'queued'])
  })
})
