import type { ApiDeps } from '../../dependencies.ts'

/** What deciding and booking takes. */
export function schedulingDeps(deps: ApiDeps) {
  const { db, queue, vendor, policy, newId, now } = deps
  return {
    scheduling: db.scheduling,
    capacity: db.capacity,
    meetings: db.meetings,
    events: db.calendarEvents,
    queue,
    ...policy,
    botsPerDay: vendor.botsPerDay,
    newId,
    now,
  }
}

/** Has the caller's recordings decided on anew soon. */
export async function scheduleSoon({ queue }: Pick<ApiDeps, 'queue'>, userId: string): Promise<void> {
  await queue.wake([{ name: 'schedule-recordings', payload: { userId } }])
}
