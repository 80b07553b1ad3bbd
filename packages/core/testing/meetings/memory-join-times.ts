import { countsForDay, notStarted } from '../../src/meetings/launch.ts'
import type { Meeting } from '../../src/meetings/meeting.ts'
import type { JoinTimes } from '../../src/planning/day-limit/capacity-store.ts'

/** When those of these bots join that count. */
export function joinTimesOf(meetings: readonly Meeting[], { from, until, withoutBookingsOf }: JoinTimes): Date[] {
  const isLeftOut = ({ userId, calendarEventId, state }: Meeting) =>
    userId === withoutBookingsOf && calendarEventId !== null && notStarted.includes(state)
  return meetings
    .filter((meeting) => countsForDay(meeting) && !isLeftOut(meeting))
    .map(({ joinAt, createdAt }) => joinAt ?? createdAt)
    .filter((joinsAt) => joinsAt >= from && joinsAt <= until)
}
