import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { DecisionWrite } from '../../src/planning/scheduling-store.ts'
import { type Decision, decided } from '../../src/rules/decision.ts'
import { aDetailedWrite } from '../calendars/calendar-builders.ts'
import { at } from '../meetings/builders.ts'
import type { SchedulingStage } from './scheduling-stage.ts'

export const yes: Decision = decided('rules', true, [{ code: 'rules_match' }], { meetingId: 'a-meeting' })
export const no: Decision = decided('rules', false, [
  { code: 'excluded_keyword', rule: 'exclude.keywords', detail: '1:1' },
  { code: 'too_short', rule: 'durationMinutes.min', detail: '15' },
])

/** What a SchedulingStore must keep of decisions. */
export function decisionContract(stage: SchedulingStage): void {
  const save = (userId: string, ...writes: [eventId: string, decision: Decision, decidedAt: Date][]) =>
    stage.scheduling.saveDecisions(
      userId,
      writes.map(([eventId, decision, decidedAt]): DecisionWrite => ({ eventId, decision, decidedAt })),
    )

  test('a decision is stored whole with its event, which stays what it was', async () => {
    const calendar = await stage.added()
    const { userId } = calendar
    const [decidedId, otherId] = await stage.saved(calendar, aDetailedWrite(), aDetailedWrite())
    const eventId = decidedId as string
    const before = await stage.calendarEvents.findForUser(userId, eventId)
    await save(userId, [eventId, no, at(1)])
    const found = await stage.scheduling.findDecisions(userId, [eventId, otherId as string, randomUUID()])
    expect(found).toEqual(new Map([[eventId, { decision: no, decidedAt: at(1) }]]))
    expect(await stage.calendarEvents.findForUser(userId, eventId)).toEqual(before)
    expect(await stage.scheduling.findDecisions(userId, [])).toEqual(new Map())
  })

  test('every change is in the history, newest first', async () => {
    const calendar = await stage.added()
    const [eventId] = (await stage.saved(calendar, aDetailedWrite())) as [string]
    const { userId } = calendar
    for (const [decision, minute] of [
      [yes, 1],
      [no, 2],
      [yes, 3],
    ] as const)
      await save(userId, [eventId, decision, at(minute)])
    const history = [
      [yes, 3],
      [no, 2],
      [yes, 1],
    ] as const
    const expected = history.map(([decision, minute]) => ({ decision, decidedAt: at(minute) }))
    expect(await stage.scheduling.listDecisions(userId, eventId, 10)).toEqual(expected)
    expect(await stage.scheduling.listDecisions(userId, eventId, 2)).toEqual(expected.slice(0, 2))
  })

  test('a decision of the same moment takes the place of the one before', async () => {
    const calendar = await stage.added()
    const [eventId] = (await stage.saved(calendar, aDetailedWrite())) as [string]
    await save(calendar.userId, [eventId, yes, at(1)])
    await save(calendar.userId, [eventId, no, at(1)])
    const only = { decision: no, decidedAt: at(1) }
    expect(await stage.scheduling.listDecisions(calendar.userId, eventId, 10)).toEqual([only])
    expect((await stage.scheduling.findDecisions(calendar.userId, [eventId])).get(eventId)).toEqual(only)
  })

  test('the newest decision stays with the event, even if it was written first', async () => {
    const calendar = await stage.added()
    const [eventId] = (await stage.saved(calendar, aDetailedWrite())) as [string]
    await save(calendar.userId, [eventId, yes, at(2)])
    await save(calendar.userId, [eventId, no, at(1)])
    const found = await stage.scheduling.findDecisions(calendar.userId, [eventId])
    expect(found.get(eventId)).toEqual({ decision: yes, decidedAt: at(2) })
    const history = await stage.scheduling.listDecisions(calendar.userId, eventId, 10)
    expect(history.map(({ decision }) => decision)).toEqual([yes, no])
  })

  test('events of several calendars are written together, but not other users’ events or events that are gone', async () => {
    const calendar = await stage.added()
    const { userId } = calendar
    const [first] = (await stage.saved(calendar, aDetailedWrite())) as [string]
    const [second] = (await stage.saved(await stage.added({ userId }), aDetailedWrite())) as [string]
    const foreign = await stage.added()
    const [theirs] = (await stage.saved(foreign, aDetailedWrite())) as [string]
    const ids = [second, theirs, randomUUID(), first]
    await save(userId, ...ids.map((id): [string, Decision, Date] => [id, yes, at(1)]))
    expect([...(await stage.scheduling.findDecisions(userId, ids)).keys()].sort()).toEqual([first, second].sort())
    expect(await stage.scheduling.findDecisions(foreign.userId, ids)).toEqual(new Map())
    expect(await stage.scheduling.listDecisions(foreign.userId, theirs, 10)).toEqual([])
    await save(userId)
  })

  test('only their own user sees decisions', async () => {
    const calendar = await stage.added()
    const [eventId] = (await stage.saved(calendar, aDetailedWrite())) as [string]
    await save(calendar.userId, [eventId, yes, at(1)])
    const otherId = await stage.newUser()
    expect(await stage.scheduling.findDecisions(otherId, [eventId])).toEqual(new Map())
    expect(await stage.scheduling.listDecisions(otherId, eventId, 10)).toEqual([])
  })

  test('a sync keeps the decision, and the calendar’s end takes it along', async () => {
    const calendar = await stage.added()
    const event = aDetailedWrite()
    const [eventId] = (await stage.saved(calendar, event)) as [string]
    await save(calendar.userId, [eventId, yes, at(1)])
    await stage.saved(calendar, event)
    expect((await stage.scheduling.findDecisions(calendar.userId, [eventId])).size).toBe(1)
    expect(await stage.integrations.remove(calendar)).toBe(true)
    // Connected again, its events may have the same ids.
    await stage.saved(await stage.added({ userId: calendar.userId }), event)
    expect((await stage.scheduling.findDecisions(calendar.userId, [eventId])).size).toBe(0)
    expect(await stage.scheduling.listDecisions(calendar.userId, eventId, 10)).toEqual([])
  })
}
