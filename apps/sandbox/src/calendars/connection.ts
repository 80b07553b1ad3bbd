import { randomBytes } from 'node:crypto'
import type { EventBotConfig } from '../bots/bot-config.ts'
import type { ScheduledBot } from '../bots/scheduled-bot.ts'
import type { Credentials } from './provider/account-book.ts'
import type { EventContent, EventStatus } from './provider/event-content.ts'
import type { ProviderSeries, RawCalendar } from './provider/provider-account.ts'
import type { SeriesFacts } from './provider/series.ts'
import { SortedList } from './sorted-list.ts'

const dayMs = 24 * 3600_000

/** Life of a push subscription (openapi-v2.json, GetCalendarDetailsResponse); virtual ms. */
const subscriptionMs = { google: 7 * dayMs, microsoft: 3 * dayMs }

export const connectionStatuses = ['active', 'error', 'revoked', 'permission_denied'] as const
export type ConnectionStatus = (typeof connectionStatuses)[number]

/** The vendor's copy of one occurrence. Times: virtual ms. */
export type Instance = {
  readonly id: string
  readonly series: VendorSeries
  /** The number of the occurrence in its series. */
  readonly index: number
  readonly createdAt: number
  updatedAt: number
  start: number
  end: number
  content: EventContent
  status: EventStatus
  isException: boolean
  /** Bots that were booked for it, the oldest first; none for most events. */
  bookings: readonly ScheduledBot[]
}

/** The vendor's copy of an event or series: what it saw last, and the occurrences that it made from that. */
export type VendorSeries = {
  readonly id: string
  readonly source: ProviderSeries
  readonly connection: Connection
  readonly type: 'one_off' | 'recurring'
  readonly createdAt: number
  seen: SeriesFacts
  instances: Instance[]
  /** The bot for all occurrences, future ones included. */
  botConfig: EventBotConfig | null
}

/** A calendar that the team has connected. Times: virtual ms. */
export type Connection = {
  readonly id: string
  readonly calendar: RawCalendar
  readonly createdAt: number
  updatedAt: number
  credentials: Credentials
  status: ConnectionStatus
  statusMessage: string | null
  subscription: { id: string; createdAt: number; expiresAt: number } | null
  /** Whether the provider's notifications about this calendar arrive. */
  push: boolean
  syncedAt: number | null
  syncStatus: 'success' | 'failed' | null
  syncError: string | null
  /** Occurrences before this time have been copied; null until the first sync. */
  windowEnd: number | null
  /** By the provider's id of the series. */
  readonly series: Map<string, VendorSeries>
  readonly instances: SortedList<Instance>
}

export function createConnection(
  id: string,
  calendar: RawCalendar,
  credentials: Credentials,
  createdAt: number,
): Connection {
  return {
    id,
    calendar,
    credentials,
    createdAt,
    updatedAt: createdAt,
    status: 'active',
    statusMessage: null,
    subscription: null,
    push: true,
    syncedAt: null,
    syncStatus: null,
    syncError: null,
    windowEnd: null,
    series: new Map(),
    instances: new SortedList((instance) => instance.start),
  }
}

/** Replaces the push subscription by a new one, from `now` (virtual ms). */
export function subscribe(connection: Connection, now: number): void {
  const id = `sub_${randomBytes(12).toString('hex')}`
  const expiresAt = now + subscriptionMs[connection.calendar.account.platform]
  connection.subscription = { id, createdAt: now, expiresAt }
  connection.updatedAt = now
}

/** Whether the vendor hears of a change at the provider by itself. `now` is virtual ms. */
export function hearsOfChanges({ status, push, calendar, subscription, windowEnd }: Connection, now: number): boolean {
  const subscribed = subscription !== null && subscription.expiresAt > now
  return status === 'active' && push && calendar.account.push && subscribed && windowEnd !== null
}

/** Whether a bot is booked for the event or was sent to it (openapi-v2.json: a schedule exists). */
export function hasBot({ bookings }: Instance): boolean {
  return bookings.some(({ status }) => status === 'scheduled' || status === 'completed')
}
