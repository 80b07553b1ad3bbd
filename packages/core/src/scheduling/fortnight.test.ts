/**
 * A model of a simulated fortnight: random edits to random calendars, at random moments. After each of them, once
 * everything has come to rest, the bots at the vendor are those that the decisions ask for, and no meeting has two.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { EventDetails } from '../calendars/calendar-event.ts'
import type { CalendarIntegration } from '../calendars/integration.ts'
import { anIntegration } from '../testing/calendar-builders.ts'
import type { FakeBot } from '../testing/fake-provider.ts'
import { schedulingWorld } from '../testing/scheduling-world.ts'
import { overrideValues } from './decision.ts'

type World = Awaited<ReturnType<typeof schedulingWorld>>
type Known = { event: EventDetails; of: CalendarIntegration }

const links = ['abc-aaaa-hij', 'abc-bbbb-hij', 'abc-cccc-hij'].map((code) => `https://meet.google.com/${code}`)
const minuteMs = 60_000

const pick = fc.nat(1_000)
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('add' as const),
      pick,
      in: fc.integer({ min: -60, max: 3_000 }),
      link: fc.nat(3),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('move' as const), pick, by: fc.integer({ min: -300, max: 300 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('restore' as const), pick }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('link' as const), pick, link: fc.nat(3) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('override' as const), pick, value: fc.constantFrom(...overrideValues) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('rules' as const), enabled: fc.boolean(), leadMinutes: fc.nat(1) }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 400 }) }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

test('over a random fortnight no meeting has two bots, every wanted one has one, no other has any', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const world = await schedulingWorld()
      const second = anIntegration({ userId: world.userId, accountEmail: 'ines@home.test' })
      await world.calendars.add(second)
      const known: Known[] = []
      for (const each of steps) {
        await take(world, [world.integration, second], known, each)
        await world.settle()
        await check(world, known)
      }
    }),
    { numRuns: 300 },
  )
}, 120_000)

async function take(world: World, calendars: CalendarIntegration[], known: Known[], next: Step): Promise<void> {
  if (next.do === 'wait') return await world.pass(next.minutes)
  if (next.do === 'rules') return await world.setRules({ enabled: next.enabled, leadMinutes: next.leadMinutes })
  if (next.do === 'add') {
    const of = calendars[next.pick % calendars.length] as CalendarIntegration
    const event = await world.put({ startTime: world.inMinutes(next.in), meetingUrl: links[next.link] ?? null }, of)
    return void known.push({ event, of })
  }
  const one = known[next.pick % Math.max(1, known.length)]
  if (!one) return
  if (next.do === 'override') return void (await world.override(one.event.id, next.value))
  one.event = await world.put({ ...one.event, ...changeOf(one.event, next) }, one.of)
}

function changeOf({ startTime, endTime }: EventDetails, next: Step): Partial<EventDetails> {
  if (next.do === 'cancel') return { status: 'cancelled' }
  if (next.do === 'restore') return { status: 'confirmed' }
  if (next.do === 'link') return { meetingUrl: links[next.link] ?? null }
  const byMs = next.do === 'move' ? next.by * minuteMs : 0
  return { startTime: new Date(+startTime + byMs), endTime: new Date(+endTime + byMs) }
}

async function check(world: World, known: Known[]): Promise<void> {
  const live = world.live()
  const eventOf = new Map(world.meetings.all().map(({ id, calendarEventId }) => [id, calendarEventId]))
  const botsOf = (eventId: string) => live.filter(({ request }) => eventOf.get(request.meetingId) === eventId)
  expectNoTwoBots(live)
  for (const { event } of known) {
    const decision = await world.decision(event.id)
    if (!decision) continue
    const bots = botsOf(event.id)
    const isWanted = decision.willRecord && decision.sharedWith === null
    // One that has begun stays until its meeting ends by itself.
    if (!isWanted && ['in_the_past', 'already_visited'].includes(decision.winner)) continue
    expect(bots.length, `${event.id}: ${decision.winner}`).toBe(isWanted ? 1 : 0)
    if (isWanted) expect(bots[0]?.request.meetingUrl).toBe(event.meetingUrl)
  }
}

/** Two bots are in one meeting when they are in one room within ten minutes. */
function expectNoTwoBots(live: FakeBot[]): void {
  const startOf = ({ request, createdAt }: FakeBot) => +(request.joinAt ?? createdAt)
  for (const [i, a] of live.entries()) {
    for (const b of live.slice(i + 1)) {
      if (a.request.meetingUrl !== b.request.meetingUrl) continue
      expect(Math.abs(startOf(a) - startOf(b)), 'two bots in one meeting').toBeGreaterThan(10 * minuteMs)
    }
  }
}
