import type { BotDefaults } from '../bots/bot-config.ts'
import { endBot } from '../bots/end-bot.ts'
import { isFinal, type Meeting } from '../bots/meeting.ts'
import { type MeetingStore, sameMeetingWindowMs } from '../bots/meeting-store.ts'
import { planSubscribersAgain } from '../bots/plan-again.ts'
import { leaveShare, seenBy, shareBot } from '../bots/share-bot.ts'
import type { SharingScope } from '../bots/sharing.ts'
import type { CalendarEvent } from '../calendars/calendar-event.ts'
import type { Clock } from '../clock.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import { isSameJson } from '../same-json.ts'
import { bookRecording } from './book-recording.ts'
import { share } from './decide-recording.ts'
import type { Decision } from './decision.ts'
import { loadWithOverrides, type OverrideKeeper } from './keep-overrides.ts'
import { moveRecording } from './move-recording.ts'
import { type PlanInput, planRecordings } from './plan-recordings.ts'
import { type BookingAction, reconcileBookings } from './reconcile-bookings.ts'
import { reconcileSharing, type SharingAction } from './reconcile-sharing.ts'
import type { Booking } from './same-meeting.ts'
import type { PlanFacts, SchedulingStore, StoredOverride } from './scheduling-store.ts'
import { isSharable } from './sharable-bots.ts'

export type ScheduleDeps = {
  scheduling: OverrideKeeper & Pick<SchedulingStore, 'loadPlan' | 'saveDecisions'>
  meetings: Pick<MeetingStore, 'claim' | 'find' | 'findForUser' | 'saveChange' | 'subscribers'>
  queue: Pick<JobQueue, 'enqueue'>
  defaults: BotDefaults
  /** Whether this installation records by rule at all; overrides hold in any case. */
  byRule: boolean
  /** Whose bots a user may share instead of having one of their own. */
  sharing: SharingScope
  newId: () => string
  now: Clock
  onEnqueueFailed: (error: unknown) => void
}

/** How much was done; `shared` counts bots of others that the user came to share, or left. */
export type ScheduleResult = {
  events: number
  decided: number
  booked: number
  moved: number
  ended: number
  shared: number
}

/** A meeting that began yesterday may still go on. */
export const lookBackMs = 24 * 3_600_000

/**
 * Decides on all events of a user and makes the booked bots agree with the decisions. Reads everything anew each time, so
 * it does not matter what it was started for, how often, or what it missed. When nothing changed it writes nothing.
 */
export async function scheduleRecordings(deps: ScheduleDeps, { userId }: { userId: string }): Promise<ScheduleResult> {
  const now = deps.now()
  const from = new Date(now.getTime() - lookBackMs)
  const load = () => deps.scheduling.loadPlan(userId, from, deps.sharing)
  const facts = await loadWithOverrides(deps.scheduling, userId, load, now)
  const decisions = decide(facts, deps.byRule, now)
  const changed = [...decisions].filter(([id, decision]) => !isSameJson(facts.decisions.get(id)?.decision, decision))
  if (changed.length > 0) {
    const writes = changed.map(([eventId, decision]) => ({ eventId, decision, decidedAt: now }))
    await deps.scheduling.saveDecisions(userId, writes)
  }
  const actions = reconcileBookings({ ...facts, decisions, defaults: deps.defaults, now })
  // First what makes room. Claims that come together share a transaction.
  const bookings = actions.flatMap((action) => (action.kind === 'book' ? [action.wanted] : []))
  for (const action of actions) if (action.kind !== 'book') await carryOut(deps, userId, action)
  const sharing = reconcileSharing({ userId, ...facts, decisions })
  for (const action of sharing) await carryOutSharing(deps, userId, action)
  await Promise.all(bookings.map((wanted) => bookRecording(deps, userId, wanted)))
  const count = (kind: BookingAction['kind']) => actions.filter((action) => action.kind === kind).length
  const counts = { booked: count('book'), moved: count('move'), ended: count('end') }
  return { events: facts.events.length, decided: changed.length, ...counts, shared: sharing.length }
}

/** The decisions on all events of a plan. Pure. */
export function decide(facts: PlanFacts, byRule: boolean, now: Date): Map<string, Decision> {
  const decisions = planRecordings(planInput(facts, byRule, now))
  for (const event of facts.events) {
    const decision = decisions.get(event.id)
    const other = decision?.willRecord && !decision.sharedWith ? botInItsPlace(facts, event, now) : null
    if (decision && other) decisions.set(event.id, share(decision, { meetingId: other.id }))
  }
  return decisions
}

/**
 * The bot that a claim would answer instead of making one (see `MeetingStore.claim`): of another event that is not the
 * same meeting, but so close in the same room that a second bot would sit beside the first.
 */
function botInItsPlace({ meetings, others, rules }: PlanFacts, event: CalendarEvent, now: Date): Meeting | undefined {
  const own = meetings.filter(({ state, joinKey }) => !isFinal(state) && joinKey === event.joinKey)
  if (own.some(({ calendarEventId }) => calendarEventId === event.id)) return undefined
  const open = others.filter((other) => other.meeting.joinKey === event.joinKey && isSharable(other))
  const active = [...own, ...open.map(({ meeting }) => meeting)]
  const startsAt = Math.max(+now, +event.startTime - rules.leadMinutes * 60_000)
  const isSoon = startsAt <= +now + sameMeetingWindowMs
  return active.find((meeting) => {
    if (meeting.leaveRequestedAt !== null || meeting.exitedAt !== null) return false
    const otherStartsAt = +(meeting.joinAt ?? meeting.createdAt)
    return Math.abs(otherStartsAt - startsAt) <= sameMeetingWindowMs || (isSoon && otherStartsAt <= +now)
  })
}

/** What a plan is made from. */
export function planInput(facts: PlanFacts, byRule: boolean, now: Date): PlanInput {
  const { events, accountEmails, meetings } = facts
  return {
    events,
    rules: byRule ? facts.rules : { ...facts.rules, enabled: false },
    accountEmails,
    overrides: { events: overridesOf(facts, 'event'), series: overridesOf(facts, 'series') },
    bookings: [...meetings.flatMap((meeting) => toBooking(meeting) ?? []), ...bookingsOfOthers(facts)],
    capacity: null,
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
  const wasCalledOff = meeting.state === 'cancelled' || (meeting.leaveRequestedAt !== null && meeting.joinedAt === null)
  if (wasCalledOff && (isOver || eventId === null)) return null
  const startsAt = meeting.eventStartsAt ?? meeting.joinAt ?? meeting.createdAt
  const endsAt = isOver ? (meeting.exitedAt ?? meeting.finalAt) : meeting.eventEndsAt
  return { meetingId, userId, joinKey, eventId, startsAt, endsAt, isOver }
}

/**
 * Bots of others as a plan sees them. One that has left, or that the user ordered by hand as well, counts as the user's
 * own; any other may be shared.
 */
function bookingsOfOthers({ others }: PlanFacts): Booking[] {
  return others.flatMap((other) => {
    const { meeting, share } = other
    const isOwn = share !== null && (isFinal(meeting.state) || share.calendarEventId === null)
    if (isOwn) return toBooking(seenBy(meeting, share)) ?? []
    return isSharable(other) ? (toBooking(meeting) ?? []) : []
  })
}

type Adjustment = Exclude<BookingAction, { kind: 'book' }>

async function carryOut(deps: ScheduleDeps, userId: string, action: Adjustment): Promise<void> {
  if (action.kind === 'move') {
    await moveRecording(deps, action.meeting, action.wanted)
    // Whoever shares it may want one for the time before.
    return await planSubscribersAgain(deps, action.meeting.id).catch(deps.onEnqueueFailed)
  }
  const why = { cause: 'worker' as const, reason: action.why }
  await endBot(deps, { userId, botId: action.meeting.id, why })
}

async function carryOutSharing(deps: ScheduleDeps, userId: string, action: SharingAction): Promise<void> {
  const { meetingId } = action
  const at = deps.now()
  if (action.kind === 'leave') await leaveShare(deps, { meetingId, userId, cause: 'worker', at })
  else await shareBot(deps, meetingId, { ...action.share, sharedSince: at }, 'worker')
}
