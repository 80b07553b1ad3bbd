import type { Clock } from '@seer/core/basics/clock'
import type { JobQueue } from '@seer/core/jobs/job-queue'
import type { Policy } from '@seer/core/planning/policy'
import type { VendorAccount } from '@seer/core/vendor/vendor-accounts'
import type { Database } from './db/open-db.ts'

type Parts<Queue> = {
  db: Pick<Database, 'scheduling' | 'capacity' | 'meetings' | 'calendarEvents' | 'integrations'>
  queue: Queue
  vendor: Pick<VendorAccount, 'botsPerDay'>
  policy: Policy
  newId: () => string
  now: Clock
}

/** What deciding on events and booking their bots takes, for the API and the worker. */
export function planningDeps<Queue extends Pick<JobQueue, 'wake'>>(parts: Parts<Queue>) {
  const { db, queue, vendor, policy, newId, now } = parts
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
