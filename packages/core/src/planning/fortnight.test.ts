/**
 * A model of a simulated fortnight: random edits to random calendars of colleagues and a stranger, at random moments,
 * while bots start, record and leave. Whenever everything has come to rest, the bots at the vendor are those that the
 * users want and join when they want them, and no meeting has two that could be one.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runModel } from '../../testing/basics/model-runs.ts'
import { anIntegration } from '../../testing/calendars/calendar-builders.ts'
import { schedulingWorld } from '../../testing/planning/scheduling-world.ts'
import type { FakeBot } from '../../testing/vendor/fake-vendor-bots.ts'
import type { Integration } from '../calendars/integration.ts'
import { isFinal } from '../meetings/meeting.ts'
import { type Override, overrideValues } from '../rules/decision.ts'
import type { EventDetails } from '../vendor/calendar-event.ts'

type World = Awaited<ReturnType<typeof schedulingWorld>>
/** An event as it is in its calendar, and what its user said of it. */
type Known = { event: EventDetails; of: Integration; override: Override }
type Model = {
  world: World
  integrations: Integration[]
  known: Known[]
  enabled: Map<string, boolean>
  leads: Map<string, number>
}

/** Each takes about two seconds. One that fails is made shorter for as long as the time allows. */
const fortnights = 4

const links = ['abc-aaaa-hij', 'abc-bbbb-hij', 'abc-cccc-hij'].map((code) => `https://meet.google.com/${code}`)
const minuteMs = 60_000
const fortnightMinutes = 14 * 24 * 60
/** What the sweep does in reality every ten minutes, too. */
const sweepMinutes = 6 * 60
const recordingMinutes = 50
const someMeetings = { minLength: 15, maxLength: 30 }
const someSteps = { minLength: 50, maxLength: 100 }

const pick = fc.nat(1_000)
/**
 * Minutes between two edits, before all of them are stretched to a fortnight: edits come in bursts, as they do in life.
 */
const pause = fc.oneof({ weight: 3, arbitrary: fc.nat(3) }, { weight: 2, arbitrary: fc.integer({ min: 20, max: 400 }) })
const kinds = {
  add: [3, { pick, in: fc.integer({ min: -60, max: 24 * 60 }), link: fc.nat(3) }],
  invite: [3, { pick, calendar: fc.nat(3), by: fc.constantFrom(0, 0, 0, 3, 9) }],
  move: [4, { pick, by: fc.integer({ min: -300, max: 300 }) }],
  cancel: [2, { pick }],
  restore: [2, { pick }],
  link: [3, { pick, link: fc.nat(3) }],
  override: [3, { pick, value: fc.constantFrom(...overrideValues) }],
  rules: [2, { pick, enabled: fc.boolean(), leadMinutes: fc.nat(1) }],
  order: [1, { pick, link: fc.nat(2) }],
  end: [1, { pick }],
} as const
type Kind = keyof typeof kinds
type Step = { do: Kind; pause: number; pick: number; [more: string]: unknown }

const step = fc.oneof(
  ...Object.entries(kinds).map(([kind, [weight, fields]]) => ({
    weight,
    arbitrary: fc.record({ do: fc.constant(kind), pause, ...fields }) as unknown as fc.Arbitrary<Step>,
  })),
)

/** What is in the calendars to begin with: a meeting on a day of the fortnight, in some of them. */
const meeting = fc.record({
  day: fc.nat(13),
  minute: fc.integer({ min: 0, max: 600 }),
  link: fc.nat(2),
  calendars: fc.subarray([0, 1, 2, 3], { minLength: 1 }),
})
type PlannedMeeting = typeof meeting extends fc.Arbitrary<infer T> ? T : never

test('in a random fortnight every wanted meeting has exactly one bot, and no other meeting has any', async () => {
  await runModel(
    fc.asyncProperty(fc.array(meeting, someMeetings), fc.array(step, someSteps), async (meetings, steps) => {
      const model = await begin(meetings)
      const pauses = 1 + steps.reduce((sum, each) => sum + each.pause, 0)
      for (const each of steps) {
        await wait(model, Math.round((each.pause / pauses) * fortnightMinutes))
        await take(model, each)
        await rest(model)
      }
    }),
    { runs: fortnights, withinMs: 120_000 },
  )
}, 180_000)

/** Two colleagues, one of them with two calendars, and somebody of another company. */
async function begin(meetings: PlannedMeeting[]): Promise<Model> {
  const world = await schedulingWorld()
  const home = anIntegration({ userId: world.userId, accountEmail: 'ines@home.test' })
  await world.integrations.add(home)
  const others = [await world.addUser('bo@acme.test'), await world.addUser('kim@other.test')]
  const integrations = [world.integration, home, ...others.map(({ integration }) => integration)]
  const forEach = <Value>(value: Value) => new Map(integrations.map(({ userId }) => [userId, value]))
  const model: Model = { world, integrations, known: [], enabled: forEach(true), leads: forEach(0) }
  for (const { day, minute, link, calendars: invited } of meetings) {
    const event = { startTime: world.inMinutes(day * 24 * 60 + minute), meetingUrl: links[link] ?? null }
    for (const each of invited) await add(model, event, integrations[each] as Integration)
  }
  await rest(model)
  return model
}

async function rest(model: Model): Promise<void> {
  await model.world.settle()
  await check(model)
}

/** Time passes; whatever a bot does is told at once, and recordings end by themselves. */
async function wait(model: Model, minutes: number): Promise<void> {
  const { world } = model
  for (let i = 1; i <= minutes; i++) {
    const isNews = world.tick()
    const isEnding = endRecordings(world)
    if (isNews || isEnding || i % sweepMinutes === 0) await rest(model)
  }
}

function endRecordings({ vendor, now }: World): boolean {
  const since = +now() - recordingMinutes * minuteMs
  const over = vendor.bots.filter(({ status, statusAt }) => status === 'in_call_recording' && +statusAt <= since)
  const artifacts = {
    video: 'v',
    audio: null,
    diarization: null,
    transcription: null,
    rawTranscription: null,
    chat: null,
  }
  const results = { artifacts, participants: [], speakers: [], durationSeconds: 1, joinedAt: null, exitedAt: null }
  for (const { botId } of over) {
    vendor.endWith(botId, { kind: 'completed', at: now(), artifactsExpireAt: null, ...results })
  }
  return over.length > 0
}

async function take(model: Model, next: Step): Promise<void> {
  const { world, integrations, enabled, leads } = model
  const integration = integrations[next.pick % integrations.length] as Integration
  const number = (field: string) => next[field] as number
  if (next.do === 'rules') {
    enabled.set(integration.userId, next.enabled as boolean)
    leads.set(integration.userId, number('leadMinutes'))
    return await world.setRules({ enabled: next.enabled, leadMinutes: next.leadMinutes }, integration.userId)
  }
  if (next.do === 'order') {
    return void (await world.order({ meetingUrl: links[number('link')] as string }, integration.userId))
  }
  if (next.do === 'end') return await endByHand(model, next.pick)
  if (next.do === 'add') {
    const startTime = world.inMinutes(number('in'))
    return await add(model, { startTime, meetingUrl: links[number('link')] ?? null }, integration)
  }
  const one = upcoming(model)[next.pick % 8]
  if (!one) return
  if (next.do === 'invite') {
    const startTime = new Date(+one.event.startTime + number('by') * minuteMs)
    const { meetingUrl } = one.event
    return await add(model, { startTime, meetingUrl }, integrations[number('calendar')] as Integration)
  }
  if (next.do === 'override') {
    const value = next.value as Override
    const said = await world.override(one.event.id, value, false, one.of.userId)
    if (said.outcome === 'done') one.override = value
    return
  }
  one.event = await world.put({ ...one.event, ...changeOf(one.event, next) }, one.of)
}

/** People edit what comes next, and what is going on. */
function upcoming({ world, known }: Model): Known[] {
  const soonest = known.toSorted((a, b) => +a.event.startTime - +b.event.startTime)
  return soonest.filter(({ event }) => +event.endTime > +world.now() - 30 * minuteMs).slice(0, 8)
}

/**
 * Each has a title of its own. An event with the title, room and start of a cancelled one counts as that one made again and
 * has its override, which is not the subject here (carry-overrides.test.ts). Seed 2072795977 made such a one by chance.
 */
async function add({ world, known }: Model, event: Partial<EventDetails>, of: Integration): Promise<void> {
  const title = `Planning ${known.length}`
  known.push({ event: await world.put({ ...event, title }, of), of, override: 'inherit' })
}

/** As DELETE /bots does it: of an event it is said first that it shall not be recorded. */
async function endByHand({ world, integrations, known }: Model, pickOne: number): Promise<void> {
  const { userId } = integrations[pickOne % integrations.length] as Integration
  const seen = await world.meetings.list(userId, {}, null, 100)
  const active = seen.map(({ meeting }) => meeting).filter(({ state }) => !isFinal(state))
  const meeting = active[pickOne % Math.max(1, active.length)]
  if (!meeting) return
  const one = known.find(({ event }) => event.id === meeting.calendarEventId)
  if (one) {
    const skip = { scope: 'event', targetId: one.event.id, value: 'skip', bot: null } as const
    await world.scheduling.saveOverride(userId, skip, world.now())
    one.override = 'skip'
  }
  await world.end(meeting.id, userId)
}

function changeOf({ startTime, endTime }: EventDetails, next: Step): Partial<EventDetails> {
  if (next.do === 'cancel') return { status: 'cancelled' }
  if (next.do === 'restore') return { status: 'confirmed' }
  if (next.do === 'link') return { meetingUrl: links[next.link as number] ?? null }
  const byMs = next.do === 'move' ? (next.by as number) * minuteMs : 0
  return { startTime: new Date(+startTime + byMs), endTime: new Date(+endTime + byMs) }
}

async function check(model: Model): Promise<void> {
  await expectOneBotAMeeting(model)
  for (const one of model.known) await expectAsWanted(model, one)
  await expectOnTime(model)
  await expectNoneUnwanted(model)
}

/** Two bots are in one meeting when they are in one room within ten minutes, and people of one company sent them. */
async function expectOneBotAMeeting({ world }: Model): Promise<void> {
  const live = world.live()
  const startOf = ({ request, createdAt }: FakeBot) => +(request.joinAt ?? createdAt)
  const ownerOf = new Map(world.meetings.rows().map(({ id, userId }) => [id, userId]))
  const companyOf = ({ request }: FakeBot) => world.companyOf(ownerOf.get(request.meetingId) as string)
  for (const [i, a] of live.entries()) {
    for (const b of live.slice(i + 1)) {
      if (a.request.meetingUrl !== b.request.meetingUrl || companyOf(a) !== companyOf(b)) continue
      expect(Math.abs(startOf(a) - startOf(b)), 'two bots in one meeting').toBeGreaterThan(10 * minuteMs)
    }
  }
}

/** Whoever is to have an event recorded sees one live bot that is or will be there. */
async function expectAsWanted(model: Model, one: Known): Promise<void> {
  const { world, known } = model
  const { event, of } = one
  const decision = await world.decision(event.id, of.userId)
  if (!decision) return
  const isAlone = !known.some((other) => other !== one && other.of.userId === of.userId && isNear(other.event, event))
  if (isAlone && decision.by !== 'manual') expectDecided(model, one, decision)
  if (!decision.willRecord) return
  const botEvent = decision.sharedWith && 'eventId' in decision.sharedWith ? decision.sharedWith.eventId : event.id
  const shared = decision.sharedWith && 'meetingId' in decision.sharedWith ? decision.sharedWith.meetingId : null
  const botId = shared ?? (await world.meetings.bookedFor(of.userId, [botEvent])).get(botEvent)
  const meeting = botId && (await world.meetings.findForUser(of.userId, botId))?.meeting
  expect(meeting, `${event.id} is to be recorded by a bot that its user sees`).toBeTruthy()
  if (!meeting || meeting.state === 'processing') return
  const bots = world.live().filter(({ request }) => request.meetingId === meeting.id)
  expect(
    bots.map(({ request }) => request.meetingUrl),
    event.id,
  ).toEqual([event.meetingUrl])
  for (const { status, request } of bots) {
    if (status !== 'scheduled') continue
    const lateMs = +(request.joinAt as Date) - +event.startTime
    expect(lateMs, `${event.id}: its bot comes late`).toBeLessThanOrEqual(10 * minuteMs)
  }
}

/** A bot that waits for an event joins when that begins, less the lead of its owner. Only the calendar tells this. */
async function expectOnTime({ world, known, leads }: Model): Promise<void> {
  for (const { status, request } of world.live()) {
    const meeting = await world.meetings.find(request.meetingId)
    const one = known.find(({ event }) => event.id === meeting?.calendarEventId)
    if (status !== 'scheduled' || !one) continue
    const [wanted, joinAt] = [joinTimeOf(one, leads), request.joinAt as Date]
    // What should have begun starts at any moment, whatever its time.
    const isDue = wanted <= world.now() && joinAt <= world.now()
    if (!isDue) expect(joinAt, `when the bot of ${one.event.id} joins`).toEqual(wanted)
  }
}

function joinTimeOf({ event, of }: Known, leads: Model['leads']): Date {
  return new Date(+event.startTime - (leads.get(of.userId) as number) * minuteMs)
}

/** What the user wants of an event that stands by itself, told without asking the planner. */
function expectDecided(
  { world, enabled }: Model,
  { event, of, override }: Known,
  decision: { winner: string; willRecord: boolean },
) {
  if (['already_visited', 'bot_failed'].includes(decision.winner)) return
  const isPossible = event.status === 'confirmed' && event.meetingUrl !== null && event.endTime > world.now()
  const isWished = override === 'inherit' ? enabled.get(of.userId) : override === 'record'
  expect(decision.willRecord, `${event.id}: ${decision.winner}`).toBe(isPossible && isWished)
}

/** In one room and not clearly apart. */
function isNear(a: EventDetails, b: EventDetails): boolean {
  const gapMs = Math.max(+a.startTime, +b.startTime) - Math.min(+a.endTime, +b.endTime)
  return a.meetingUrl === b.meetingUrl && gapMs <= 60 * minuteMs
}

/** Every live bot is that of somebody who wants it: by hand, or for an event that is decided so. */
async function expectNoneUnwanted({ world }: Model): Promise<void> {
  for (const { request } of world.live()) {
    const meeting = await world.meetings.find(request.meetingId)
    if (!meeting) throw new Error('a bot without a meeting')
    for (const { userId, calendarEventId } of [meeting, ...(await world.meetings.subscribers(meeting.id))]) {
      if (calendarEventId === null) continue
      const decision = await world.decision(calendarEventId, userId)
      // One that has begun stays until its meeting ends by itself.
      const stays = ['in_the_past', 'already_visited', 'bot_failed'].includes(decision?.winner ?? '')
      expect(decision?.willRecord || stays, `${meeting.id} for ${calendarEventId}: ${decision?.winner}`).toBe(true)
    }
  }
}
