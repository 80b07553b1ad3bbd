import type { VirtualClock } from '../clock/virtual-clock.ts'
import type { CalendarSettings, Calendars } from './calendars.ts'
import type { Connection } from './connection.ts'

const hourMs = 3600_000

/** The renewal job runs every 6 hours, the window moves daily (Meeting BaaS docs, new-features). Virtual ms. */
const renewalPeriodMs = 6 * hourMs
const extensionPeriodMs = 24 * hourMs

/** A subscription that ends sooner than this is renewed. The vendor does not say how early it does; virtual ms. */
const renewalLeadMs = 24 * hourMs

/** What the vendor does by itself on the clock. Idle while no calendar is connected, so that time can leap. */
export class VendorJobs {
  readonly #clock: VirtualClock
  readonly #calendars: Calendars
  readonly #settings: CalendarSettings
  #running = false

  constructor(clock: VirtualClock, calendars: Calendars, settings: CalendarSettings) {
    this.#clock = clock
    this.#calendars = calendars
    this.#settings = settings
  }

  /** Starts the jobs unless they run; to be called when a calendar was connected. */
  start(): void {
    if (this.#running) return
    this.#running = true
    this.#scheduleNext()
  }

  /** To be called when the clock's timers were cleared. */
  reset(): void {
    this.#running = false
  }

  /** At whole multiples of the period since the epoch: 00:00, 06:00, 12:00 and 18:00 UTC. */
  #scheduleNext(): void {
    const next = (Math.floor(this.#clock.now() / renewalPeriodMs) + 1) * renewalPeriodMs
    this.#clock.at(next, () => {
      this.#running = this.#calendars.size > 0
      if (!this.#running) return
      for (const connection of this.#calendars.list.all()) this.#tend(connection, next)
      this.#scheduleNext()
    })
  }

  #tend(connection: Connection, now: number): void {
    if (now % extensionPeriodMs === 0) this.#calendars.extend(connection)
    if (!this.#settings.renewals || this.#calendars.check(connection) !== 'ok') return
    const { subscription } = connection
    if (!subscription || subscription.expiresAt - now < renewalLeadMs) this.#calendars.resubscribe(connection)
  }
}
