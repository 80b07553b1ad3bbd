import type { ApiDeps } from '../../dependencies.ts'

/** What deciding and booking takes. */
export function schedulingDeps(deps: ApiDeps) {
  const { db, queue, vendor, policy, newId, now } = deps
  return {
    scheduling: db.scheduling,
    capacity: db.capacity,
    meetings: db.meetings,
    events: db.calendarEvents,
    integrations: db.integrations,
    queue,
    ...policy,
    botsPerDay: vendor.botsPerDay,
    newId,
    now,
  }
}
