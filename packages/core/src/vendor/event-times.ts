import type { ListedEvent } from './calendar-event.ts'

type Times = Pick<ListedEvent, 'startTime' | 'endTime'>

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs
/** How much longer or shorter days are on which clocks change: half an hour on Lord Howe Island, two hours at Troll. */
const clockChangesMs = [0, 30 * minuteMs, 60 * minuteMs, 120 * minuteMs]
/** Offsets of time zones are multiples of this. */
const offsetStepMs = 15 * minuteMs

/** An event without a length, or one of a few minutes, counts as going on for so long after its start. */
export const shortestMs = 15 * minuteMs

/** Until when an event counts as going on, at least: what has no length is not over the moment it begins. */
export function lastsUntil({ startTime, endTime }: Times): number {
  return Math.max(endTime.getTime(), startTime.getTime() + shortestMs)
}

/** How many whole days the times could be, in some time zone; 0 when they are not. */
export function wholeDays({ startTime, endTime }: Times): number {
  const ms = +endTime - +startTime
  const days = Math.round(ms / dayMs)
  const isLong = days > 0 && clockChangesMs.includes(Math.abs(ms - days * dayMs))
  return isLong && +startTime % offsetStepMs === 0 ? days : 0
}

/**
 * Whether the times are from midnight to midnight of a time zone; where it is not known (or not by the names of IANA, as
 * those of Windows), whether they could be.
 */
export function lastsWholeDays(times: Times, timezone: string | null): boolean {
  if (wholeDays(times) === 0) return false
  if (timezone === null) return true
  try {
    const clock = new Intl.DateTimeFormat('en-GB', { timeZone: timezone, timeStyle: 'medium' })
    return [times.startTime, times.endTime].every((time) => clock.format(time) === '00:00:00')
  } catch {
    return true
  }
}
