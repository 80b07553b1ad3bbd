import { isSameJson } from '../../basics/same-json.ts'
import { toStoredSnapshot } from '../../log/feed/stored-snapshot.ts'
import { endBot } from '../../meetings/bots/end-bot.ts'
import { openWith } from '../../meetings/link/open-with.ts'
import { isFinal } from '../../meetings/meeting.ts'
import { sameMeetingWindowMs } from '../../meetings/meeting-store.ts'
import { leaveShare, shareBot } from '../../meetings/sharing/share-bot.ts'
import type { Decision } from '../../rules/decision.ts'
import { decideEvents } from '../decide-events.ts'
import { loadWithKeys } from '../keys/load-with-keys.ts'
import { planFrom } from '../load-facts.ts'
import { loadWithOverrides } from '../overrides/keep-overrides.ts'
import type { PlanFacts } from '../scheduling-store.ts'
import { eventJson } from '../views/event-json.ts'
import { overrideOf } from '../views/event-recordings.ts'
import { bookRecording } from './book-recording.ts'
import { keepRecording, moveRecording } from './move-recording.ts'
import { type BookingAction, reconcileBookings } from './reconcile-bookings.ts'
import { reconcileLinks } from './reconcile-links.ts'
import { reconcileSharing, type SharingAction } from './reconcile-sharing.ts'
import type { ScheduleDeps } from './schedule-deps.ts'

/** How much was done. `shared` counts other users' bots that the user began or ceased to share. */
export type ScheduleResult = {
  events: number
  decided: number
  booked: number
  moved: number
  ended: number
  shared: number
}

/** Other users' bookings overtook each of these passes. The next sweep goes on where they ended. */
const passesAtMost = 5

/**
 * Decides on all events of a user and makes the booked bots agree with the decisions. Each run reads everything again,
 * so it makes no difference why it was started, how often, or what it missed. When nothing changed, it writes nothing.
 */
export async function scheduleRecordings(deps: ScheduleDeps, { userId }: { userId: string }): Promise<ScheduleResult> {
  const total = { decided: 0, booked: 0, moved: 0, ended: 0, shared: 0 }
  for (let i = 1; ; i++) {
    const { noRoom, events, ...pass } = await planOnce(deps, userId)
    for (const count of Object.keys(total) as (keyof typeof total)[]) total[count] += pass[count]
    if (noRoom === 0 || i === passesAtMost) return { events, ...total }
  }
}

/** One pass. `noRoom`: how many bookings and moves found that other users had taken the last place meanwhile. */
async function planOnce(deps: ScheduleDeps, userId: string): Promise<ScheduleResult & { noRoom: number }> {
  const now = deps.now()
  const load = () => deps.scheduling.loadPlan(userId, planFrom(now), deps.sharing)
  const facts = await loadWithKeys(deps, () => loadWithOverrides(deps.scheduling, userId, load, now))
  const decisions = await decideEvents(deps, userId, facts, now)
  const changed = [...decisions].filter(([id, decision]) => !isSameJson(facts.decisions.get(id)?.decision, decision))
  if (changed.length > 0) {
    const snapshots = snapshotsOf(facts, decisions, now)
    const writes = changed.map(([eventId, decision]) => {
      const snapshot = snapshots(eventId)
      return { eventId, decision, decidedAt: now, ...(snapshot ? { snapshot } : {}) }
    })
    await deps.scheduling.saveDecisions(userId, writes)
  }
  const actions = reconcileBookings({ ...facts, decisions, defaults: deps.defaults, now })
  // Actions that make room come first. Claims at the same time share a transaction.
  const bookings = actions.flatMap((action) => (action.kind === 'book' ? [action.wanted] : []))
  let overtaken = 0
  for (const action of actions)
    if (action.kind !== 'book' && (await carryOut(deps, userId, action)) === 'overtaken') overtaken++
  const sharing = reconcileSharing({ userId, ...facts, decisions, now })
  for (const action of sharing) await carryOutSharing(deps, userId, action)
  const links = reconcileLinks({ ...facts, decisions })
  for (const { meetingId, meetingUrl } of links) {
    await openWith(deps, meetingId, { userId, meetingUrl, cause: 'worker' })
  }
  const outcomes = await Promise.all(bookings.map((wanted) => bookRecording(deps, userId, wanted)))
  const noRoom = overtaken + outcomes.filter((outcome) => outcome === 'no_room').length
  const count = (kind: BookingAction['kind']) => actions.filter((action) => action.kind === kind).length
  const counts = {
    booked: bookings.length - (noRoom - overtaken),
    moved: count('move'),
    ended: count('end'),
    shared: sharing.length,
  }
  return { events: facts.events.length, decided: changed.length, ...counts, noRoom }
}

/** The events with their new decisions as the log tells them, by id. */
function snapshotsOf(facts: PlanFacts, decisions: ReadonlyMap<string, Decision>, decidedAt: Date) {
  const events = new Map(facts.events.map((event) => [event.id, event]))
  const open = facts.meetings.filter(({ state }) => !isFinal(state))
  const bots = new Map(open.map(({ calendarEventId, id }) => [calendarEventId, id]))
  return (eventId: string): string | null => {
    const event = events.get(eventId)
    const decision = decisions.get(eventId)
    if (!event || !decision) return null
    const override = overrideOf(event, facts.overrides)
    const botId = bots.get(eventId) ?? null
    return toStoredSnapshot(eventJson({ event, stored: { decision, decidedAt }, override, botId }), [
      'attendees',
      'location',
    ])
  }
}

type Adjustment = Exclude<BookingAction, { kind: 'book' }>

async function carryOut(deps: ScheduleDeps, userId: string, action: Adjustment): Promise<'done' | 'overtaken'> {
  if (action.kind === 'keep') {
    await keepRecording(deps, action.meeting, action.wanted)
    return 'done'
  }
  if (action.kind === 'move' && !(await isOrderedByOthers(deps, action))) {
    const outcome = await moveRecording(deps, action.meeting, action.wanted)
    if (outcome !== 'taken') return outcome === 'done' ? 'done' : 'overtaken'
  }
  const why = { cause: 'worker' as const, reason: action.kind === 'move' ? 'moved' : action.why }
  await endBot(deps, { userId, botId: action.meeting.id, why })
  return 'done'
}

/** Whether another user ordered the bot for the place that it is to leave. It then stays there, as that user's bot. */
async function isOrderedByOthers(
  { meetings }: Pick<ScheduleDeps, 'meetings'>,
  { meeting, wanted }: Extract<Adjustment, { kind: 'move' }>,
): Promise<boolean> {
  const byMs = Math.abs(+wanted.joinAt - +(meeting.joinAt ?? meeting.createdAt))
  if (meeting.joinKey === wanted.link.joinKey && byMs <= sameMeetingWindowMs) return false
  return (await meetings.subscribers(meeting.id)).some(({ calendarEventId }) => calendarEventId === null)
}

async function carryOutSharing(deps: ScheduleDeps, userId: string, action: SharingAction): Promise<void> {
  const { meetingId } = action
  const at = deps.now()
  if (action.kind === 'leave') await leaveShare(deps, { meetingId, userId, cause: 'worker', at })
  else await shareBot(deps, meetingId, { ...action.share, sharedSince: at }, 'worker')
}
