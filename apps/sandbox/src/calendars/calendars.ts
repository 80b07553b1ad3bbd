import { randomUUID } from 'node:crypto'
import type { VirtualClock } from '../clock/virtual-clock.ts'
import type { Notification } from '../notifications/payloads.ts'
import { connectionChanged, connectionCreated, connectionDeleted } from './calendar-notices.ts'
import type { CalendarSettings } from './calendar-settings.ts'
import type { CalendarSync } from './calendar-sync.ts'
import { type Connection, type ConnectionStatus, createConnection, subscribe } from './connection.ts'
import type { AccountBook, Credentials } from './provider/account-book.ts'
import type { AuthVerdict, ProviderSeries, RawCalendar } from './provider/provider-account.ts'
import { SortedList } from './sorted-list.ts'
import { refusals } from './verdicts.ts'

export type CalendarsParts = {
  clock: VirtualClock
  accounts: AccountBook
  settings: CalendarSettings
  notify: (notification: Notification) => void
  sync: CalendarSync
  /** Called when a connection ends. */
  bots: { abandon: (connection: Connection) => void }
  /** Called when a calendar was connected. */
  connected: () => void
}

/** The vendor's side of calendars: connections, and its copies of the events in the providers' calendars. */
export class Calendars {
  readonly #parts: CalendarsParts
  readonly #byId = new Map<string, Connection>()
  readonly #byCalendar = new Map<string, Connection>()
  readonly list = new SortedList<Connection>((connection) => connection.createdAt)

  constructor(parts: CalendarsParts) {
    this.#parts = parts
  }

  get size(): number {
    return this.#byId.size
  }

  get(id: string): Connection | undefined {
    return this.#byId.get(id)
  }

  /** The connection of a calendar with this platform and id, whichever account it was made through. */
  ofCalendar(calendar: RawCalendar): Connection | undefined {
    return this.#byCalendar.get(calendarKey(calendar))
  }

  /** Connects a calendar. The caller has checked that it may. `quietly`: sends no webhook. */
  connect(calendar: RawCalendar, credentials: Credentials, quietly = false): Connection {
    const { clock, settings, sync } = this.#parts
    const connection = createConnection(randomUUID(), calendar, credentials, clock.now())
    this.#add(connection)
    subscribe(connection, this.#parts.clock.now())
    if (!quietly) this.#parts.notify(connectionCreated(connection))
    const delayMs = quietly ? 0 : settings.firstSyncSeconds * 1000
    const first = () => {
      if (this.#byId.has(connection.id)) sync.first(connection, quietly)
    }
    if (delayMs === 0) first()
    else clock.after(delayMs, first)
    this.#parts.connected()
    return connection
  }

  /** Restores a connection from before a restart. */
  restore(connection: Connection): void {
    this.#add(connection)
    if (connection.windowEnd === null) this.#parts.sync.first(connection, false)
    this.#parts.connected()
  }

  /** Takes new credentials. Returns what the provider says to them; on `ok` the connection is active again. */
  update(connection: Connection, credentials: Credentials): AuthVerdict {
    const { accounts, clock, notify } = this.#parts
    const verdict = accounts.verdictOn(connection.calendar.account.platform, credentials)
    if (verdict !== 'ok') {
      this.#refuse(connection, verdict)
      return verdict
    }
    Object.assign(connection, { credentials, status: 'active', statusMessage: null, updatedAt: clock.now() })
    subscribe(connection, this.#parts.clock.now())
    notify(connectionChanged(connection))
    this.#parts.sync.full(connection)
    return 'ok'
  }

  delete(connection: Connection): void {
    this.#byId.delete(connection.id)
    this.#byCalendar.delete(calendarKey(connection.calendar))
    this.list.remove(new Set([connection]))
    this.#parts.bots.abandon(connection)
    this.#parts.notify(connectionDeleted(connection, this.#parts.clock.now()))
  }

  /** Reads the whole calendar again. Returns the provider's refusal if it does not let the vendor read. */
  sync(connection: Connection): AuthVerdict {
    const verdict = this.check(connection)
    if (verdict === 'ok') this.#parts.sync.full(connection)
    return verdict
  }

  /** Makes a new push subscription, and reads what was missed without one. */
  resubscribe(connection: Connection): AuthVerdict {
    const verdict = this.check(connection)
    if (verdict !== 'ok') return verdict
    subscribe(connection, this.#parts.clock.now())
    this.#parts.sync.full(connection)
    return 'ok'
  }

  /**
   * Asks the provider whether the credentials still work. An `error` can heal; a withdrawn access needs new
   * credentials.
   */
  check(connection: Connection): AuthVerdict {
    const { status, calendar, credentials } = connection
    if (status === 'revoked' || status === 'permission_denied') return status
    const verdict = this.#parts.accounts.verdictOn(calendar.account.platform, credentials)
    if (verdict === 'ok') this.setStatus(connection, 'active', null)
    else this.#refuse(connection, verdict)
    return verdict
  }

  /** Changes the state of a connection. Announced only if the state is a new one. */
  setStatus(connection: Connection, status: ConnectionStatus, message: string | null): void {
    if (connection.status === status && connection.statusMessage === message) return
    const announced = connection.status !== status
    Object.assign(connection, { status, statusMessage: message, updatedAt: this.#parts.clock.now() })
    if (announced) this.#parts.notify(connectionChanged(connection))
  }

  /** Call this when something in a provider's calendar has changed. The vendor hears of it if a push arrives. */
  providerChanged(source: ProviderSeries): void {
    const connection = this.ofCalendar(source.calendar)
    if (connection?.calendar === source.calendar) this.#parts.sync.push(connection, source)
  }

  clear(): void {
    this.#byId.clear()
    this.#byCalendar.clear()
    this.list.clear()
  }

  #add(connection: Connection): void {
    this.#byId.set(connection.id, connection)
    this.#byCalendar.set(calendarKey(connection.calendar), connection)
    this.list.add(connection)
  }

  #refuse(connection: Connection, verdict: Exclude<AuthVerdict, 'ok'>): void {
    const { status, message } = refusals[verdict]
    Object.assign(connection, { syncStatus: 'failed', syncError: message })
    this.setStatus(connection, status, message)
  }
}

const calendarKey = ({ id, account }: RawCalendar): string => `${account.platform} ${id}`
