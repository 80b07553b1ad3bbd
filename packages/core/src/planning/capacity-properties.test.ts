/**
 * Several users plan in turns under one limit. They start from any state, even an overbooked one. At some point no plan
 * changes anything any more.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runModel } from '../../testing/basics/model-runs.ts'
import { at } from '../../testing/meetings/builders.ts'
import { aBooking, anEvent, aPlan, noOverrides } from '../../testing/planning/events.ts'
import { planRecordings } from '../../testing/planning/plan-recordings.ts'
import type { CalendarEvent } from '../vendor/calendar-event.ts'
import { hasRoom } from './day-limit/admit.ts'

/** An event of a user with what makes it important, and when its bot is booked to join. */
type Slot = { userId: string; event: CalendarEvent; isOverridden: boolean; bookedFor: Date | null }
type World = { slots: Slot[]; byHand: Date[]; botsPerDay: number }

const hours = fc.integer({ min: 1, max: 60 }).map((hour) => at(hour * 60))
const someSlot = fc.record({
  userId: fc.constantFrom('ines', 'bo'),
  startTime: hours,
  isOrganizer: fc.boolean(),
  isOverridden: fc.boolean(),
  /** By how many minutes its bot is off; null: it has none. */
  bookedOff: fc.constantFrom(null, null, 0, 0, 5, 120),
})
const someWorld: fc.Arbitrary<World> = fc
  .record({
    slots: fc.array(someSlot, { minLength: 1, maxLength: 14 }),
    byHand: fc.array(hours, { maxLength: 3 }),
    botsPerDay: fc.integer({ min: 0, max: 4 }),
  })
  .map(({ slots, ...rest }) => ({
    ...rest,
    slots: slots.map(({ userId, startTime, isOrganizer, isOverridden, bookedOff }, i) => {
      const endTime = new Date(+startTime + 1_800_000)
      const event = anEvent({ id: `e${i}`, userId, joinKey: `meet:${i}`, startTime, endTime, isOrganizer })
      const bookedFor = bookedOff === null ? null : new Date(+startTime - bookedOff * 60_000)
      return { userId, event, isOverridden, bookedFor }
    }),
  }))

const runs = 400
const users = ['ines', 'bo'] as const
const bookedTimes = (slots: readonly Slot[]) => slots.flatMap(({ bookedFor }) => bookedFor ?? [])
const stateOf = ({ slots }: World) => slots.map(({ bookedFor }) => bookedFor?.getTime() ?? null)

function decisionsOf({ slots, byHand, botsPerDay }: World, userId: string) {
  const own = slots.filter((slot) => slot.userId === userId)
  const others = slots.filter((slot) => slot.userId !== userId)
  const bookings = own.flatMap(({ event, bookedFor }) =>
    bookedFor
      ? [
          aBooking({
            meetingId: event.id,
            eventId: event.id,
            userId,
            joinKey: event.joinKey as string,
            startsAt: bookedFor,
          }),
        ]
      : [],
  )
  const overridden = own.filter(({ isOverridden }) => isOverridden)
  return planRecordings(
    aPlan(
      own.map(({ event }) => event),
      {
        bookings,
        overrides: { ...noOverrides, events: new Map(overridden.map(({ event }) => [event.id, 'record'])) },
        capacity: { botsPerDay, taken: [...bookedTimes(others), ...byHand] },
      },
    ),
  )
}

/** Carries a plan out as scheduleRecordings does: first ends and moves, then books, each booking within the limit. */
function planFor(world: World, userId: string): World {
  const decisions = decisionsOf(world, userId)
  const willRecord = ({ event }: Slot) => decisions.get(event.id)?.willRecord
  const slots = world.slots.map((slot) => {
    const isPlanned = slot.userId === userId && slot.bookedFor !== null
    const stands = willRecord(slot) ? slot.event.startTime : null
    return { ...slot, bookedFor: isPlanned ? stands : slot.bookedFor }
  })
  for (const slot of slots) {
    if (slot.userId !== userId || slot.bookedFor !== null || !willRecord(slot)) continue
    const taken = [...bookedTimes(slots), ...world.byHand]
    expect(
      hasRoom([slot.event.startTime], { botsPerDay: world.botsPerDay, taken }),
      'refused what was planned',
    ).toEqual([true])
    slot.bookedFor = slot.event.startTime
  }
  return { ...world, slots }
}

const rank = ({ isOverridden, event }: Slot) => Number(isOverridden) * 2 + Number(event.isOrganizer)

test('users who plan in turns soon have nothing left to change, and no planned booking is refused', async () => {
  await runModel(
    fc.property(someWorld, (start) => {
      let world = start
      for (let round = 0; ; round++) {
        const before = stateOf(world)
        for (const userId of users) world = planFor(world, userId)
        if (JSON.stringify(stateOf(world)) === JSON.stringify(before)) return
        expect(round, 'they do not come to rest').toBeLessThan(world.slots.length + 2)
      }
    }),
    { runs },
  )
})

test('a second plan of the same user changes nothing', async () => {
  await runModel(
    fc.property(someWorld, (start) => {
      const world = planFor(start, 'ines')
      expect(stateOf(planFor(world, 'ines'))).toEqual(stateOf(world))
    }),
    { runs },
  )
})

test('a booked bot that does not move gives way only to a more important new bot of the same user', async () => {
  await runModel(
    fc.property(someWorld, (before) => {
      const after = planFor(before, 'ines')
      const isNew = (i: number) => +(before.slots[i]?.bookedFor ?? 0) !== +(after.slots[i]?.bookedFor ?? 0)
      for (const [i, slot] of before.slots.entries()) {
        const stood = slot.bookedFor !== null && +slot.bookedFor === +slot.event.startTime
        if (!stood || after.slots[i]?.bookedFor) continue
        const betters = after.slots.filter(
          (other, j) => other.userId === 'ines' && other.bookedFor && isNew(j) && rank(other) > rank(slot),
        )
        const near = betters.filter(({ event }) => Math.abs(+event.startTime - +slot.event.startTime) < 24 * 3_600_000)
        expect(near.length).toBeGreaterThan(0)
      }
      // And the slots of other users do not change.
      const others = (world: World) => world.slots.filter(({ userId }) => userId !== 'ines')
      expect(others(after)).toEqual(others(before))
    }),
    { runs },
  )
})

test('two users who exceed the limit together keep the bots that they have', () => {
  const slot = (userId: string, id: string): Slot => {
    const event = anEvent({ id, userId, joinKey: `meet:${id}` })
    return { userId, event, isOverridden: false, bookedFor: event.startTime }
  }
  const world = { slots: [slot('ines', 'a'), slot('bo', 'b')], byHand: [], botsPerDay: 1 }
  for (const userId of users) expect(stateOf(planFor(world, userId))).toEqual(stateOf(world))
})
