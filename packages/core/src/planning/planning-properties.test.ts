/** What holds for every plan, tried on random ones. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runModel } from '../../testing/basics/model-runs.ts'
import { at } from '../../testing/meetings/builders.ts'
import { type PlanInput, planRecordings } from '../../testing/planning/plan-recordings.ts'
import { people, someEvents, somePlan, words } from '../../testing/planning/random-plans.ts'
import { byPrecedence, type Decision, type ReasonCode } from '../rules/decision.ts'
import type { CalendarEvent } from '../vendor/calendar-event.ts'

const runs = 400

const always = async (check: (plan: PlanInput, decisions: Map<string, Decision>) => void) =>
  await runModel(
    fc.property(somePlan, (plan) => check(plan, planRecordings(plan))),
    { runs },
  )
const has = ({ reasons }: Decision, ...codes: ReasonCode[]) => reasons.some(({ code }) => codes.includes(code))
const excluded = ['excluded_keyword', 'excluded_person', 'excluded_domain'] as const

test('every event gets a decision with its reasons in order, the winner first; no input is changed', async () => {
  await always((plan, decisions) => {
    expect([...decisions.keys()].sort()).toEqual(plan.events.map(({ id }) => id).sort())
    for (const { winner, reasons, willRecord, sharedWith } of decisions.values()) {
      expect(winner).toBe(reasons[0]?.code)
      expect(reasons).toEqual(reasons.toSorted(byPrecedence))
      if (sharedWith) expect(willRecord).toBe(true)
    }
    const frozen = { ...plan, events: plan.events.map((e) => Object.freeze(e)), bookings: Object.freeze(plan.bookings) }
    expect(planRecordings(frozen)).toEqual(decisions)
  })
})

test('the order of events and bookings makes no difference', async () => {
  await runModel(
    fc.property(
      somePlan.chain((plan) => {
        const shuffled = fc.shuffledSubarray([...plan.events], { minLength: plan.events.length })
        return fc.tuple(fc.constant(plan), shuffled)
      }),
      ([plan, shuffled]) => {
        const other = planRecordings({ ...plan, events: shuffled, bookings: plan.bookings.toReversed() })
        for (const [id, decision] of planRecordings(plan)) expect(other.get(id)).toEqual(decision)
      },
    ),
    { runs },
  )
})

test('an event that cannot be recorded is not recorded, whatever anybody wants', async () => {
  await always((plan, decisions) => {
    for (const event of plan.events) {
      const isDeclined = event.attendees?.some((a) => a.self && a.responseStatus === 'declined')
      const isOver = event.endTime <= at(0) && event.startTime <= at(-15)
      const isImpossible = event.removedAt || isOver || !event.joinKey || (event.status === 'cancelled' && !isDeclined)
      if (isImpossible) expect(decisions.get(event.id)).toMatchObject({ willRecord: false, by: 'event' })
    }
  })
})

test('an override counts before the rules, `skip` before `record` within a meeting, and exclusion before inclusion', async () => {
  await always((_, decisions) => {
    for (const decision of decisions.values()) {
      if (has(decision, 'manual_bot', 'daily_cap') || decision.by === 'event') continue
      if (has(decision, 'override_skip')) expect(decision.willRecord).toBe(false)
      else if (has(decision, 'override_record')) expect(decision.willRecord).toBe(true)
      else if (has(decision, 'series_override_skip')) expect(decision.willRecord).toBe(false)
      else if (has(decision, 'series_override_record')) expect(decision.willRecord).toBe(true)
      else if (has(decision, ...excluded, 'paused', 'rules_off')) {
        // The pause may end between two events of one meeting.
        if (!has(decision, 'shared_with_bot') || has(decision, ...excluded)) expect(decision.willRecord).toBe(false)
      }
    }
  })
})

test('another exclusion never adds a recording', async () => {
  await runModel(
    fc.property(somePlan, fc.constantFrom(...words), fc.constantFrom(...people), (plan, keyword, person) => {
      const { exclude } = plan.rules
      const stricter = { keywords: [...exclude.keywords, keyword], people: [...exclude.people, person] }
      const unlimited = { ...plan, capacity: null }
      const before = planRecordings(unlimited)
      const after = planRecordings({ ...unlimited, rules: { ...plan.rules, exclude: { ...exclude, ...stricter } } })
      for (const [id, { willRecord }] of after) if (willRecord) expect(before.get(id)?.willRecord).toBe(true)
    }),
    { runs },
  )
})

test('no two bots of a plan are for events that begin together, and an event without a bot shares one of the bots', async () => {
  await always((plan, decisions) => {
    const bookers = plan.events.filter(({ id }) => decisions.get(id)?.willRecord && !decisions.get(id)?.sharedWith)
    const places = bookers.map(({ joinKey, startTime }) => `${joinKey} ${+startTime}`)
    expect(new Set(places).size).toBe(places.length)
    for (const { sharedWith } of decisions.values()) {
      if (!sharedWith || !('eventId' in sharedWith)) continue
      expect(decisions.get(sharedWith.eventId)).toMatchObject({ willRecord: true, sharedWith: null })
    }
  })
})

test('no booking and no move gives any 24 hours more bots than the plan allows', async () => {
  await always(({ events: all, capacity, rules: { leadMinutes }, bookings }, decisions) => {
    if (!capacity) return
    const bots = all
      .filter(({ id }) => decisions.get(id)?.willRecord && !decisions.get(id)?.sharedWith)
      .map(({ startTime, id }) => {
        const planned = +startTime - leadMinutes * 60_000
        const own = bookings.filter(({ eventId, isOver }) => eventId === id && !isOver)
        // Nothing is said of those that have started: they count as `taken`.
        const hasStarted = own.some((booking) => booking.hasStarted)
        const joinsAt = own.find(
          (booking) => +booking.joinsAt === planned || (+booking.joinsAt <= +at(0) && planned <= +at(0)),
        )
        return { time: +(joinsAt?.joinsAt ?? Math.max(planned, +at(0))), isNew: !joinsAt && !hasStarted, hasStarted }
      })
    const times = [
      ...bots.filter(({ hasStarted }) => !hasStarted).map(({ time }) => time),
      ...capacity.taken.map(Number),
    ]
    for (const { time } of bots.filter(({ isNew }) => isNew)) {
      const windows = times.filter((from) => from <= time && time < from + 24 * 3_600_000)
      const counts = windows.map((from) => times.filter((t) => t >= from && t < from + 24 * 3_600_000).length)
      expect(Math.max(...counts)).toBeLessThanOrEqual(capacity.botsPerDay)
    }
  })
})

test('events of other days change nothing, not even where the limit is reached', async () => {
  const far = (all: CalendarEvent[]) =>
    all.map((e) => ({ ...e, startTime: new Date(+e.startTime + 9 * 864e5), endTime: new Date(+e.endTime + 9 * 864e5) }))
  await runModel(
    fc.property(somePlan, someEvents('far'), (plan, others) => {
      const decisions = planRecordings(plan)
      const together = planRecordings({ ...plan, events: [...far(others), ...plan.events] })
      for (const [id, decision] of decisions) expect(together.get(id)).toEqual(decision)
    }),
    { runs },
  )
})
