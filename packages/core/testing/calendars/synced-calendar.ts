import { randomUUID } from 'node:crypto'
import { setUpCalendar } from '../../src/calendars/connection/setup-calendar.ts'
import { syncCalendar } from '../../src/calendars/sync/sync-calendar.ts'
import { type SyncProgress } from '../../src/calendars/sync/sync-context.ts'
import { calendarWorld } from './calendar-world.ts'

/** A user with a connected calendar that has not been synced yet. Pauses after failures are not spread. */
export async function syncedCalendar() {
  const world = calendarWorld()
  const deps = Object.assign(world.deps, { random: () => 0 })
  world.vendor.addAccount({ email: 'ines@acme.test', refreshToken: 'token' })
  const userId = randomUUID()
  const { integration } = await setUpCalendar(deps, { userId, provider: 'google', refreshToken: 'token' })
  const { id: integrationId } = integration
  const calendarId = integration.calendarId ?? (await world.load(integrationId)).calendarId ?? ''
  const shown: SyncProgress[] = []
  const context = { signal: new AbortController().signal, progress: (value: SyncProgress) => void shown.push(value) }
  return {
    ...world,
    deps,
    userId,
    integrationId,
    calendarId,
    shown,
    sync: () => syncCalendar(deps, { integrationId }, context),
    put: (event = {}) => world.vendor.putEvent(calendarId, event),
    change: (id: string, changes: object, where?: 'list' | 'details') =>
      world.vendor.changeEvent(calendarId, id, changes, where),
    stored: () => world.events.list(userId, {}, null, 1_000),
    /** The vendor calls made by `work`. */
    async callsOf(work: () => Promise<unknown>) {
      const from = world.vendor.calls.length
      await work()
      return world.vendor.calls.slice(from)
    },
  }
}
