import type { FastifyRequest } from 'fastify'
import type { ApiDeps } from '../../dependencies.ts'

/** What deciding and booking takes. A job that cannot be enqueued fails no request: the sweeps make up for it. */
export function schedulingDeps(deps: ApiDeps, { id }: FastifyRequest) {
  const { db, queue, botDefaults, byRule, sharing, botsPerDay, newId, now, log } = deps
  const onEnqueueFailed = (error: unknown) =>
    log.warn({ requestId: id, err: error }, 'schedule_recordings.job_not_enqueued')
  return {
    scheduling: db.scheduling,
    capacity: db.capacity,
    meetings: db.meetings,
    events: db.calendarEvents,
    queue,
    defaults: botDefaults,
    byRule,
    sharing,
    botsPerDay,
    newId,
    now,
    onEnqueueFailed,
  }
}

/** Has the caller's recordings decided on anew soon. */
export async function scheduleSoon(deps: ApiDeps, request: FastifyRequest, userId: string): Promise<void> {
  const { queue, onEnqueueFailed } = schedulingDeps(deps, request)
  await queue.enqueue('schedule-recordings', { userId }).catch(onEnqueueFailed)
}
