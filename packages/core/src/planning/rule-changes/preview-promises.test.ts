/** What a preview says is what happens when its rules are saved, tried on random calendars of two colleagues. */
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runModel } from '../../../testing/basics/model-runs.ts'
import { someEvents, someRuleSet } from '../../../testing/planning/random-plans.ts'
import { schedulingWorld } from '../../../testing/planning/scheduling-world.ts'
import type { Integration } from '../../calendars/integration.ts'
import type { Decision, Override } from '../../rules/decision.ts'
import type { RecordingRules } from '../../rules/rules.ts'
import type { CalendarEvent, EventDetails } from '../../vendor/calendar-event.ts'
import { lastsUntil } from '../../vendor/event-times.ts'
import { scheduleRecordings } from '../carry-out/schedule-recordings.ts'
import { planFrom } from '../load-facts.ts'
import type { RulesPreview } from './compare-plans.ts'
import { previewRules } from './preview-rules.ts'

type World = Awaited<ReturnType<typeof schedulingWorld>>

const links: Record<string, string> = {
  'meet:a': 'https://meet.google.com/aaa-aaaa-aaa',
  'meet:b': 'https://meet.google.com/bbb-bbbb-bbb',
  'zoom:1': 'https://zoom.us/j/91234567890',
}

const someStory = fc.record({
  mine: someEvents('mine'),
  colleagues: someEvents('colleagues'),
  before: someRuleSet,
  proposed: someRuleSet,
  overrides: fc.array(
    fc.record({
      which: fc.nat(11),
      value: fc.constantFrom<Override>('record', 'skip', 'skip'),
      allOccurrences: fc.boolean(),
    }),
    { maxLength: 3 },
  ),
  minutes: fc.constantFrom(0, 20, 70),
  /** Whether calendars replaced the events meanwhile. */
  isReplaced: fc.boolean(),
  /** Some of the events that come up last. */
  late: someEvents('late'),
  botsPerDay: fc.constantFrom(null, 0, 1, 2, 4),
})
type Story = typeof someStory extends fc.Arbitrary<infer One> ? One : never

async function put(world: World, events: readonly CalendarEvent[], of: Integration): Promise<EventDetails[]> {
  const stored: EventDetails[] = []
  for (const { joinKey, meetingUrl: link, createdAt: _ago, ...event } of events) {
    const meetingUrl = joinKey === null ? link && 'https://example.test' : (links[joinKey] as string)
    stored.push(await world.put({ ...event, meetingUrl, createdAt: world.now() }, of))
  }
  return stored
}

/** The same events with other ids, as calendars make them; the old ones are gone. */
async function replace(world: World, events: readonly EventDetails[]): Promise<void> {
  const series = new Map(events.map(({ seriesId }) => [seriesId, randomUUID()]))
  for (const event of events) {
    await world.put({ ...event, status: 'cancelled' })
    const ids = { id: `${event.id}-new`, seriesId: series.get(event.seriesId) as string }
    await world.put({ ...event, ...ids, createdAt: world.now() })
  }
}

async function play(story: Story): Promise<World> {
  const world = await schedulingWorld(story.before)
  const bo = await world.addUser('bo@acme.test')
  await world.setRules({ enabled: true }, bo.userId)
  await put(world, story.colleagues, bo.integration)
  const mine = await put(world, story.mine, world.integration)
  await world.settle()
  for (const { which, value, allOccurrences } of story.overrides) {
    const event = mine[which]
    if (event) await world.override(event.id, value, allOccurrences)
  }
  await world.settle()
  await world.pass(story.minutes)
  if (story.isReplaced) await replace(world, mine)
  await put(world, story.late, world.integration)
  world.deps.botsPerDay = story.botsPerDay
  return world
}

async function decisionsOf({ scheduling, deps, userId, now }: World): Promise<Decision[]> {
  const { events, decisions } = await scheduling.loadPlan(userId, planFrom(now()), deps.sharing)
  const ahead = events.filter((event) => lastsUntil(event) > +now())
  return ahead.map(({ id }) => decisions.get(id)?.decision as Decision)
}

function expectPromised(preview: RulesPreview, decisions: Decision[]): void {
  const winners: Partial<Record<string, number>> = {}
  for (const { winner } of decisions) winners[winner] = (winners[winner] ?? 0) + 1
  expect(preview.reasons).toEqual(winners)
  expect(preview.unchanged.recorded + preview.added.events).toBe(decisions.filter((one) => one.willRecord).length)
}

test('saving the rules does what the preview said', async () => {
  await runModel(
    fc.asyncProperty(someStory, async (story) => {
      const world = await play(story)
      const { deps, userId } = world
      const rules = story.proposed as RecordingRules
      const preview = await previewRules(deps, { userId, rules, days: 30, examples: 100 })
      await world.setRules(rules)
      await scheduleRecordings(deps, { userId })
      expectPromised(preview, await decisionsOf(world))
      for (const { event, after } of [...preview.added.examples, ...preview.removed.examples])
        expect(await world.decision(event.id)).toEqual(after)
    }),
    { runs: 60, withinMs: 20_000 },
  )
})
