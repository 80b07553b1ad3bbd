import type { VirtualClock } from '../clock/virtual-clock.ts'
import type { Notification } from '../notifications/payloads.ts'
import { eventChanges, eventsSynced } from './calendar-notices.ts'
import type { CalendarSettings } from './calendar-settings.ts'
import { type Connection, hearsOfChanges } from './connection.ts'
import type { ProviderSeries } from './provider/provider-account.ts'
import { type Changes, materialise, reconcile } from './reconcile.ts'

/** Events are kept for this long ahead (Meeting BaaS docs, new-features: "now to +30 days", rolling). */
const windowMs = 30 * 24 * 3600_000

export type CalendarSyncParts = {
  clock: VirtualClock
  settings: CalendarSettings
  notify: (notification: Notification) => void
  /** Called before webhooks are sent, so that bots have followed their events by then. */
  bots: { follow: (changes: Changes) => void }
}

/** How the vendor learns what is in the providers' calendars. */
export class CalendarSync {
  readonly #parts: CalendarSyncParts

  constructor(parts: CalendarSyncParts) {
    this.#parts = parts
  }

  /** The first read of a calendar. Only this one ends with `calendar.events_synced`. */
  first(connection: Connection, quietly: boolean): void {
    const now = this.#begin(connection)
    for (const source of connection.calendar.series.values()) reconcile(connection, source, now)
    if (!quietly) this.#parts.notify(eventsSynced(connection))
  }

  /** Reads everything again and announces the differences. Before the first read there is nothing to compare with. */
  full(connection: Connection): void {
    if (connection.windowEnd === null) return
    const now = this.#begin(connection)
    const known = [...connection.series.values()].map(({ source }) => source)
    const sources = new Set([...connection.calendar.series.values(), ...known])
    for (const source of sources) this.#pass(reconcile(connection, source, now), false)
  }

  /**
   * The provider announces a change of a series. The vendor hears it while it is subscribed. `quietly`: sends no
   * webhook.
   */
  push(connection: Connection, source: ProviderSeries, quietly = false): void {
    const now = this.#parts.clock.now()
    if (!hearsOfChanges(connection, now)) return
    connection.syncedAt = now
    this.#pass(reconcile(connection, source, now), quietly)
  }

  /** Moves the window to 30 days from now, and adds events that come into it, from what the vendor knows already. */
  extend(connection: Connection): void {
    if (connection.windowEnd === null) return
    const now = this.#parts.clock.now()
    connection.windowEnd = now + windowMs
    for (const series of connection.series.values()) {
      const created = materialise(connection, series, now)
      if (created.length === 0) continue
      const changes = { series, created, updated: [], cancelled: [], removed: [] }
      this.#pass(changes, !this.#parts.settings.announceExtension)
    }
  }

  #begin(connection: Connection): number {
    const now = this.#parts.clock.now()
    Object.assign(connection, { windowEnd: now + windowMs, syncedAt: now, syncStatus: 'success', syncError: null })
    return now
  }

  #pass(changes: Changes, quietly: boolean): void {
    this.#parts.bots.follow(changes)
    if (quietly) return
    for (const notice of eventChanges(changes)) this.#parts.notify(notice)
  }
}
