import type { Clock } from '../../basics/clock.ts'
import type { JobQueue } from '../../jobs/job-queue.ts'
import type { MeetingStore } from '../../meetings/meeting-store.ts'
import type { SharingScope } from '../../meetings/sharing/sharing.ts'
import type { BotDefaults } from '../../vendor/bot-config.ts'
import type { CapacityDeps } from '../day-limit/load-capacity.ts'
import type { OverrideKeeper } from '../overrides/keep-overrides.ts'
import type { SchedulingStore } from '../scheduling-store.ts'

export type ScheduleDeps = CapacityDeps & {
  scheduling: OverrideKeeper & Pick<SchedulingStore, 'loadPlan' | 'saveDecisions'>
  meetings: Pick<
    MeetingStore,
    'claim' | 'claimWithin' | 'find' | 'findForUser' | 'move' | 'saveChange' | 'subscribers' | 'uninvited'
  >
  queue: Pick<JobQueue, 'wake'>
  defaults: BotDefaults
  /** Whether this installation records by rule at all; overrides hold in any case. */
  byRule: boolean
  /** Whose bots a user may share instead of having one of their own. */
  sharing: SharingScope
  newId: () => string
  now: Clock
}
