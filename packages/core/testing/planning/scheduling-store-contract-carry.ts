import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { OverrideCarry } from '../../src/planning/scheduling-store.ts'
import { defaultRules } from '../../src/rules/rules.ts'
import { at } from '../meetings/builders.ts'
import type { SchedulingStage } from './scheduling-stage.ts'

const scope = 'series' as const

/** What a SchedulingStore must keep when overrides are carried over from what was replaced. */
export function carryContract(stage: SchedulingStage): void {
  const said = async (userId: string, targetId: string, value: 'record' | 'skip' | null, minute = 1) => {
    const bot = { ...defaultRules.bot, customBotName: 'Notes' }
    await stage.scheduling.saveOverride(userId, { scope, targetId, value, bot }, at(minute))
  }
  const noted = (userId: string, ...targetIds: string[]) =>
    stage.scheduling.noteOverrides(
      userId,
      targetIds.map((targetId) => ({ scope, targetId, subject: 'planning', startsAt: null })),
    )
  const carry = (targetId: string, fromId: string, ...others: string[]): OverrideCarry => {
    return { scope, targetId, fromId, predecessorIds: [fromId, ...others] }
  }
  const carried = (userId: string, ...carries: OverrideCarry[]) =>
    stage.scheduling.carryOverrides(userId, carries, at(2))
  const listed = async (userId: string, ids: string[]) =>
    (await stage.scheduling.listOverrides(userId, ids))
      .map(({ targetId, value }) => `${ids.indexOf(targetId)} ${value}`)
      .sort()
  const left = async (userId: string) =>
    (await stage.scheduling.loadPlan(userId, at(0), 'nobody')).overrides.map(({ targetId }) => targetId).sort()

  /** A user with an override of a series, and what else a test needs to name. */
  async function replaced() {
    const [old, heir, other] = [randomUUID(), randomUUID(), randomUUID()]
    const userId = await stage.newUser()
    await said(userId, old, 'record')
    await noted(userId, old)
    return { userId, old, heir, other }
  }

  test('an override is copied with all of its fields and its time', async () => {
    const { userId, old, heir } = await replaced()
    await carried(userId, carry(heir, old))
    const whole = { scope, value: 'record', bot: { ...defaultRules.bot, customBotName: 'Notes' }, updatedAt: at(1) }
    const both = await stage.scheduling.listOverrides(userId, [old, heir])
    expect(both).toEqual(expect.arrayContaining([old, heir].map((targetId) => ({ ...whole, targetId }))))
    expect((await stage.scheduling.loadPlan(userId, at(0), 'nobody')).overrides).toEqual([
      { ...whole, targetId: heir, subject: 'planning', isCarried: false },
    ])
  })

  test('an override is carried once: when it is taken back, it stays taken back', async () => {
    const { userId, old, heir } = await replaced()
    await carried(userId, carry(heir, old))
    await said(userId, heir, null)
    await carried(userId, carry(heir, old))
    expect(await listed(userId, [old, heir])).toEqual(['0 record'])
    expect(await left(userId)).toEqual([])
  })

  test('an override that is given again may be carried again', async () => {
    const { userId, old, heir, other } = await replaced()
    await carried(userId, carry(heir, old))
    await said(userId, old, 'skip', 3)
    expect(await left(userId)).toEqual([old, heir].sort())
    await carried(userId, carry(other, old))
    expect(await listed(userId, [old, heir, other])).toEqual(['0 skip', '1 record', '2 skip'])
  })

  test('a target that has its own override by now keeps it', async () => {
    const { userId, old, heir } = await replaced()
    await said(userId, heir, 'skip')
    await carried(userId, carry(heir, old))
    expect(await listed(userId, [old, heir])).toEqual(['0 record', '1 skip'])
  })

  test('one is carried to several, of several one, and none of them again', async () => {
    const { userId, old, heir, other } = await replaced()
    const passedOver = randomUUID()
    await said(userId, passedOver, 'skip')
    await noted(userId, passedOver)
    await carried(userId, carry(heir, old, passedOver), carry(other, old, passedOver))
    expect(await listed(userId, [old, heir, other, passedOver])).toEqual(['0 record', '1 record', '2 record', '3 skip'])
    expect(await left(userId)).toEqual([heir, other].sort())
  })

  test('nothing is carried from an override that is gone, from another user or between events and series', async () => {
    const { userId, old, heir } = await replaced()
    const stranger = await stage.newUser()
    await carried(stranger, carry(heir, old))
    await carried(userId, carry(heir, randomUUID()), { ...carry(heir, old), scope: 'event' })
    expect(await listed(userId, [old, heir])).toEqual(['0 record'])
    expect(await listed(stranger, [old, heir])).toEqual([])
    expect(await left(userId)).toEqual([old])
  })

  test('an event and a series of the same id are not taken for each other', async () => {
    const { userId, old, heir, other } = await replaced()
    const event = { scope: 'event' as const, targetId: old, bot: null }
    await stage.scheduling.saveOverride(userId, { ...event, value: 'skip' }, at(1))
    await carried(userId, carry(heir, old), { ...carry(other, old), scope: 'event' })
    const both = await stage.scheduling.listOverrides(userId, [heir, other])
    const told = both.map(({ scope: of, targetId, value }) => [of, targetId, value])
    expect(told.sort()).toEqual([
      ['event', other, 'skip'],
      ['series', heir, 'record'],
    ])
  })

  test('of many passes at once one carries', async () => {
    const { userId, old, heir, other } = await replaced()
    const heirs = [carry(heir, old), carry(other, old)]
    await Promise.all(Array.from({ length: 6 }, (_, i) => carried(userId, heirs[i % 2] as OverrideCarry)))
    expect(await listed(userId, [old, heir, other])).toHaveLength(2)
  })

  test('notes are kept of overrides that are there, whatever their number', async () => {
    const { userId, old, heir } = await replaced()
    await noted(userId)
    await noted(userId, heir)
    const [stranger, event] = [await stage.newUser(), { scope: 'event' as const, targetId: old }]
    await stage.scheduling.noteOverrides(stranger, [{ ...event, subject: 'other', startsAt: at(60) }])
    await stage.scheduling.noteOverrides(userId, [{ ...event, subject: 'other', startsAt: at(60) }])
    expect((await stage.scheduling.loadPlan(userId, at(0), 'nobody')).overrides).toMatchObject([
      { subject: 'planning' },
    ])
  })
}
