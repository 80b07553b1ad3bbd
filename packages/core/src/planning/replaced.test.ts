import { describe, expect, test } from 'vitest'
import { anIntegration } from '../../testing/calendars/calendar-builders.ts'
import { schedulingWorld } from '../../testing/planning/scheduling-world.ts'
import type { Override } from '../rules/decision.ts'
import type { EventDetails } from '../vendor/calendar-event.ts'
import { scheduleRecordings } from './carry-out/schedule-recordings.ts'
import { overrideRecording } from './overrides/override-recording.ts'

const [oldId, newId] = ['7f3a90d1-62c8-4e5b-a1f7-0d94b8e6c321', 'c1b0f6de-9a54-4c27-8e3d-5f7a2b914c06']

/** A recurring event of the next days, of which the user has said something, by rules that record or do not. */
async function overridden(value: Override, rules: object) {
  const world = await schedulingWorld(rules)
  const { put, inMinutes } = world
  const occurrences = (seriesId: string, days: number[], changes: Partial<EventDetails> = {}) =>
    Promise.all(
      days.map((day) =>
        put({ seriesId, isRecurring: true, startTime: inMinutes(day * 1_440), createdAt: world.now(), ...changes }),
      ),
    )
  const old = await occurrences(oldId, [1, 2, 3])
  await world.override(old[0]?.id ?? '', value, true)
  await world.settle()
  await world.pass(1)
  /** "This and following", from the third occurrence on. */
  const split = async () => {
    await put({ ...(old[2] as EventDetails), status: 'cancelled' })
    const [next] = await occurrences(newId, [4, 5])
    await world.settle()
    return next as EventDetails
  }
  const times = () => world.live().map(({ request }) => request.joinAt)
  return {
    ...world,
    old,
    split,
    occurrences,
    times,
    days: (...days: number[]) => days.map((d) => inMinutes(d * 1_440)),
  }
}

describe('a series that was replaced', () => {
  test.each<[Override, object, number, string]>([
    ['skip', { enabled: true }, 0, 'series_override_skip'],
    ['record', {}, 4, 'series_override_record'],
  ])('with the override %s still has it, and so has its successor', async (value, rules, bots, reason) => {
    const { old, split, live, decision } = await overridden(value, rules)
    const next = await split()
    expect(live()).toHaveLength(bots)
    for (const { id } of [old[0], next] as EventDetails[]) expect(await decision(id)).toMatchObject({ winner: reason })
  })

  test('is planned with it at once', async () => {
    const { occurrences, put, old, deps, userId, decision } = await overridden('record', {})
    for (const event of old) await put({ ...event, status: 'cancelled' })
    const [next] = await occurrences(newId, [4])
    expect(await scheduleRecordings(deps, { userId })).toMatchObject({ booked: 1 })
    expect(await decision(next?.id ?? '')).toMatchObject({ winner: 'series_override_record' })
  })

  test('hands on the settings of its bot', async () => {
    const { old, split, deps, userId, live } = await overridden('record', {})
    const bot = { customBotName: 'Notes', customBotConfig: { recordingMode: 'audio_only' as const } }
    const order = { userId, eventId: old[0]?.id ?? '', value: 'record' as const, allOccurrences: true, bot }
    await overrideRecording(deps, order)
    await split()
    expect(new Set(live().map(({ request }) => request.botName))).toEqual(new Set(['Notes']))
  })

  test('does not hand it on again after the user has taken it back', async () => {
    const { split, override, settle, live, decision, setRules } = await overridden('record', {})
    const next = await split()
    await override(next.id, 'inherit', true)
    await settle()
    expect(await decision(next.id)).toMatchObject({ winner: 'rules_off' })
    expect(live()).toHaveLength(2)
    await setRules({ enabled: true })
    await setRules({})
    await settle()
    expect(live()).toHaveLength(2)
  })

  test('and replaced again hands on the last override', async () => {
    const { split, override, occurrences, settle, live, pass, put, decision } = await overridden('record', {})
    const next = await split()
    await override(next.id, 'skip', true)
    await settle()
    await pass(1)
    await put({ ...next, status: 'cancelled' })
    const [last] = await occurrences('e28b5c74-1f09-4d36-8c5a-93d7f1a0b642', [8, 9])
    await settle()
    expect(await decision(last?.id ?? '')).toMatchObject({ winner: 'series_override_skip' })
    expect(live()).toHaveLength(2)
  })

  test('causes no more writes once its override is handed on', async () => {
    const { split, settle, writesSoFar, scheduling, userId, now } = await overridden('record', {})
    await split()
    const stored = async () => [
      writesSoFar(),
      JSON.stringify((await scheduling.loadPlan(userId, now(), 'nobody')).overrides),
    ]
    const before = await stored()
    await settle()
    expect(await stored()).toEqual(before)
  })

  test('is found again when its calendar is connected again', async () => {
    const { integrations, integration, userId, settle, live, put, pass, inMinutes, now } = await overridden(
      'record',
      {},
    )
    const stored = await integrations.find(integration.id)
    if (stored) await integrations.remove(stored)
    await settle()
    expect(live()).toEqual([])
    await pass(1)
    const again = anIntegration({ userId, accountEmail: 'ines@acme.test' })
    await integrations.add(again)
    const startTime = inMinutes(1_440)
    await put({ seriesId: newId, isRecurring: true, startTime, createdAt: now() }, again)
    await settle()
    expect(live().map(({ request }) => request.joinAt)).toEqual([startTime])
  })
})

describe('an event that was deleted and made again', () => {
  test.each<[Override, object, number, string]>([
    ['skip', { enabled: true }, 0, 'override_skip'],
    ['record', {}, 1, 'override_record'],
  ])('still has the override %s', async (value, rules, bots, reason) => {
    const { put, override, settle, live, decision } = await schedulingWorld(rules)
    const event = await put({})
    await override(event.id, value)
    await settle()
    await put({ ...event, status: 'cancelled' })
    await settle()
    const again = await put({ startTime: event.startTime })
    await settle()
    expect(live()).toHaveLength(bots)
    expect(await decision(again.id)).toMatchObject({ winner: reason })
    await override(again.id, 'inherit')
    await settle()
    expect(await decision(again.id)).toMatchObject({ by: 'rules' })
  })
})
