import type { Clock } from '../../basics/clock.ts'
import { isFinal, type Meeting } from '../../meetings/meeting.ts'
import type { MeetingStore } from '../../meetings/meeting-store.ts'
import type { SharingScope } from '../../meetings/sharing/sharing.ts'
import { draftPlan } from '../draft-plan.ts'
import { planFrom } from '../load-facts.ts'
import { type PlanPolicy, planInput } from '../plan-input.ts'
import { isForEvent } from '../same-gathering.ts'
import type { PlanFacts, SchedulingStore } from '../scheduling-store.ts'

export type SkipDeps = PlanPolicy & {
  meetings: Pick<MeetingStore, 'findForUser'>
  scheduling: Pick<SchedulingStore, 'loadPlan' | 'saveOverride'>
  sharing: SharingScope
  now: Clock
}

/** Sets the override `skip` for every event that the user's bot is for. A part of `endByHand`. */
export async function skipEvents(deps: SkipDeps, { userId, botId }: { userId: string; botId: string }): Promise<void> {
  const meeting = (await deps.meetings.findForUser(userId, botId))?.meeting
  if (!meeting || isFinal(meeting.state)) return
  const at = deps.now()
  for (const targetId of await eventsOf(deps, userId, meeting, at)) {
    await deps.scheduling.saveOverride(userId, { scope: 'event', targetId, value: 'skip', bot: null }, at)
  }
}

/** The event that a bot was booked for; a plan is loaded only for a bot that was ordered by hand. */
async function eventsOf(deps: SkipDeps, userId: string, meeting: Meeting, at: Date): Promise<string[]> {
  if (meeting.calendarEventId !== null) return [meeting.calendarEventId]
  const facts = await deps.scheduling.loadPlan(userId, planFrom(at), deps.sharing)
  return coveredEvents(meeting, facts, deps, at)
}

/**
 * The events of the gathering that would be recorded without this bot, which was ordered by hand. An order by hand
 * takes over the bot of an event, and the row then does not name the event any more.
 */
function coveredEvents(meeting: Meeting, facts: PlanFacts, policy: PlanPolicy, now: Date): string[] {
  const booking = planInput(facts, policy, now).bookings.find(({ meetingId }) => meetingId === meeting.id)
  if (!booking) return []
  const { decisions } = draftPlan(planInput(without(meeting, facts), policy, now))
  return facts.events
    .filter((event) => event.joinKey === booking.joinKey && isForEvent(booking, event))
    .flatMap(({ id }) => (decisions.get(id)?.willRecord ? [id] : []))
}

function without({ id }: Meeting, facts: PlanFacts): PlanFacts {
  return {
    ...facts,
    meetings: facts.meetings.filter((meeting) => meeting.id !== id),
    others: facts.others.filter(({ meeting }) => meeting.id !== id),
  }
}
