/**
 * Stories of auto-scheduling: a user has rules and an event, and something changes at some moment. Then the test checks
 * which bots are at the vendor, when they join, and what the event's decision says. API and worker as processes, the
 * sandbox as Meeting BaaS and Google.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Client, meetingLink } from './client.ts'
import { eventually } from './eventually.ts'
import { openSeer, type Seer, usualBackend } from './seer.ts'

const minuteMs = 60_000

/** When the story happens, in minutes before the event begins. */
const moments = { 'days before': 2 * 1_440, 'an hour before': 60, 'three minutes before': 3, 'in the meeting': -2 }
type Moment = keyof typeof moments

type Change = {
  says: string
  /** What happens at Google, or what the user does in Seer. */
  make: (story: Story) => Promise<unknown>
  /** By how many minutes the time of a booked bot has changed afterwards; null: there is no bot. */
  bot: number | null
  /** Whether the bot goes to the new link. */
  newLink?: boolean
  decision: string
}

type Story = {
  /** Lets some time pass at the vendor, because bots need it to leave. */
  tick: () => Promise<void>
  seer: Seer
  client: Client
  user: string
  calendarId: string
  eventId: string
  startsAt: number
  link: string
  other: string
}

const event = ({ seer, calendarId, eventId }: Story, method: string, path = '', body: object = {}) =>
  seer.vendor.control(method, `/calendars/${calendarId}/events/${eventId}${path}`, body)
const at = (ms: number) => new Date(ms).toISOString()

const changes: Change[] = [
  { says: 'nothing', make: async () => {}, bot: 0, decision: 'rules_match' },
  {
    says: 'it is renamed',
    make: (s) => event(s, 'PATCH', '', { title: 'Another name' }),
    bot: 0,
    decision: 'rules_match',
  },
  { says: 'it is cancelled', make: (s) => event(s, 'POST', '/cancel'), bot: null, decision: 'cancelled' },
  { says: 'it is declined', make: (s) => event(s, 'POST', '/decline'), bot: null, decision: 'declined' },
  { says: 'it is deleted', make: (s) => event(s, 'DELETE'), bot: null, decision: 'removed' },
  {
    says: 'its link is removed',
    make: (s) => event(s, 'PATCH', '', { meetingUrl: null }),
    bot: null,
    decision: 'no_meeting_url',
  },
  {
    says: 'its link becomes one that no bot can join',
    make: (s) => event(s, 'PATCH', '', { meetingUrl: 'https://example.test/room' }),
    bot: null,
    decision: 'unsupported_platform',
  },
  {
    says: 'its link is changed',
    make: (s) => event(s, 'PATCH', '', { meetingUrl: s.other }),
    bot: 0,
    newLink: true,
    decision: 'rules_match',
  },
  {
    says: 'it is moved by three hours',
    make: (s) => event(s, 'PATCH', '', { shiftMinutes: 180 }),
    bot: 180,
    decision: 'rules_match',
  },
  {
    says: 'the user skips it',
    make: (s) => s.client.call('PUT', `/meetingbaas/calendar/events/${s.eventId}/override`, { value: 'skip' }),
    bot: null,
    decision: 'override_skip',
  },
  {
    says: 'the user switches the rules off',
    make: (s) => s.client.call('PUT', '/meetingbaas/calendar/rules', { enabled: false }),
    bot: null,
    decision: 'rules_off',
  },
  {
    says: 'the user excludes its title',
    make: (s) =>
      s.client.call('PUT', '/meetingbaas/calendar/rules', { enabled: true, exclude: { keywords: ['planning'] } }),
    bot: null,
    decision: 'excluded_keyword',
  },
  {
    says: 'the user pauses recording',
    make: (s) =>
      s.client.call('PUT', '/meetingbaas/calendar/rules', {
        enabled: true,
        pausedUntil: at(Date.now() + 9 * 1_440 * minuteMs),
      }),
    bot: null,
    decision: 'paused',
  },
  {
    says: 'the user wants only internal meetings',
    make: (s) => s.client.call('PUT', '/meetingbaas/calendar/rules', { enabled: true, record: 'internal' }),
    bot: null,
    decision: 'not_internal',
  },
  {
    says: 'the user switches the rules off but wants this one',
    make: async (s) => {
      await s.client.call('POST', `/meetingbaas/calendar/events/${s.eventId}/schedule-recording`, {})
      await s.client.call('PUT', '/meetingbaas/calendar/rules', { enabled: false })
    },
    bot: 0,
    decision: 'override_record',
  },
  {
    says: 'it is cancelled and restored',
    make: async (s) => {
      await event(s, 'POST', '/cancel')
      await eventually(async () => {
        await s.tick()
        expect(await botsOf(s)).toEqual([])
      })
      await event(s, 'POST', '/restore')
    },
    bot: 0,
    decision: 'rules_match',
  },
]

/** Live bots and bookings with a link of the story. */
async function botsOf({ seer, link, other }: Story) {
  const ended = ['completed', 'failed', 'cancelled']
  const bots = (await seer.vendor.bots()) as unknown as { status: string; meetingUrl: string; joinAt: string | null }[]
  return bots.filter(({ meetingUrl, status }) => [link, other].includes(meetingUrl) && !ended.includes(status))
}

/** Stories in which bots are in meetings move the vendor's time, so they have their own vendor. */
const groups: Moment[][] = [['days before', 'an hour before', 'three minutes before'], ['in the meeting']]

describe.each(groups.map((group) => [group]))('auto-scheduling, %s', (group) => {
  let seer: Seer
  let stories = 0
  beforeAll(async () => {
    const secrets = { GOOGLE_CLIENT_ID: 'test-google-client', GOOGLE_CLIENT_SECRET: 'not-a-secret' }
    const env = { ...secrets, ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64') }
    seer = await openSeer({ backend: usualBackend(), env })
  })
  afterAll(() => seer?.close())

  async function begin(moment: Moment): Promise<Story> {
    const user = `user-${++stories}@acme.test`
    const client = await seer.newUser(user)
    const { body } = await client.call('POST', '/meetingbaas/calendar/setup', {
      provider: 'google',
      refreshToken: user,
    })
    const { calendarId } = body.data
    expect((await client.call('PUT', '/meetingbaas/calendar/rules', { enabled: true })).status).toBe(200)
    const [link, other] = [meetingLink(), meetingLink()]
    const startsAt = Math.floor(Date.now() / 1_000) * 1_000 + moments[moment] * minuteMs
    await seer.vendor.jumpTo(Math.max(seer.vendor.now(), Date.now()))
    const made = await seer.vendor.control('POST', `/calendars/${calendarId}/events`, {
      title: 'Planning',
      start: at(startsAt),
      minutes: 180,
      meetingUrl: link,
      attendees: [{ email: user, response: 'accepted' }, { email: 'guest@other.test' }],
    })
    const eventId = made.events[0].eventId
    const tick = async () => {
      if (moment === 'in the meeting') await seer.vendor.advance(1)
    }
    const story = { tick, seer, client, user, calendarId, eventId, startsAt, link, other }
    await eventually(async () => expect(await botsOf(story)).toHaveLength(1))
    if (moment === 'in the meeting') await joinMeeting(story)
    return story
  }

  /** Lets seconds pass at the vendor until the bot records. */
  async function joinMeeting(story: Story): Promise<void> {
    for (let i = 0; i < 40; i++) {
      const [bot] = await botsOf(story)
      if (bot?.status === 'in_call_recording') return await seer.settled()
      await seer.vendor.advance(5)
    }
    throw new Error('The bot does not record.')
  }

  const table = group.flatMap((moment) => changes.map((change) => [moment, change.says, change] as const))

  test.each(table)('%s: %s', async (moment, _, change) => {
    const story = await begin(moment)
    await change.make(story)
    const inMeeting = moment === 'in the meeting'
    const expected = expectedBots(story, change, inMeeting)
    await eventually(async () => {
      await story.tick()
      // Asking the API again and again would keep it busy.
      const stored = "SELECT decision ->> 'winner' AS winner FROM calendar_events WHERE id = $1"
      expect(await seer.query(stored, [story.eventId])).toEqual([{ winner: winnerOf(change, inMeeting) }])
      const { body } = await story.client.call('GET', `/meetingbaas/calendar/events/${story.eventId}`)
      expect(body.data.decision?.winner).toBe(winnerOf(change, inMeeting))
      expect((await botsOf(story)).map(({ meetingUrl }) => meetingUrl)).toEqual(expected.map(({ link }) => link))
      const times = (await botsOf(story)).map(({ joinAt }) => joinAt && Date.parse(joinAt))
      expect(times).toEqual(expected.map(({ joinAt }) => joinAt))
    })
  })

  function expectedBots({ startsAt, link, other }: Story, { bot, newLink, says }: Change, inMeeting: boolean) {
    if (bot === null || (inMeeting && says === 'it is cancelled and restored')) return []
    // A bot for a meeting that goes on is sent at once, and stays as it is when the event moves.
    const joinAt = inMeeting ? null : startsAt + bot * minuteMs
    return [{ link: newLink ? other : link, joinAt }]
  }

  /** When a bot has been in a meeting and has left it, the only question is whether a second bot comes. */
  function winnerOf({ decision, says, bot }: Change, inMeeting: boolean): string {
    const isFact = ['cancelled', 'removed', 'no_meeting_url', 'unsupported_platform'].includes(decision)
    const hasLeft = inMeeting && (says === 'it is cancelled and restored' || (bot === null && !isFact))
    return hasLeft ? 'already_visited' : decision
  }
})
