/**
 * Stories of recurring events: a user has rules or an override and a series of four days, and something changes. Then the
 * test checks which bots are at the vendor, when they join, and what each occurrence's decision says. API and worker as
 * processes, the sandbox as Meeting BaaS and Google.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Client, meetingLink } from './client.ts'
import { eventually } from './eventually.ts'
import { openSeer, type Seer, usualBackend } from './seer.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const days = [0, 24, 48, 72]

/** What the user has chosen before the story. */
type Given = 'by rule' | 'by override' | 'skipped' | 'not at all'

/** Hours from the first occurrence to an event, its decision, and the link that its bot goes to. */
type Occurrence = { hours: number; says: string; bot: Link | null }
type Link = 'link' | 'other'

type Story = {
  client: Client
  email: string
  calendarId: string
  /** For the whole series. */
  sourceId: string
  /** For the occurrences. */
  ids: string[]
  startsAt: number
  link: string
  other: string
}

type Change = {
  says: string
  given: readonly Given[]
  make: (story: Story, given: Given) => Promise<unknown>
  expected: (given: Given) => Occurrence[]
}

const on = (says: string, bot: Link | null, ...hours: number[]): Occurrence[] =>
  hours.map((hour) => ({ hours: hour, says, bot }))
const recorded: readonly Given[] = ['by rule', 'by override']
const words = { 'by rule': 'rules_match', 'by override': 'series_override_record', skipped: 'series_override_skip' }
const wordFor = (given: Given) => (given === 'not at all' ? 'rules_off' : words[given])
const linkFor = (given: Given, link: Link = 'link') => (recorded.includes(given) ? link : null)
const asGiven = (given: Given, ...hours: number[]) => on(wordFor(given), linkFor(given), ...hours)

let seer: Seer
let stories = 0

beforeAll(async () => {
  const secrets = { GOOGLE_CLIENT_ID: 'test-google-client', GOOGLE_CLIENT_SECRET: 'not-a-secret' }
  const env = { ...secrets, ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64') }
  seer = await openSeer({ backend: usualBackend(), env })
})
afterAll(() => seer?.close())

const at = (ms: number) => new Date(ms).toISOString()
const google = ({ calendarId }: Story, method: string, path: string, body: object = {}) =>
  seer.vendor.control(method, `/calendars/${calendarId}/events${path}`, body)
const one = (s: Story, n: number, method: string, path = '', body: object = {}) =>
  google(s, method, `/${s.ids[n]}${path}`, body)
const all = (s: Story, method: string, path = '', body: object = {}) => google(s, method, `/${s.sourceId}${path}`, body)
/** "This and following events", from the third occurrence on. */
const split = (s: Story, changes: object = {}) =>
  all(s, 'POST', '/replace', { from: at(s.startsAt + 47 * hourMs), ...changes })

async function ask({ client }: Story, method: string, path: string, body?: object) {
  const answer = await client.call(method, `/meetingbaas/calendar${path}`, body)
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300)
  return answer.body
}
const override = (s: Story, id: string | undefined, value: string, allOccurrences = false) =>
  ask(s, 'PUT', `/events/${id}/override`, { value, allOccurrences })

async function begin(given: Given, startsIn = 2 * 24 * hourMs): Promise<Story> {
  const email = `series-${++stories}@acme.test`
  const client = await seer.newUser(email)
  await seer.vendor.jumpTo(Math.max(seer.vendor.now(), Date.now()))
  const { body } = await client.call('POST', '/meetingbaas/calendar/setup', { provider: 'google', refreshToken: email })
  const startsAt = Math.floor(Date.now() / 1_000) * 1_000 + startsIn
  const [link, other] = [meetingLink(), meetingLink()]
  const story: Story = { client, email, calendarId: body.data.calendarId, sourceId: '', ids: [], startsAt, link, other }
  const enabled = given === 'by rule' || given === 'skipped'
  await ask(story, 'PUT', '/rules', { enabled, exclude: { keywords: ['private'] } })
  await add(story, { recurrence: { frequency: 'daily', count: 4 } })
  await shows(story, on(enabled ? 'rules_match' : 'rules_off', enabled ? 'link' : null, ...days))
  const method = { 'by override': 'POST', skipped: 'DELETE' }[given as string]
  if (method) await ask(story, method, `/events/${story.ids[0]}/schedule-recording`, { allOccurrences: true })
  await shows(story, asGiven(given, ...days))
  // The next change must come later, by the vendor's clock, too.
  await seer.vendor.jumpTo(Math.max(seer.vendor.now(), Date.now()))
  return story
}

async function add(story: Story, event: object): Promise<void> {
  const { sourceId, events } = await google(story, 'POST', '', {
    title: 'Planning',
    start: at(story.startsAt),
    minutes: 30,
    meetingUrl: story.link,
    attendees: [{ email: story.email, response: 'accepted' }, { email: 'guest@other.test' }],
    ...event,
  })
  story.sourceId = sourceId
  story.ids = events.map(({ eventId }: { eventId: string }) => eventId)
}

type Shown = { id: string; startTime: string; decision: { winner: string } | null }

async function eventsOf(story: Story): Promise<Shown[]> {
  return (await ask(story, 'GET', '/events?status=all')).data
}

/** To wait for these in the database takes a tenth of what asking the API again and again takes. */
const storedDecisions = ({ email }: Story) =>
  seer.query<{ at: string; winner: string }>(
    `SELECT to_json(start_time) #>> '{}' AS at, decision ->> 'winner' AS winner
    FROM calendar_events JOIN users ON users.id = user_id WHERE users.name = $1`,
    [email],
  )

/** Waits until the user's events have these decisions, and the vendor has exactly these bots. */
async function shows(story: Story, expected: Occurrence[], tick = async () => {}): Promise<void> {
  const hoursOf = (time: string) => (Date.parse(time) - story.startsAt) / hourMs
  const sorted = (lines: string[]) => lines.toSorted()
  const decisions = sorted(expected.map(({ hours, says }) => `${hours} ${says}`))
  await eventually(async () => {
    await tick()
    const stored = await storedDecisions(story)
    expect(sorted(stored.map(({ at, winner }) => `${hoursOf(at)} ${winner}`))).toEqual(decisions)
    const events = await eventsOf(story)
    expect(sorted(events.map(({ startTime, decision }) => `${hoursOf(startTime)} ${decision?.winner}`))).toEqual(
      decisions,
    )
    const bots = (await botsOf(story)).map(({ meetingUrl, joinAt }) => {
      // A bot that was sent at once has no join time.
      return `${joinAt ? hoursOf(joinAt) : 0} ${meetingUrl === story.link ? 'link' : 'other'}`
    })
    expect(sorted(bots)).toEqual(sorted(expected.flatMap(({ hours, bot }) => (bot ? [`${hours} ${bot}`] : []))))
  })
}

/** The same, and again after everything was read and decided anew. */
async function comesTo(story: Story, expected: Occurrence[]): Promise<void> {
  await shows(story, expected)
  await ask(story, 'POST', '/sync', {})
  await ask(story, 'POST', '/auto-schedule', {})
  await shows(story, expected)
}

type Bot = { status: string; meetingUrl: string; joinAt: string | null }

/** Live bots and bookings with a link of the story. */
async function botsOf({ link, other }: Story): Promise<Bot[]> {
  const bots = (await seer.vendor.bots()) as unknown as Bot[]
  const ended = ['completed', 'failed', 'cancelled']
  return bots.filter(({ meetingUrl, status }) => [link, other].includes(meetingUrl) && !ended.includes(status))
}

const rest = (given: Given) => asGiven(given, 0, 48, 72)

const ofOne: Change[] = [
  {
    says: 'one is moved by five hours',
    given: recorded,
    make: (s) => one(s, 1, 'PATCH', '', { shiftMinutes: 300 }),
    expected: (given) => [...rest(given), ...asGiven(given, 29)],
  },
  {
    says: 'one is moved behind the next one',
    given: recorded,
    make: (s) => one(s, 1, 'PATCH', '', { shiftMinutes: 25 * 60 }),
    expected: (given) => [...rest(given), ...asGiven(given, 49)],
  },
  {
    says: 'one is cancelled',
    given: recorded,
    make: (s) => one(s, 1, 'POST', '/cancel'),
    expected: (given) => [...rest(given), ...on('cancelled', null, 24)],
  },
  {
    says: 'one is deleted',
    given: recorded,
    make: (s) => one(s, 1, 'DELETE'),
    expected: (given) => [...rest(given), ...on('removed', null, 24)],
  },
  {
    says: 'one is declined',
    given: recorded,
    make: (s) => one(s, 1, 'POST', '/decline'),
    // A user who chose to record the series also gets a declined occurrence recorded.
    expected: (given) => [...rest(given), ...(given === 'by rule' ? on('declined', null, 24) : asGiven(given, 24))],
  },
  {
    says: 'one has another link',
    given: recorded,
    make: (s) => one(s, 1, 'PATCH', '', { meetingUrl: s.other }),
    expected: (given) => [...rest(given), ...on(wordFor(given), 'other', 24)],
  },
  {
    says: 'one loses its link',
    given: recorded,
    make: (s) => one(s, 1, 'PATCH', '', { meetingUrl: null }),
    expected: (given) => [...rest(given), ...on('no_meeting_url', null, 24)],
  },
  {
    says: 'one is renamed to what a rule excludes',
    given: recorded,
    make: (s) => one(s, 1, 'PATCH', '', { title: 'Private matters' }),
    expected: (given) => [
      ...rest(given),
      ...(given === 'by rule' ? on('excluded_keyword', null, 24) : asGiven(given, 24)),
    ],
  },
  {
    says: 'the user skips one',
    given: recorded,
    make: (s) => ask(s, 'DELETE', `/events/${s.ids[1]}/schedule-recording`, {}),
    expected: (given) => [...rest(given), ...on('override_skip', null, 24)],
  },
  {
    says: 'the user wants one',
    given: ['skipped', 'not at all'],
    make: (s) => ask(s, 'POST', `/events/${s.ids[1]}/schedule-recording`, {}),
    expected: (given) => [...rest(given), ...on('override_record', 'link', 24)],
  },
  {
    says: 'the user wants one, which is moved',
    given: ['skipped', 'not at all'],
    make: async (s) => {
      await override(s, s.ids[1], 'record')
      await one(s, 1, 'PATCH', '', { shiftMinutes: 300 })
    },
    expected: (given) => [...rest(given), ...on('override_record', 'link', 29)],
  },
]

const ofAll: Change[] = [
  {
    says: 'all are moved',
    given: recorded,
    make: (s) => all(s, 'PATCH', '', { shiftMinutes: 180 }),
    expected: (given) => asGiven(given, 3, 27, 51, 75),
  },
  {
    says: 'all are moved but one that was moved before',
    given: recorded,
    make: async (s) => {
      await one(s, 1, 'PATCH', '', { shiftMinutes: 300 })
      await all(s, 'PATCH', '', { shiftMinutes: 180 })
    },
    expected: (given) => asGiven(given, 3, 29, 51, 75),
  },
  {
    says: 'all are renamed to what a rule excludes',
    given: recorded,
    make: (s) => all(s, 'PATCH', '', { title: 'Private matters' }),
    expected: (given) => (given === 'by rule' ? on('excluded_keyword', null, ...days) : asGiven(given, ...days)),
  },
  {
    says: 'all have another link',
    given: recorded,
    make: (s) => all(s, 'PATCH', '', { meetingUrl: s.other }),
    expected: (given) => on(wordFor(given), 'other', ...days),
  },
  {
    says: 'all lose their link and get it back',
    given: recorded,
    make: async (s) => {
      await all(s, 'PATCH', '', { meetingUrl: null })
      await shows(s, on('no_meeting_url', null, ...days))
      await all(s, 'PATCH', '', { meetingUrl: s.link })
    },
    expected: (given) => asGiven(given, ...days),
  },
  {
    says: 'all are cancelled',
    given: recorded,
    make: (s) => all(s, 'POST', '/cancel'),
    expected: () => on('cancelled', null, ...days),
  },
  {
    says: 'the series is deleted',
    given: recorded,
    make: (s) => all(s, 'DELETE'),
    expected: () => on('removed', null, ...days),
  },
  {
    says: 'the user skips all',
    given: recorded,
    make: (s) => ask(s, 'DELETE', `/events/${s.ids[2]}/schedule-recording`, { allOccurrences: true }),
    expected: () => asGiven('skipped', ...days),
  },
  {
    says: 'the user skips all and wants one',
    given: recorded,
    make: async (s) => {
      await ask(s, 'DELETE', `/events/${s.ids[2]}/schedule-recording`, { allOccurrences: true })
      await ask(s, 'POST', `/events/${s.ids[1]}/schedule-recording`, {})
    },
    expected: () => [...asGiven('skipped', 0, 48, 72), ...on('override_record', 'link', 24)],
  },
  {
    says: 'the user takes back what was said of the series',
    given: ['by override', 'skipped'],
    make: (s) => override(s, s.ids[1], 'inherit', true),
    expected: (given) => asGiven(given === 'skipped' ? 'by rule' : 'not at all', ...days),
  },
]

const said: readonly Given[] = ['by rule', 'by override', 'skipped']

const replaced: Change[] = [
  {
    says: 'this and following are moved',
    given: said,
    make: (s) => split(s, { shiftMinutes: 60 }),
    expected: (given) => [...asGiven(given, 0, 24, 49, 73), ...on('cancelled', null, 48, 72)],
  },
  {
    says: 'this and following stay where they are, and what they were is removed',
    given: said,
    make: (s) => split(s, { old: 'removed' }),
    expected: (given) => [...asGiven(given, ...days), ...on('removed', null, 48, 72)],
  },
  {
    says: 'this and following are moved, and some of them once more',
    given: said,
    make: async (s, given) => {
      const { sourceId } = await split(s, { shiftMinutes: 60 })
      await shows(s, [...asGiven(given, 0, 24, 49, 73), ...on('cancelled', null, 48, 72)])
      await google(s, 'POST', `/${sourceId}/replace`, { from: at(s.startsAt + 72 * hourMs), shiftMinutes: 60 })
    },
    expected: (given) => [...asGiven(given, 0, 24, 49, 74), ...on('cancelled', null, 48, 72, 73)],
  },
  {
    says: 'this and following become another meeting',
    given: ['by override', 'skipped'],
    make: (s) => split(s, { title: 'Retrospective' }),
    expected: (given) => [
      ...asGiven(given, 0, 24),
      ...asGiven(given === 'skipped' ? 'by rule' : 'not at all', 48, 72),
      ...on('cancelled', null, 48, 72),
    ],
  },
  {
    says: 'this and following are moved, and the user takes back what was said of them',
    given: ['by override', 'skipped'],
    make: async (s, given) => {
      const { events } = await split(s, { shiftMinutes: 60 })
      await shows(s, [...asGiven(given, 0, 24, 49, 73), ...on('cancelled', null, 48, 72)])
      await override(s, events[0].eventId, 'inherit', true)
    },
    expected: (given) => [
      ...asGiven(given, 0, 24),
      ...asGiven(given === 'skipped' ? 'by rule' : 'not at all', 49, 73),
      ...on('cancelled', null, 48, 72),
    ],
  },
  {
    says: 'this and following are edited, one of which the user skips',
    given: recorded,
    make: async (s) => {
      await override(s, s.ids[3], 'skip')
      await split(s)
    },
    expected: (given) => [
      ...asGiven(given, 0, 24, 48),
      ...on('override_skip', null, 72),
      ...on('cancelled', null, 48, 72),
    ],
  },
  {
    says: 'it is deleted and made again',
    given: said,
    make: async (s) => {
      await all(s, 'DELETE')
      await add(s, { recurrence: { frequency: 'daily', count: 4 } })
    },
    expected: (given) => [...asGiven(given, ...days), ...on('removed', null, ...days)],
  },
  {
    says: 'its calendar is disconnected and connected again',
    given: said,
    make: async (s) => {
      await ask(s, 'DELETE', '/integrations/google')
      await eventually(async () => expect(await botsOf(s)).toEqual([]))
      await eventually(async () => {
        const { body } = await s.client.call('POST', '/meetingbaas/calendar/setup', {
          provider: 'google',
          refreshToken: s.email,
        })
        expect(body.data?.status, JSON.stringify(body)).toBe('active')
      })
    },
    expected: (given) => asGiven(given, ...days),
  },
]

const tableOf = (changes: Change[]) =>
  changes.flatMap((change) => change.given.map((given) => [given, change.says, change] as const))

describe.each([
  ['one occurrence', ofOne],
  ['a whole series', ofAll],
  ['a series that is replaced', replaced],
])('%s', (_, changes) => {
  test.each(tableOf(changes))('recorded %s: %s', async (given, _says, { make, expected }) => {
    const story = await begin(given)
    await make(story, given)
    await comesTo(story, expected(given))
  })
})

describe('a single event', () => {
  test.each([
    ['skip', true, 'override_skip', null],
    ['record', false, 'override_record', 'link'],
  ] as const)('with the override %s is deleted and made again', async (value, enabled, says, bot) => {
    const story = await begin('not at all')
    await all(story, 'DELETE')
    await shows(story, on('removed', null, ...days))
    await ask(story, 'PUT', '/rules', { enabled })
    await add(story, { title: 'Review' })
    await eventually(async () => expect(await eventsOf(story)).toHaveLength(5))
    await override(story, story.ids[0], value)
    await shows(story, [...on('removed', null, ...days), ...on(says, bot, 0)])
    await all(story, 'DELETE')
    await add(story, { title: 'Review' })
    await shows(story, [...on('removed', null, 0, ...days), ...on(says, bot, 0)])
  })
})

describe('within the vendor’s last four minutes', () => {
  const soon = 3 * minuteMs

  test.each(recorded)('recorded %s: the next one is moved', async (given) => {
    const story = await begin(given, soon)
    await one(story, 0, 'PATCH', '', { shiftMinutes: 60 })
    await comesTo(story, asGiven(given, 1, 24, 48, 72))
  })

  test.each(recorded)('recorded %s: the next one has another link', async (given) => {
    const story = await begin(given, soon)
    await one(story, 0, 'PATCH', '', { meetingUrl: story.other })
    await comesTo(story, [...on(wordFor(given), 'other', 0), ...asGiven(given, 24, 48, 72)])
  })

  test.each(said)('recorded %s: this and following are moved', async (given) => {
    const story = await begin(given, soon)
    await all(story, 'POST', '/replace', { from: at(story.startsAt - 1), shiftMinutes: 60 })
    await comesTo(story, [...asGiven(given, 1, 25, 49, 73), ...on('cancelled', null, ...days)])
  })
})

// From here on time passes at the vendor.
describe('in the meeting', () => {
  const tick = () => seer.vendor.advance(1)

  async function beginMeeting(given: Given): Promise<Story> {
    const story = await begin(given, -2 * minuteMs)
    for (let i = 0; i < 40; i++) {
      if ((await botsOf(story)).some(({ status }) => status === 'in_call_recording')) break
      await seer.vendor.advance(5)
    }
    await seer.settled()
    return story
  }

  test.each(recorded)('recorded %s: following ones are moved, and the bot stays', async (given) => {
    const story = await beginMeeting(given)
    await all(story, 'POST', '/replace', { from: at(story.startsAt + 23 * hourMs), shiftMinutes: 60 })
    await shows(story, [...asGiven(given, 0, 25, 49, 73), ...on('cancelled', null, 24, 48, 72)], tick)
    expect((await botsOf(story)).filter(({ status }) => status === 'in_call_recording')).toHaveLength(1)
  })

  test.each(recorded)('recorded %s: all have another link, and the bot goes there', async (given) => {
    const story = await beginMeeting(given)
    await all(story, 'PATCH', '', { meetingUrl: story.other })
    await shows(story, on(wordFor(given), 'other', ...days), tick)
  })

  test.each(recorded)('recorded %s: the series is deleted, and the bot leaves', async (given) => {
    const story = await beginMeeting(given)
    await all(story, 'DELETE')
    await shows(story, on('removed', null, ...days), tick)
  })

  test.each(recorded)('recorded %s: the user skips all, and the bot leaves', async (given) => {
    const story = await beginMeeting(given)
    await ask(story, 'DELETE', `/events/${story.ids[0]}/schedule-recording`, { allOccurrences: true })
    await shows(story, [...on('already_visited', null, 0), ...asGiven('skipped', 24, 48, 72)], tick)
  })
})
