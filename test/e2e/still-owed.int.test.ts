/**
 * Changes that the vendor could not be told of, or for which it answers that there is nothing to do. Seer tells them
 * again until the vendor shows that they are done. API and worker as processes, the sandbox as Meeting BaaS and Google.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Client, meetingLink } from './client.ts'
import { eventually } from './eventually.ts'
import { openSeer, type Seer, usualBackend } from './seer.ts'

const minuteMs = 60_000
/** Seer sends the bot only what the canonical link has, and drops the rest of a link. */
const roomOf = (link: string) => link.split('?')[0] as string
const ended = ['completed', 'failed', 'cancelled']
const change = { method: 'PATCH', path: '/v2/bots/scheduled/*' }
const cancel = { method: 'DELETE', path: '/v2/bots/scheduled/*' }
const leave = { method: 'POST', path: '/v2/bots/*/leave' }

describe('what is still owed', () => {
  let seer: Seer
  beforeAll(async () => {
    const secrets = { GOOGLE_CLIENT_ID: 'test-google-client', GOOGLE_CLIENT_SECRET: 'not-a-secret' }
    const env = { ...secrets, ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64') }
    seer = await openSeer({ backend: usualBackend(), env })
  })
  afterEach(() => seer.vendor.clearFaults())
  afterAll(() => seer?.close())

  const rowOf = async (id: string) => (await seer.query('SELECT * FROM meetings WHERE id = $1', [id]))[0]

  /** Does at once what the sweep would do in two minutes. */
  async function twoMinutesLater(): Promise<void> {
    await seer.timePasses(2)
    await seer.sweep('requeue-stuck')
  }

  async function liveBots(links: string[]) {
    const bots = (await seer.vendor.bots()) as unknown as { status: string; meetingUrl: string }[]
    return bots.filter(
      ({ status, meetingUrl }) => links.map(roomOf).includes(roomOf(meetingUrl)) && !ended.includes(status),
    )
  }

  /** An event in an hour, its bot, and a user whose rules record the meeting. */
  async function booked(user: string) {
    const client: Client = await seer.newUser(user)
    const connection = { provider: 'google', refreshToken: user }
    const { body } = await client.call('POST', '/meetingbaas/calendar/setup', connection)
    await client.call('PUT', '/meetingbaas/calendar/rules', { enabled: true })
    const [link, other] = [meetingLink(), meetingLink()]
    const startsAt = Math.floor(Date.now() / 1_000) * 1_000 + 60 * minuteMs
    await seer.vendor.jumpTo(Math.max(seer.vendor.now(), Date.now()))
    const events = `/calendars/${body.data.calendarId}/events`
    const made = await seer.vendor.control('POST', events, {
      title: 'Planning',
      start: new Date(startsAt).toISOString(),
      minutes: 60,
      meetingUrl: link,
      attendees: [{ email: user, response: 'accepted' }],
    })
    const { eventId } = made.events[0]
    const meeting = await eventually(async () => {
      const [row] = await seer.query('SELECT * FROM meetings WHERE calendar_event_id = $1', [eventId])
      expect(row?.processing_status).toBe('scheduled')
      return row
    })
    const move = () => seer.vendor.control('PATCH', `${events}/${eventId}`, { meetingUrl: other })
    return { link, other, id: meeting.id as string, startsAt, move }
  }

  /** The event gets another link, and the vendor cannot be told. */
  async function movedUntold(user: string) {
    const story = await booked(user)
    const struck = await seer.vendor.fault({ kind: 'status', status: 503, match: change })
    await story.move()
    await eventually(async () => expect(await struck()).toBeGreaterThan(0))
    expect(await rowOf(story.id)).toMatchObject({ change_owed: true })
    return story
  }

  test('a booking whose move the vendor has not heard of is moved later, although a sync has looked at it', async () => {
    const { id, link, other } = await movedUntold('look@acme.test')
    await seer.query('UPDATE meetings SET look_due_at = now(), due_at = now() WHERE id = $1', [id])
    await seer.sweep('requeue-stuck')
    await eventually(async () => expect(await rowOf(id)).toMatchObject({ look_due_at: null, change_owed: true }))
    await seer.vendor.clearFaults()
    await twoMinutesLater()
    await eventually(async () =>
      expect(await liveBots([link, other])).toMatchObject([{ meetingUrl: roomOf(other), status: 'scheduled' }]),
    )
    await eventually(async () => expect(await rowOf(id)).toMatchObject({ change_owed: false, due_at: null }))
  })

  test('a bot whose move the vendor has not heard of leaves the old meeting, although statuses have come', async () => {
    const { id, link, other, startsAt } = await movedUntold('status@acme.test')
    await seer.vendor.jumpTo(startsAt + minuteMs)
    await seer.vendor.advance(8)
    await seer.settled()
    await seer.vendor.clearFaults()
    await twoMinutesLater()
    await eventually(async () => expect(await rowOf(id)).toMatchObject({ leave_requested_at: expect.any(Date) }))
    await eventually(async () => {
      await seer.vendor.advance(1)
      expect(await liveBots([link])).toEqual([])
    })
    expect((await liveBots([other])).length).toBeLessThan(2)
  })

  test('a bot that was called off and that the vendor calls gone leaves if it comes after all', async () => {
    await seer.vendor.jumpTo(Math.max(seer.vendor.now(), Date.now()))
    const joinAt = new Date(seer.vendor.now() + 10 * minuteMs).toISOString()
    const { id } = await seer.order({ meetingUrl: meetingLink(), joinAt })
    await seer.reaches(id, 'scheduled')
    await seer.vendor.fault({ kind: 'status', status: 409, code: 'FST_ERR_BOT_STATUS', match: cancel })
    const missed = { kind: 'status', status: 404, code: 'FST_ERR_BOT_NOT_FOUND_BY_ID', match: leave }
    const struck = await seer.vendor.fault(missed)
    await seer.end(id)
    await eventually(async () => {
      // The look that follows the answer has ended as well: a job that still runs would write its own idea of the time.
      const told = { leave_sent_at: expect.any(Date), look_due_at: null, processing_status: 'scheduled' }
      expect(await rowOf(id)).toMatchObject(told)
    })
    expect(await seer.bot(id)).toMatchObject({ state: 'scheduled', waitingFor: expect.stringMatching(/^VENDOR_/) })
    await twoMinutesLater()
    await eventually(async () => expect(await struck()).toBeGreaterThan(1))
    // The bot comes, and gets no message while the vendor says that it does not exist.
    await seer.vendor.advance(12 * 60)
    await seer.settled()
    expect((await seer.bot(id)).state).toBe('recording')
    await seer.vendor.clearFaults()
    await seer.timePasses(2)
    await eventually(async () => {
      await seer.vendor.advance(1)
      expect((await seer.vendor.botsOf(id)).filter(({ status }) => !ended.includes(status))).toEqual([])
    })
    await seer.reaches(id, 'completed')
    await eventually(async () => expect(await rowOf(id)).toMatchObject({ due_at: null }))
  })
})
