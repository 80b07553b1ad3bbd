/**
 * What follows from news of a calendar. Every job of a calendar is found again when the queue is away:
 *
 * - `connect-calendar` and `disconnect-calendar` are owed by the row (`dueAt`). The sweep `requeue-stuck` starts them within
 *   ten seconds after that time.
 * - `sync-calendar` is owed by the row as well (`sync.nextSyncAt`). The sweep `sync-calendars` starts it at its next tick:
 *   within five minutes, or as CALENDAR_SYNC_MINUTES says.
 * - `check-calendar` is owed by no due time. The sweep `check-calendars` compares all connections with the vendor's list
 *   every ten minutes. It has those checked that differ, that are missing there, or that were never checked.
 * - `schedule-recordings` is owed by no row. The sweep `schedule-recordings-sweep` plans everybody who has a calendar or a
 *   booked bot every ten minutes, or as AUTO_SCHEDULE_MINUTES says.
 */
import type { Consequences } from '../jobs/consequences.ts'
import type { OwedJob } from '../jobs/owed-job.ts'
import { urgency } from '../jobs/urgency.ts'
import { type Integration, isConnected } from './integration.ts'

export type CalendarNews =
  /** A connection has changed; `next` is null when its row is gone. */
  | { kind: 'connection'; before: Integration; next: Integration | null }
  /** Our copy of the events has been made equal to the vendor's. */
  | { kind: 'synced'; integration: Integration; isChanged: boolean }
  /** A sync has found that the vendor does not have the calendar. Whether it is gone is for the check to say. */
  | { kind: 'missing'; integrationId: string }
  /** The vendor has told that events, or the connection itself, are not what they were. */
  | { kind: 'reported'; integrationId: string; about: 'events' | 'connection' }
  /** A user waits for it to be read. */
  | { kind: 'asked_for'; integrationId: string }

const nothing: Consequences = { jobs: [], plan: { users: [] } }

/** What follows from news of a calendar. This is the only place that says so. */
export function consequencesOf(news: CalendarNews, now: Date): Consequences {
  switch (news.kind) {
    case 'connection':
      return { jobs: jobsAfter(news.before, news.next, now), plan: { users: planned(news.before, news.next) } }
    case 'synced': {
      const { integration, isChanged } = news
      return isChanged ? { jobs: [], plan: { users: [integration.userId], urgency: urgency.soon } } : nothing
    }
    case 'missing':
      return { ...nothing, jobs: [{ name: 'check-calendar', payload: { integrationId: news.integrationId } }] }
    case 'reported': {
      const { integrationId, about } = news
      const name = about === 'events' ? 'sync-calendar' : 'check-calendar'
      return { ...nothing, jobs: [{ name, payload: { integrationId } }] }
    }
    case 'asked_for': {
      const payload = { integrationId: news.integrationId }
      return { ...nothing, jobs: [{ name: 'sync-calendar', payload, urgency: urgency.now }] }
    }
  }
}

function jobsAfter(before: Integration, next: Integration | null, now: Date): OwedJob[] {
  if (!next) return []
  const payload = { integrationId: next.id }
  const isSetUp = before.pendingRefreshToken !== null && next.refreshToken === before.pendingRefreshToken
  // Somebody waits for the calendar that was just connected: for its events, and for what the vendor says of it.
  if (isSetUp)
    return (['sync-calendar', 'check-calendar'] as const).map((name) => ({ name, payload, urgency: urgency.now }))
  const isRecovered = isConnected(next.status) && !isConnected(before.status)
  return [...callsOwed(before, next, now), ...(isRecovered ? [{ name: 'sync-calendar' as const, payload }] : [])]
}

/** The job that makes the calls to the vendor which a connection owes. */
export function jobOf({ id: integrationId, round, status }: Integration) {
  const name = status === 'disconnecting' ? ('disconnect-calendar' as const) : ('connect-calendar' as const)
  return { name, payload: { integrationId, round } }
}

/** `requeue-stuck` comes this often. What is due later is left to it. */
const sweepMs = 10_000

/** The calls that have become due, or that a shortened wait brings within seconds. Their job waits out what remains. */
function callsOwed(before: Integration, next: Integration, now: Date): OwedJob[] {
  const waitMs = ({ dueAt }: Integration) => (dueAt ? dueAt.getTime() - now.getTime() : Number.POSITIVE_INFINITY)
  const job = jobOf(next)
  const isNew = waitMs(before) > sweepMs || jobOf(before).name !== job.name
  if (waitMs(next) > sweepMs || !isNew) return []
  return waitMs(next) > 0 ? [{ ...job, delayMs: waitMs(next) }] : [job]
}

/** When a user gives up a calendar, its events no longer count. Bots that were booked for them must be called off. */
function planned(before: Integration, next: Integration | null): string[] {
  const isGivenUp = next?.status === 'disconnecting' && before.status !== 'disconnecting'
  const isTakenAway = next === null && before.status === 'disconnecting'
  return isGivenUp || isTakenAway ? [before.userId] : []
}
