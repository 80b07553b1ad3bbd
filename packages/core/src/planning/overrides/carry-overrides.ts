import { createHash } from 'node:crypto'
import { isDeclined } from '../../rules/participants.ts'
import type { CalendarEvent } from '../../vendor/calendar-event.ts'
import { byStart } from '../same-gathering.ts'
import type { OverrideCarry, OverrideNote, PlanFacts, PlannedOverride, StoredOverride } from '../scheduling-store.ts'

/** An event, or a series, that is to take place. */
type Target = Pick<StoredOverride, 'scope' | 'targetId'> & {
  /** Its occurrences, by time. */
  events: CalendarEvent[]
}

/** A series that came up within this time may be the successor of one that has only now been taken out. */
const replacedWithinMs = 24 * 3_600_000

/**
 * Calendars replace events. "This and following events" ends a series and begins another one. A user who deletes an
 * event and makes it again, or connects a calendar again, has events with new ids. What the user said about the old
 * events holds for the new ones. Pure.
 *
 * A new event replaces an old one if the calendar's account, the room (join key), the title and the start are the same
 * and the old event does not take place. A new series may have other times than the old one. But it must be younger than
 * the override, and the old series must have no occurrence left when the new one begins.
 *
 * If one replaces several, `skip` counts before `record`. If one is replaced by several of which not all may be meant,
 * `record` is carried over to none of them.
 *
 * The old calendar may no longer exist, so overrides have a note of what they are about.
 */
export function carryOverrides(
  facts: Pick<PlanFacts, 'events' | 'overrides' | 'decisions'>,
  now: Date,
): { notes: OverrideNote[]; carries: OverrideCarry[] } {
  if (facts.overrides.length === 0) return { notes: [], carries: [] }
  const targets = targetsOf(facts.events)
  const open = facts.overrides.filter(({ isCarried }) => !isCarried)
  const notes = open.flatMap((override) => noteOn(override, targets.get(keyOf(override))) ?? [])
  const overridden = new Set(facts.overrides.map(keyOf))
  const heirs = [...targets.values()].filter(
    (target) => !overridden.has(keyOf(target)) && (target.scope === 'event' || isNew(target, facts.decisions, now)),
  )
  const carries = heirs.flatMap((heir) => carryTo(heir, open, targets) ?? [])
  return { notes, carries: carries.filter((carry) => isClear(carry, open, carries)) }
}

const keyOf = ({ scope, targetId }: Pick<StoredOverride, 'scope' | 'targetId'>) => `${scope} ${targetId}`

function targetsOf(events: readonly CalendarEvent[]): Map<string, Target> {
  const targets = new Map<string, Target>()
  for (const event of events.filter(takesPlace).sort(byStart)) {
    targets.set(`event ${event.id}`, { scope: 'event', targetId: event.id, events: [event] })
    const series = targets.get(`series ${event.seriesId}`)
    if (series) series.events.push(event)
    else targets.set(`series ${event.seriesId}`, { scope: 'series', targetId: event.seriesId, events: [event] })
  }
  return targets
}

/** Whether the event takes place. An event that its owner declined still does, for the other guests. */
function takesPlace(event: CalendarEvent): boolean {
  return event.removedAt === null && (event.status !== 'cancelled' || isDeclined(event))
}

/** @returns null when there is nothing new to note */
function noteOn({ scope, targetId, subject }: PlannedOverride, target: Target | undefined): OverrideNote | null {
  const found = target ? subjectOf(target) : null
  return found && found.subject !== subject ? { scope, targetId, ...found } : null
}

/**
 * What identifies an event or series, whatever its id. Only a hash is stored, because it outlives the calendar.
 * @returns null when there is nothing to identify it by
 */
function subjectOf({ scope, events }: Target): Pick<OverrideNote, 'subject' | 'startsAt'> | null {
  // An exception does not stand for its series, and an older occurrence may not show later changes of the series.
  const typical = events.findLast(({ isException }) => scope === 'event' || !isException)
  if (!typical?.joinKey) return null
  const { provider, accountEmail, joinKey, title, startTime, isRecurring } = typical
  const startsAt = scope === 'series' && isRecurring ? null : startTime
  const facts = [provider, accountEmail, joinKey, title, startsAt?.getTime() ?? null]
  return { subject: createHash('sha1').update(JSON.stringify(facts)).digest('base64'), startsAt }
}

/** A series that was seen beside the old series for long does not take its place when the old one ends. */
function isNew({ events }: Target, decisions: PlanFacts['decisions'], now: Date): boolean {
  return events.every(({ id }) => !decisions.has(id)) || cameUpAt(events) >= now.getTime() - replacedWithinMs
}

const cameUpAt = (events: CalendarEvent[]): number => Math.min(...events.map(({ createdAt }) => createdAt.getTime()))

function carryTo(heir: Target, open: PlannedOverride[], targets: Map<string, Target>): OverrideCarry | null {
  const { scope, targetId, events } = heir
  const begins = events[0] as CalendarEvent
  const candidates = open.filter((override) => {
    const last = targets.get(keyOf(override))?.events.at(-1)
    if (override.scope !== scope || scope === 'event') return override.scope === scope && !last
    return (!last || last.startTime < begins.startTime) && cameUpAt(events) > override.updatedAt.getTime()
  })
  const subject = candidates.length > 0 ? subjectOf(heir)?.subject : undefined
  const predecessors = candidates.filter((override) => override.subject === subject).sort(bySafety)
  const [first] = predecessors
  if (!first || subject === undefined) return null
  return { scope, targetId, fromId: first.targetId, predecessorIds: predecessors.map((each) => each.targetId) }
}

/** `skip` first, and then what was said last. */
function bySafety(a: PlannedOverride, b: PlannedOverride): number {
  return Number(b.value === 'skip') - Number(a.value === 'skip') || +b.updatedAt - +a.updatedAt
}

/** Nobody is recorded by guess: of several series that could be meant, all can be spared, but not all be recorded. */
function isClear({ scope, fromId }: OverrideCarry, open: PlannedOverride[], carries: OverrideCarry[]): boolean {
  if (scope === 'event') return true
  const isRecord = open.some((one) => one.scope === scope && one.targetId === fromId && one.value === 'record')
  return !isRecord || carries.filter((other) => other.scope === scope && other.fromId === fromId).length === 1
}

/**
 * The facts of a plan as they will be when these carries are stored (see `SchedulingStore.carryOverrides`).
 * @param carries of these facts
 */
export function asCarried(facts: PlanFacts, carries: readonly OverrideCarry[]): PlanFacts {
  if (carries.length === 0) return facts
  const settled = new Set(
    carries.flatMap(({ scope, predecessorIds }) => predecessorIds.map((targetId) => keyOf({ scope, targetId }))),
  )
  const kept = facts.overrides.map((one) => (settled.has(keyOf(one)) ? { ...one, isCarried: true } : one))
  const copies = carries.flatMap(({ scope, targetId, fromId }) => {
    const from = facts.overrides.find((one) => one.scope === scope && one.targetId === fromId)
    return from ? [{ ...from, targetId }] : []
  })
  return { ...facts, overrides: [...kept, ...copies] }
}
