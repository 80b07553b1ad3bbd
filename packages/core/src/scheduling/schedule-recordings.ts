import type { BotDefaults } from '../bots/bot-config.ts'
import { endBot } from '../bots/end-bot.ts'
import { foundNoRoom, notStarted } from '../bots/launch.ts'
import { isFinal, type Meeting } from '../bots/meeting.ts'
import { type MeetingStore, sameMeetingWindowMs } from '../bots/meeting-store.ts'
import type { CalendarEvent } from '../calendars/calendar-event.ts'
import type { Clock } from '../clock.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import { isSameJson } from '../same-json.ts'
import { bookRecording } from './book-recording.ts'
import { share } from './decide-recording.ts'
import type { Decision } from './decision.ts'
import { limitBots } from './limit-bots.ts'
import { type CapacityDeps, loadCapacity } from './load-capacity.ts'
import { moveRecording } from './move-recording.ts'
import { draftPlan, type PlanInput } from './plan-recordings.ts'
import { type BookingAction, reconcileBookings } from './reconcile-bookings.ts'
import type { Booking } from './same-meeting.ts'
import type { PlanFacts, SchedulingStore, StoredOverride } from './scheduling-store.ts'

export type ScheduleDeps = CapacityDeps & {
  scheduling: Pick<SchedulingStore, 'loadPlan' | 'saveDecisions'>
  meetings: Pick<MeetingStore, 'claim' | 'claimWithin' | 'find' | 'findForUser' | 'saveChange'>
  queue: Pick<JobQueue, 'enqueue'>
  defaults: BotDefaults
  /** Whether this installation records by rule at all; overrides hold in any case. */
  byRule: boolean
  newId: () => string
  now: Clock
  onEnqueueFailed: (error: unknown) => void
}

export type ScheduleResult = { events: number; decided: number; booked: number; moved: number; ended: number }

/** A meeting that began yesterday may still go on. */
export const lookBackMs = 24 * 3_600_000

/** Each of these passes was overtaken by bookings of others. The next sweep goes on where they ended. */
const passesAtMost = 5

/**
 * Decides on all events of a user and makes the booked bots agree with the decisions. Reads everything anew each time, so
 * it does not matter what it was started for, how often, or what it missed. When nothing changed it writes nothing.
 */
export async function scheduleRecordings(deps: ScheduleDeps, { userId }: { userId: string }): Promise<ScheduleResult> {
  let total: ScheduleResult = { events: 0, decided: 0, booked: 0, moved: 0, ended: 0 }
  for (let i = 0; i < passesAtMost; i++) {
    const { noRoom, ...pass } = await planOnce(deps, userId)
    const add = (count: Exclude<keyof ScheduleResult, 'events'>) => total[count] + pass[count]
    total = { ...pass, decided: add('decided'), booked: add('booked'), moved: add('moved'), ended: add('ended') }
    if (noRoom === 0) break
  }
  return total
}

/** One pass. `noRoom`: how many bookings found that others had taken the last place since it was read. */
async function planOnce(deps: ScheduleDeps, userId: string): Promise<ScheduleResult & { noRoom: number }> {
  const now = deps.now()
  const facts = await deps.scheduling.loadPlan(userId, new Date(now.getTime() - lookBackMs))
  const decisions = await decide(deps, userId, facts, now)
  const changed = [...decisions].filter(([id, decision]) => !isSameJson(facts.decisions.get(id)?.decision, decision))
  if (changed.length > 0) {
    const writes = changed.map(([eventId, decision]) => ({ eventId, decision, decidedAt: now }))
    await deps.scheduling.saveDecisions(userId, writes)
  }
  const actions = reconcileBookings({ ...facts, decisions, defaults: deps.defaults, now })
  // First what makes room. Claims that come together share a transaction.
  const bookings = actions.flatMap((action) => (action.kind === 'book' ? [action.wanted] : []))
  for (const action of actions) if (action.kind !== 'book') await carryOut(deps, userId, action)
  const outcomes = await Promise.all(bookings.map((wanted) => bookRecording(deps, userId, wanted)))
  const noRoom = outcomes.filter((outcome) => outcome === 'no_room').length
  const count = (kind: BookingAction['kind']) => actions.filter((action) => action.kind === kind).length
  const counts = { booked: bookings.length - noRoom, moved: count('move'), ended: count('end') }
  return { events: facts.events.length, decided: changed.length, ...counts, noRoom }
}

/** The decisions on all events of a plan. */
async function decide(
  deps: CapacityDeps & Pick<ScheduleDeps, 'byRule'>,
  userId: string,
  facts: PlanFacts,
  now: Date,
): Promise<Map<string, Decision>> {
  const draft = draftPlan(planInput(facts, deps.byRule, now))
  const { decisions } = draft
  for (const event of facts.events) {
    const decision = decisions.get(event.id)
    const other = decision?.willRecord && !decision.sharedWith ? botInItsPlace(facts, event, now) : null
    if (decision && other) decisions.set(event.id, share(decision, { meetingId: other.id }))
  }
  const capacity = await loadCapacity(deps, userId, [draft])
  if (capacity) limitBots(draft, capacity)
  return decisions
}

/**
 * The bot that a claim would answer instead of making one (see `MeetingStore.claim`): of another event that is not the
 * same meeting, but so close in the same room that a second bot would sit beside the first.
 */
function botInItsPlace({ meetings, rules }: PlanFacts, event: CalendarEvent, now: Date): Meeting | undefined {
  const active = meetings.filter(({ state, joinKey }) => !isFinal(state) && joinKey === event.joinKey)
  if (active.some(({ calendarEventId }) => calendarEventId === event.id)) return undefined
  const startsAt = Math.max(+now, +event.startTime - rules.leadMinutes * 60_000)
  const isSoon = startsAt <= +now + sameMeetingWindowMs
  return active.find((meeting) => {
    if (meeting.leaveRequestedAt !== null || meeting.exitedAt !== null) return false
    const otherStartsAt = +(meeting.joinAt ?? meeting.createdAt)
    return Math.abs(otherStartsAt - startsAt) <= sameMeetingWindowMs || (isSoon && otherStartsAt <= +now)
  })
}

/** What a plan is made from; the capacity is looked at later. */
export function planInput(facts: PlanFacts, byRule: boolean, now: Date): Omit<PlanInput, 'capacity'> {
  const { events, accountEmails, meetings } = facts
  return {
    events,
    rules: byRule ? facts.rules : { ...facts.rules, enabled: false },
    accountEmails,
    overrides: { events: overridesOf(facts, 'event'), series: overridesOf(facts, 'series') },
    bookings: meetings.flatMap((meeting) => toBooking(meeting) ?? []),
    now,
  }
}

function overridesOf({ overrides }: PlanFacts, scope: StoredOverride['scope']) {
  return new Map(overrides.filter((each) => each.scope === scope).map(({ targetId, value }) => [targetId, value]))
}

/** Null: it is as if it had never been booked, so another may be. */
function toBooking(meeting: Meeting): Booking | null {
  const { id: meetingId, userId, joinKey, calendarEventId: eventId } = meeting
  const isOver = isFinal(meeting.state)
  // One that could not be moved in time was somewhere else, whatever came of it there.
  if (isOver && meeting.changeOwed) return null
  if (foundNoRoom(meeting)) return null
  const wasCalledOff = meeting.state === 'cancelled' || (meeting.leaveRequestedAt !== null && meeting.joinedAt === null)
  if (wasCalledOff && (isOver || eventId === null)) return null
  const startsAt = meeting.eventStartsAt ?? meeting.joinAt ?? meeting.createdAt
  const endsAt = isOver ? (meeting.exitedAt ?? meeting.finalAt) : meeting.eventEndsAt
  const [joinsAt, hasStarted] = [meeting.joinAt ?? meeting.createdAt, !notStarted.includes(meeting.state)]
  return { meetingId, userId, joinKey, eventId, startsAt, endsAt, joinsAt, hasStarted, isOver }
}

type Adjustment = Exclude<BookingAction, { kind: 'book' }>

async function carryOut(deps: ScheduleDeps, userId: string, action: Adjustment): Promise<void> {
  if (action.kind === 'move') return await moveRecording(deps, action.meeting, action.wanted)
  const why = { cause: 'worker' as const, reason: action.why }
  await endBot(deps, { userId, botId: action.meeting.id, why })
}
