import type { ListedEvent } from './calendar-event.ts'

type Times = Pick<ListedEvent, 'startTime' | 'endTime'>

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs
/** How much longer or shorter a day is when clocks change: half an hour on Lord Howe Island, two hours at Troll. */
const clockChangesMs = [0, 30 * minuteMs, 60 * minuteMs, 120 * minuteMs]
/** The offset of a time zone is a multiple of this. */
const offsetStepMs = 15 * minuteMs

/** An event without a length, or with only a few minutes, counts as lasting this long. */
export const shortestMs = 15 * minuteMs

/** Until when an event counts as going on, in ms since 1970. An event without a length does not end as it begins. */
export function lastsUntil({ startTime, endTime }: Times): number {
  return Math.max(endTime.getTime(), startTime.getTime() + shortestMs)
}

/** How many whole days an event could last in some time zone; 0 when it cannot be whole days. */
export function wholeDays({ startTime, endTime }: Times): number {
  const ms = +endTime - +startTime
  const days = Math.round(ms / dayMs)
  const isLong = days > 0 && clockChangesMs.includes(Math.abs(ms - days * dayMs))
  return isLong && +startTime % offsetStepMs === 0 ? days : 0
}

/**
 * Whether an event lasts from midnight to midnight in its time zone. When the zone is null, or not an IANA name
 * (Windows has its own), the answer is whether the event could last whole days somewhere.
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
