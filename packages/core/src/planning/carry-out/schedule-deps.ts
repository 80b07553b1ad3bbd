import type { Clock } from '../../basics/clock.ts'
import type { JobQueue } from '../../jobs/job-queue.ts'
import type { BookingTerms, MeetingStore } from '../../meetings/meeting-store.ts'
import type { CapacityDeps } from '../day-limit/load-capacity.ts'
import type { OverrideKeeper } from '../overrides/keep-overrides.ts'
import type { Policy } from '../policy.ts'
import type { SchedulingStore } from '../scheduling-store.ts'

export type ScheduleDeps = CapacityDeps &
  BookingTerms &
  Pick<Policy, 'defaults' | 'byRule'> & {
    scheduling: OverrideKeeper & Pick<SchedulingStore, 'loadPlan' | 'saveDecisions'>
    meetings: Pick<
      MeetingStore,
      'claimWithin' | 'find' | 'findForUser' | 'move' | 'saveChange' | 'subscribers' | 'uninvited'
    >
    queue: Pick<JobQueue, 'wake'>
    newId: () => string
    now: Clock
  }
