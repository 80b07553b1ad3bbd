import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { defaultRules } from '../../src/rules/rules.ts'
import { aDetailedWrite, anEventWrite } from '../calendars/calendar-builders.ts'
import { at } from '../meetings/builders.ts'
import type { SchedulingStage } from './scheduling-stage.ts'
import { no } from './scheduling-store-contract-decisions.ts'

const from = at(0)
const idsOf = (rows: { id: string }[]) => rows.map(({ id }) => id).sort()

/** What a SchedulingStore must find for a pass over one user's events. */
export function planContract(stage: SchedulingStage): void {
  const load = (userId: string) => stage.scheduling.loadPlan(userId, from, 'nobody')

  test('a user without anything has an empty plan with the default rules', async () => {
    expect(await load(await stage.newUser())).toEqual({
      rules: defaultRules,
      accountEmails: [],
      events: [],
      overrides: [],
      decisions: new Map(),
      meetings: [],
      shared: new Set(),
      others: [],
    })
  })

  test('rules, events, overrides, decisions and meetings are as they were stored', async () => {
    const integration = await stage.added()
    const { userId } = integration
    const event = aDetailedWrite({ isRecurring: true, seriesId: randomUUID() })
    const [eventId, listedId] = (await stage.saved(integration, event, anEventWrite())) as [string, string]
    const rules = { ...defaultRules, enabled: true, leadMinutes: 2 }
    await stage.scheduling.saveRules(userId, rules, 0, at(1))
    const override = {
      scope: 'event' as const,
      targetId: eventId,
      bot: { ...defaultRules.bot, customBotName: 'Notes' },
    }
    await stage.scheduling.saveOverride(userId, { ...override, value: 'skip' }, at(1))
    await stage.scheduling.saveDecisions(userId, [{ eventId, decision: no, decidedAt: at(2) }])
    const meeting = await stage.ordered(userId, {
      calendarEventId: eventId,
      joinAt: at(58),
      eventStartsAt: at(60),
      eventEndsAt: at(90),
      changeOwed: true,
      extra: { tenant: 'acme' },
      durationSeconds: 12.5,
    })
    const plan = await load(userId)
    const stored = await Promise.all([eventId, listedId].map((id) => stage.calendarEvents.findForUser(userId, id)))
    expect(plan).toEqual({
      rules,
      accountEmails: ['ines@example.test'],
      events: expect.arrayContaining(stored),
      overrides: [{ ...override, value: 'skip', updatedAt: at(1), subject: null, isCarried: false }],
      decisions: new Map([[eventId, { decision: no, decidedAt: at(2) }]]),
      meetings: [await stage.meetings.find(meeting.id)],
      shared: new Set(),
      others: [],
    })
    expect(plan.events).toHaveLength(2)
  })

  test('events that ended before are left out, with their overrides and decisions', async () => {
    const integration = await stage.added()
    const { userId } = integration
    const ended = aDetailedWrite({ startTime: at(-90), endTime: new Date(+from - 1) })
    const ending = aDetailedWrite({ startTime: at(-90), endTime: from })
    const removed = aDetailedWrite({ status: 'cancelled' }, { removedAt: at(-1) })
    const ids = (await stage.saved(integration, ended, ending, removed)) as [string, string, string]
    for (const targetId of ids) {
      await stage.scheduling.saveOverride(userId, { scope: 'event', targetId, value: 'skip', bot: null }, at(1))
    }
    const decisions = ids.map((eventId) => ({ eventId, decision: no, decidedAt: at(1) }))
    await stage.scheduling.saveDecisions(userId, decisions)
    const plan = await load(userId)
    const left = ids.slice(1).sort()
    expect(idsOf(plan.events)).toEqual(left)
    expect(plan.overrides.map(({ targetId }) => targetId).sort()).toEqual(left)
    expect([...plan.decisions.keys()].sort()).toEqual(left)
  })

  test('overrides of events and of series are not taken for each other', async () => {
    const integration = await stage.added()
    const { userId } = integration
    const seriesId = randomUUID()
    const [eventId] = (await stage.saved(integration, aDetailedWrite({ seriesId }), aDetailedWrite({ seriesId }))) as [
      string,
    ]
    const save = (scope: 'event' | 'series', targetId: string) =>
      stage.scheduling.saveOverride(userId, { scope, targetId, value: 'record', bot: null }, at(1))
    await save('series', seriesId)
    await save('event', seriesId)
    await save('series', eventId)
    await save('series', randomUUID())
    expect((await load(userId)).overrides).toMatchObject([{ scope: 'series', targetId: seriesId }])
  })

  test('overrides of events that are gone are in it as long as it is known what they are about', async () => {
    const userId = await stage.newUser()
    const made = async (scope: 'event' | 'series', startsAt: Date | null | undefined) => {
      const targetId = randomUUID()
      await stage.scheduling.saveOverride(userId, { scope, targetId, value: 'skip', bot: null }, at(1))
      const notes = startsAt === undefined ? [] : [{ scope, targetId, subject: 'planning', startsAt }]
      await stage.scheduling.noteOverrides(userId, notes)
      return targetId
    }
    const series = await made('series', null)
    const event = await made('event', from)
    await made('event', new Date(+from - 1))
    await made('event', undefined)
    await made('series', undefined)
    const { overrides } = await load(userId)
    const told = overrides.map(({ targetId, subject }) => [targetId, subject]).sort()
    expect(told).toEqual([series, event].map((id) => [id, 'planning']).sort())
  })

  test('calendars that are being disconnected are left out with their events', async () => {
    const integration = await stage.added({ accountEmail: 'Ines@Example.test' })
    const { userId } = integration
    await stage.added({ userId })
    await stage.added({ userId, accountEmail: 'lost@example.test', status: 'revoked' })
    const statuses = ['disconnecting', 'failed', 'connecting'] as const
    const leaving = statuses.map((status) => stage.added({ userId, accountEmail: `${status}@example.test`, status }))
    const [eventId] = (await stage.saved(integration, aDetailedWrite())) as [string]
    await stage.saved((await Promise.all(leaving))[0] as Awaited<(typeof leaving)[0]>, aDetailedWrite())
    const plan = await load(userId)
    expect([...plan.accountEmails].sort()).toEqual(['ines@example.test', 'lost@example.test'])
    expect(idsOf(plan.events)).toEqual([eventId])
  })

  test('bots that run or ended since are in it, whoever ordered them', async () => {
    const userId = await stage.newUser()
    const final = { state: 'completed' as const }
    const running = await stage.ordered(userId)
    const booked = await stage.ordered(userId, { calendarEventId: randomUUID(), joinAt: at(600) })
    const ended = await stage.ordered(userId, { ...final, finalAt: from })
    await stage.ordered(userId, { ...final, finalAt: new Date(+from - 1) })
    expect(idsOf((await load(userId)).meetings)).toEqual(idsOf([running, booked, ended]))
  })

  test('bots that were never made are in it as long as the event that they were booked for is', async () => {
    const userId = await stage.newUser()
    const refused = {
      state: 'failed' as const,
      finalAt: at(-3_000),
      createdAt: at(-3_000),
      calendarEventId: randomUUID(),
    }
    const ahead = await stage.ordered(userId, { ...refused, eventStartsAt: at(-30), eventEndsAt: from })
    await stage.ordered(userId, { ...refused, eventStartsAt: at(-30), eventEndsAt: new Date(+from - 1) })
    await stage.ordered(userId, { ...refused, eventEndsAt: at(60), meetingBaasId: randomUUID() })
    await stage.ordered(userId, { ...refused, eventEndsAt: at(60), state: 'cancelled' })
    await stage.ordered(userId, { ...refused, calendarEventId: null })
    expect(idsOf((await load(userId)).meetings)).toEqual([ahead.id])
  })

  test('nothing of other users is in it', async () => {
    const integration = await stage.added()
    const [eventId] = (await stage.saved(integration, aDetailedWrite())) as [string]
    const { userId } = integration
    await stage.scheduling.saveRules(userId, { ...defaultRules, enabled: true }, 0, at(1))
    await stage.ordered(userId)
    const other = await stage.added({ accountEmail: 'bo@example.test' })
    const override = { scope: 'event' as const, targetId: eventId, value: 'skip' as const, bot: null }
    await stage.scheduling.saveOverride(other.userId, override, at(1))
    expect((await load(userId)).overrides).toEqual([])
    const empty = { rules: defaultRules, events: [], overrides: [], meetings: [] }
    expect(await load(other.userId)).toMatchObject({ ...empty, accountEmails: ['bo@example.test'] })
  })
}
