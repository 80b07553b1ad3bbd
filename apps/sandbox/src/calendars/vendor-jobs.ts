import type { VirtualClock } from '../clock/virtual-clock.ts'
import type { CalendarSettings } from './calendar-settings.ts'
import type { CalendarSync } from './calendar-sync.ts'
import type { Calendars } from './calendars.ts'
import type { Connection } from './connection.ts'

const hourMs = 3600_000

/** The renewal job runs every 6 hours, the window moves daily (Meeting BaaS docs, new-features). Virtual ms. */
const renewalPeriodMs = 6 * hourMs
const extensionPeriodMs = 24 * hourMs

/** A subscription that ends sooner than this is renewed. The vendor does not say how early it renews. Virtual ms. */
const renewalLeadMs = 24 * hourMs

export type VendorJobsParts = {
  clock: VirtualClock
  calendars: Calendars
  sync: CalendarSync
  settings: CalendarSettings
}

/** What the vendor does by itself at fixed times. It rests while no calendar is connected, so that time can jump. */
export class VendorJobs {
  readonly #parts: VendorJobsParts
  #running = false

  constructor(parts: VendorJobsParts) {
    this.#parts = parts
  }

  /** Starts the jobs unless they run. Call this when a calendar was connected. */
  start(): void {
    if (this.#running) return
    this.#running = true
    this.#scheduleNext()
  }

  /** Call this when the clock's timers were cleared. */
  reset(): void {
    this.#running = false
  }

  /** Runs at whole multiples of the period: 00:00, 06:00, 12:00 and 18:00 UTC. */
  #scheduleNext(): void {
    const { clock, calendars } = this.#parts
    const next = (Math.floor(clock.now() / renewalPeriodMs) + 1) * renewalPeriodMs
    clock.at(next, () => {
      this.#running = calendars.size > 0
      if (!this.#running) return
      for (const connection of calendars.list.all()) this.#tend(connection, next)
      this.#scheduleNext()
    })
  }

  #tend(connection: Connection, now: number): void {
    const { calendars, settings, sync } = this.#parts
    if (now % extensionPeriodMs === 0) sync.extend(connection)
    if (!settings.renewals || calendars.check(connection) !== 'ok') return
    const { subscription } = connection
    if (!subscription || subscription.expiresAt - now < renewalLeadMs) calendars.resubscribe(connection)
  }
}
