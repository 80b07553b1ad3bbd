/**
 * One bot for several users in one meeting: API and workers as processes, the sandbox as Meeting BaaS and as Google.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Client, meetingLink } from './client.ts'
import { eventually } from './eventually.ts'
import { openSeer, type Seer, usualBackend } from './seer.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const ended = ['completed', 'failed', 'cancelled']
let accounts = 0
let seer: Seer

type Person = Client & { calendarId: string; email: string }

beforeAll(async () => {
  const secrets = { GOOGLE_CLIENT_ID: 'test-google-client', GOOGLE_CLIENT_SECRET: 'not-a-secret' }
  const env = { ...secrets, ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'), BOT_SHARING_LATE: 'status' }
  seer = await openSeer({ backend: usualBackend(), env, workers: 2 })
})
afterAll(() => seer?.close())

async function person(domain = 'acme.test'): Promise<Person> {
  const email = `person-${++accounts}@${domain}`
  const client = await seer.newUser(email)
  const order = { provider: 'google', refreshToken: email }
  const { body } = await client.call('POST', '/meetingbaas/calendar/setup', order)
  expect((await client.call('PUT', '/meetingbaas/calendar/rules', { enabled: true })).status).toBe(200)
  return { ...client, calendarId: body.data.calendarId, email }
}

/** Puts the meeting into somebody's calendar. @returns the id of the event */
async function invite({ calendarId }: Person, meetingUrl: string, start: number): Promise<string> {
  const event = { title: 'Planning', start: new Date(start).toISOString(), minutes: 60, meetingUrl }
  const made = await seer.vendor.control('POST', `/calendars/${calendarId}/events`, event)
  return made.events[0].eventId
}

const change = ({ calendarId }: Person, eventId: string, method: string, path = '', body: object = {}) =>
  seer.vendor.control(method, `/calendars/${calendarId}/events/${eventId}${path}`, body)
const eventOf = async (who: Person, eventId: string) =>
  (await who.call('GET', `/meetingbaas/calendar/events/${eventId}`)).body.data
const botOf = async (who: Person, botId: string) => {
  const { status, body } = await who.call('GET', `/meetingbaas/bots/${botId}`)
  return status === 200 ? body.data : status
}

/** The bots and bookings for a link that have not ended. */
async function liveBots(link: string) {
  const bots = (await seer.vendor.bots()) as unknown as { status: string; meetingUrl: string; botId: string }[]
  return bots.filter(({ meetingUrl, status }) => meetingUrl === link && !ended.includes(status))
}

const decides = (who: Person, eventId: string, winner: string) =>
  eventually(async () => {
    const event = await eventOf(who, eventId)
    expect(event.decision?.winner).toBe(winner)
    return event
  })

/** Two colleagues in one meeting. The first is the owner of the bot. */
async function meetingOfTwo(start: number) {
  const [ines, bo] = [await person(), await person()]
  const link = meetingLink()
  const first = await invite(ines, link, start)
  const { botId } = await eventually(async () => {
    const event = await eventOf(ines, first)
    expect(event.botId).toBeTruthy()
    return event
  })
  const second = await invite(bo, link, start)
  const shared = await decides(bo, second, 'shared_with_bot')
  expect(shared).toMatchObject({ botId, decision: { willRecord: true, sharedWith: { meetingId: botId } } })
  return { ines, bo, link, first, second, botId: botId as string }
}

const inADay = () => Math.max(seer.vendor.now(), Date.now()) + 24 * hourMs

describe('colleagues in one meeting', () => {
  test('have one bot, which stays for each user who still wants it, and leaves with the last', async () => {
    const { ines, bo, link, first, second, botId } = await meetingOfTwo(inADay())
    expect(await liveBots(link)).toHaveLength(1)
    expect(await botOf(ines, botId)).toMatchObject({ role: 'owner', sharedWithOthers: 1, calendarEventId: first })
    expect(await botOf(bo, botId)).toMatchObject({ role: 'subscriber', calendarEventId: second })
    await change(ines, first, 'DELETE')
    await eventually(async () => expect(await botOf(bo, botId)).toMatchObject({ role: 'owner', state: 'scheduled' }))
    expect(await botOf(ines, botId)).toBe(404)
    await decides(bo, second, 'rules_match')
    expect(await liveBots(link)).toHaveLength(1)
    await bo.call('DELETE', `/meetingbaas/calendar/events/${second}/schedule-recording`)
    await eventually(async () => expect(await liveBots(link)).toEqual([]))
    await bo.reaches(botId, 'cancelled')
  })

  test('have one bot even when two workers plan for them at once', async () => {
    const people = await Promise.all(Array.from({ length: 6 }, () => person()))
    const link = meetingLink()
    const start = inADay()
    const events = await Promise.all(people.map((who) => invite(who, link, start)))
    await eventually(async () => {
      const shown = await Promise.all(people.map((who, i) => eventOf(who, events[i] as string)))
      expect(shown.map(({ decision }) => decision?.willRecord)).toEqual(people.map(() => true))
      expect(new Set(shown.map(({ botId }) => botId)).size).toBe(1)
      expect(await liveBots(link)).toHaveLength(1)
    })
  })

  test('get the booked bot when one of them orders a bot', async () => {
    const { ines, link, botId } = await meetingOfTwo(inADay())
    const kim = await person()
    const { joinAt } = await botOf(ines, botId)
    const { status, body } = await kim.call('POST', '/meetingbaas/bots', { meetingUrl: link, joinAt, extra: { a: 1 } })
    expect([status, body.data.id, body.data.role, body.data.extra]).toEqual([200, botId, 'subscriber', { a: 1 }])
    expect((await botOf(ines, botId)).extra).toBeNull()
    expect(await liveBots(link)).toHaveLength(1)
  })
})

describe('in the meeting', () => {
  test('the bot goes on for the other user when its owner leaves, and a user who comes late sees no recording', async () => {
    await seer.vendor.jumpTo(Math.max(seer.vendor.now(), Date.now()))
    const start = Math.floor(seer.vendor.now() / 1_000) * 1_000 - 2 * minuteMs
    const { ines, bo, link, first, second, botId } = await meetingOfTwo(start)
    await untilRecording(link)
    expect((await eventually(() => botRecording(bo, botId))).recordingHidden).toBe(false)
    await ines.call('DELETE', `/meetingbaas/calendar/events/${first}/schedule-recording`)
    expect(await botOf(ines, botId)).toBe(404)
    expect(await botOf(bo, botId)).toMatchObject({ role: 'owner', state: 'recording', calendarEventId: second })
    const kim = await person()
    const third = await invite(kim, link, start)
    await decides(kim, third, 'shared_with_bot')
    await seer.playOut()
    const completed = await eventually(async () => {
      const bot = await botOf(bo, botId)
      expect(bot.state).toBe('completed')
      return bot
    })
    expect(completed.recordingUrl).toBeTruthy()
    expect(await botOf(kim, botId)).toMatchObject({ recordingHidden: true, recordingUrl: null, speakers: null })
    await decides(bo, second, 'already_visited')
    await decides(kim, third, 'already_visited')
    expect(await botOf(ines, botId)).toBe(404)
  })

  async function botRecording(who: Person, botId: string) {
    const bot = await botOf(who, botId)
    expect(bot.state).toBe('recording')
    return bot
  }

  async function untilRecording(link: string): Promise<void> {
    for (let i = 0; i < 40; i++) {
      if ((await liveBots(link))[0]?.status === 'in_call_recording') return await seer.settled()
      await seer.vendor.advance(5)
    }
    throw new Error('The bot does not record.')
  }
})

describe('others', () => {
  test('of another company, or with an address of a mail provider, have a bot of their own', async () => {
    const link = meetingLink()
    const start = inADay()
    const people = [await person(), await person('other.test'), await person('gmail.com'), await person('gmail.com')]
    const events = await Promise.all(people.map((who) => invite(who, link, start)))
    const shown = await Promise.all(people.map((who, i) => decides(who, events[i] as string, 'rules_match')))
    await eventually(async () => expect(await liveBots(link)).toHaveLength(4))
    const ids = await Promise.all(people.map(async (who, i) => (await eventOf(who, events[i] as string)).botId))
    expect(new Set(ids).size).toBe(shown.length)
    expect(await botOf(people[1] as Person, ids[0])).toBe(404)
  })
})
