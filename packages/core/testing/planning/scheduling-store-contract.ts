import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Meeting } from '../../src/meetings/meeting.ts'
import { defaultRules, type RecordingRules } from '../../src/rules/rules.ts'
import { anIntegration } from '../calendars/calendar-builders.ts'
import { aMeeting, at } from '../meetings/builders.ts'
import type { OpenedScheduling, SchedulingStage } from './scheduling-stage.ts'
import { carryContract } from './scheduling-store-contract-carry.ts'
import { decisionContract } from './scheduling-store-contract-decisions.ts'
import { planContract } from './scheduling-store-contract-plan.ts'
import { sharingContract } from './scheduling-store-contract-sharing.ts'

/** What a SchedulingStore must keep, in memory as in Postgres. */
export function schedulingStoreContract(open: () => Promise<OpenedScheduling>): void {
  const stage = {} as SchedulingStage
  beforeAll(async () => {
    Object.assign(stage, await open())
    stage.added = async (changes = {}) => {
      const integration = anIntegration({ ...changes, userId: changes.userId ?? (await stage.newUser()) })
      expect(await stage.integrations.add(integration)).toBe(true)
      return integration
    }
    stage.saved = async (integration, ...events) => {
      await stage.calendarEvents.save(integration, events, at(0))
      return events.map(({ listed }) => listed.id)
    }
    stage.ordered = (userId, changes = {}) => ordered(stage, userId, changes)
  })
  describe('rules', () => {
    rulesContract(stage)
  })
  describe('overrides', () => {
    overrideContract(stage)
  })
  describe('overrides that are carried over', () => {
    carryContract(stage)
  })
  describe('decisions', () => {
    decisionContract(stage)
  })
  describe('plans', () => {
    planContract(stage)
  })
  describe('shared bots', () => {
    sharingContract(stage)
  })
  describe('users', () => {
    usersContract(stage)
  })
}

async function ordered(stage: SchedulingStage, userId: string, changes: Partial<Meeting>): Promise<Meeting> {
  const wanted = aMeeting({ joinKey: `meet:${randomUUID()}`, ...changes, userId })
  const claim = await stage.meetings.claim(
    wanted,
    { type: 'bot_requested', occurredAt: at(0), data: { joinAt: null }, cause: 'api' as const },
    'nobody',
  )
  if (claim.outcome !== 'created') throw new Error(`not created: ${claim.outcome}`)
  return claim.meeting
}

function rulesContract(stage: SchedulingStage): void {
  const some: RecordingRules = {
    ...defaultRules,
    enabled: true,
    exclude: { keywords: ['1:1'], people: [], domains: ['*.example.test'] },
    bot: { ...defaultRules.bot, customBotName: 'Notes' },
  }

  test('a user who has set none has the defaults', async () => {
    const none = { rules: defaultRules, version: 0, updatedAt: null }
    expect(await stage.scheduling.findRules(await stage.newUser())).toEqual(none)
  })

  test('rules are stored whole, only for their user', async () => {
    const [userId, otherId] = [await stage.newUser(), await stage.newUser()]
    const stored = { rules: some, version: 1, updatedAt: at(1) }
    expect(await stage.scheduling.saveRules(userId, some, 0, at(1))).toEqual(stored)
    expect(await stage.scheduling.findRules(userId)).toEqual(stored)
    expect(await stage.scheduling.findRules(otherId)).toMatchObject({ version: 0 })
  })

  test('a change counts if the rules still are as they were read', async () => {
    const userId = await stage.newUser()
    expect(await stage.scheduling.saveRules(userId, some, 1, at(1))).toBeNull()
    await stage.scheduling.saveRules(userId, some, 0, at(1))
    expect(await stage.scheduling.saveRules(userId, defaultRules, 0, at(2))).toBeNull()
    const second = { rules: defaultRules, version: 2, updatedAt: at(3) }
    expect(await stage.scheduling.saveRules(userId, defaultRules, 1, at(3))).toEqual(second)
    expect(await stage.scheduling.saveRules(userId, some, 1, at(4))).toBeNull()
    expect(await stage.scheduling.findRules(userId)).toEqual(second)
  })

  test.each([0, 1])('of many changes of version %i at once exactly one is written', async (version) => {
    const userId = await stage.newUser()
    for (let before = 0; before < version; before++) await stage.scheduling.saveRules(userId, some, before, at(0))
    const saves = Array.from({ length: 6 }, () => stage.scheduling.saveRules(userId, some, version, at(1)))
    expect((await Promise.all(saves)).filter((saved) => saved !== null)).toHaveLength(1)
  })
}

function overrideContract(stage: SchedulingStage): void {
  test('an override is stored whole, replaced and taken back', async () => {
    const userId = await stage.newUser()
    const target = { scope: 'event' as const, targetId: randomUUID() }
    const bot = { ...defaultRules.bot, customBotName: 'Board' }
    await stage.scheduling.saveOverride(userId, { ...target, value: 'record', bot }, at(1))
    const listed = () => stage.scheduling.listOverrides(userId, [target.targetId, randomUUID()])
    expect(await listed()).toEqual([{ ...target, value: 'record', bot, updatedAt: at(1) }])
    await stage.scheduling.saveOverride(userId, { ...target, value: 'skip', bot: null }, at(2))
    expect(await listed()).toEqual([{ ...target, value: 'skip', bot: null, updatedAt: at(2) }])
    await stage.scheduling.saveOverride(userId, { ...target, value: null, bot: null }, at(3))
    expect(await listed()).toEqual([])
    await stage.scheduling.saveOverride(userId, { ...target, value: null, bot: null }, at(4))
  })

  test('those of an event, of its series and of other users stand beside each other', async () => {
    const [userId, otherId] = [await stage.newUser(), await stage.newUser()]
    // A one-off event may have the id of its series.
    const targetId = randomUUID()
    const save = (owner: string, scope: 'event' | 'series', value: 'record' | 'skip' | null) =>
      stage.scheduling.saveOverride(owner, { scope, targetId, value, bot: null }, at(1))
    await save(userId, 'event', 'record')
    await save(userId, 'series', 'skip')
    await save(otherId, 'event', 'skip')
    const listed = async (owner: string) =>
      (await stage.scheduling.listOverrides(owner, [targetId])).map(({ scope, value }) => `${scope} ${value}`).sort()
    expect(await listed(userId)).toEqual(['event record', 'series skip'])
    expect(await listed(otherId)).toEqual(['event skip'])
    await save(userId, 'event', null)
    expect(await listed(userId)).toEqual(['series skip'])
    expect(await listed(otherId)).toEqual(['event skip'])
    expect(await stage.scheduling.listOverrides(userId, [])).toEqual([])
  })
}

function usersContract(stage: SchedulingStage): void {
  /** All users, in pages of two. */
  async function listed(): Promise<string[]> {
    const found: string[] = []
    for (;;) {
      const page = await stage.scheduling.listUsers(found.at(-1) ?? null, 2)
      if (page.length === 0) return found
      found.push(...page)
    }
  }

  test('those with connected calendars are listed once, by id, in pages', async () => {
    const users = await Promise.all(Array.from({ length: 5 }, () => stage.newUser()))
    for (const userId of users) {
      await stage.added({ userId })
      await stage.added({ userId, status: 'revoked' })
      await stage.ordered(userId, { calendarEventId: randomUUID() })
    }
    const found = await listed()
    expect(found).toEqual([...new Set(found)].sort())
    expect(found).toEqual(expect.arrayContaining(users))
  })

  test('those without a calendar are listed while a bot is booked for an event', async () => {
    const [booked, byHand, ended, gone] = await Promise.all(Array.from({ length: 4 }, () => stage.newUser()))
    const calendarEventId = randomUUID()
    await stage.added({ userId: gone as string, status: 'failed' })
    await stage.added({ userId: booked as string, status: 'disconnecting' })
    await stage.ordered(booked as string, { calendarEventId })
    await stage.ordered(byHand as string)
    await stage.ordered(ended as string, { calendarEventId, state: 'completed', finalAt: at(1) })
    const found = await listed()
    expect([booked, byHand, ended, gone].map((id) => found.includes(id as string))).toEqual([true, false, false, false])
  })
}
