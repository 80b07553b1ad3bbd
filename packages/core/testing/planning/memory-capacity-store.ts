import type { CapacityStore } from '../../src/planning/day-limit/capacity-store.ts'
import type { MemoryCalendarStores } from '../calendars/memory-calendar-store.ts'
import { joinTimesOf } from '../meetings/memory-join-times.ts'
import type { MemoryMeetingStore } from '../meetings/memory-meeting-store.ts'

type SharedStores = Pick<MemoryCalendarStores, 'tables'> & { meetings: Pick<MemoryMeetingStore, 'rows'> }

const dayMs = 24 * 3_600_000

/** A CapacityStore without a database. Passes the same contract suite as the one in Postgres. */
export function memoryCapacityStore({ tables, meetings }: SharedStores): CapacityStore {
  return {
    async joinTimes(wanted) {
      return joinTimesOf(meetings.rows(), wanted)
    },
    async count(now) {
      const within = (from: number, until: number) =>
        joinTimesOf(meetings.rows(), { from: new Date(from), until: new Date(until), withoutBookingsOf: null }).length
      const isWaiting = (event: { endTime: Date; decisions: readonly { decision: { winner: string } }[] }) =>
        event.endTime > now && event.decisions.at(-1)?.decision.winner === 'daily_cap'
      return {
        last24Hours: within(+now - dayMs + 1, +now),
        next24Hours: within(+now + 1, +now + dayMs),
        waiting: [...tables.events.values()].filter(isWaiting).length,
      }
    },
  }
}
