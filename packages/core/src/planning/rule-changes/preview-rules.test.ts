import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { schedulingWorld } from '../../../testing/planning/scheduling-world.ts'
import { RecordingRules } from '../../rules/rules.ts'
import type { EventDetails } from '../../vendor/calendar-event.ts'
import { scheduleRecordings } from '../carry-out/schedule-recordings.ts'
import { previewRules } from './preview-rules.ts'

type World = Awaited<ReturnType<typeof schedulingWorld>>

const everything = { enabled: true }

const preview = (world: World, rules: object, userId = world.userId) =>
  previewRules(world.deps, { userId, rules: RecordingRules.parse(rules), days: 30, examples: 100 })

test('a preview counts an override that a plan would carry over to a series', async () => {
  const world = await schedulingWorld({ enabled: false })
  const [old, next] = [randomUUID(), randomUUID()]
  const occurrence = (seriesId: string, day: number): Promise<EventDetails> =>
    world.put({ seriesId, isRecurring: true, startTime: world.inMinutes(day * 1_440), createdAt: world.now() })
  const [first, second] = [await occurrence(old, 1), await occurrence(old, 2)]
  await world.override(first.id, 'skip', true)
  world.wait(1)
  await world.put({ ...second, status: 'cancelled' })
  const replaced = await occurrence(next, 3)
  expect(await preview(world, everything)).toMatchObject({
    added: { events: 0 },
    reasons: { series_override_skip: 2 },
  })
  const { overrides } = await world.scheduling.loadPlan(world.userId, world.now(), 'domain')
  expect(overrides.map(({ targetId }) => targetId)).not.toContain(replaced.seriesId)
})

describe('a meeting that a colleague’s bot records already', () => {
  /** Bo’s bot has been in the room for an hour; Ines’ meeting begins there in a moment, and the day has no other place. */
  async function recordedByBo() {
    const world = await schedulingWorld({ enabled: false })
    const bo = await world.addUser('bo@acme.test')
    await world.setRules(everything, bo.userId)
    await world.put({ startTime: world.inMinutes(5), endTime: world.inMinutes(90) }, bo.integration)
    await world.settle()
    await world.pass(60)
    const event = await world.put({ startTime: world.inMinutes(5) })
    world.deps.botsPerDay = 1
    return { world, event }
  }

  test('is recorded by that bot, and takes no place of the day', async () => {
    const { world, event } = await recordedByBo()
    const promised = await preview(world, everything)
    expect(promised).toMatchObject({ added: { events: 1 }, reasons: { shared_with_bot: 1 } })
    await world.setRules(everything)
    await scheduleRecordings(world.deps, { userId: world.userId })
    expect(await world.decision(event.id)).toEqual(promised.added.examples[0]?.after)
  })
})
