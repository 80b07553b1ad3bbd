import { type Changed, changeRow, type Decision, type VerdictOf } from '../basics/change-row.ts'
import type { Cause } from '../log/entry.ts'
import { withDebts } from './debts.ts'
import type { Meeting } from './meeting.ts'
import type { MeetingChange, MeetingStore } from './meeting-store.ts'
import { type WakeDeps, writeChange } from './write-change.ts'

type Change = Omit<MeetingChange, 'before' | 'cause'> & { verdict?: unknown }

/** How a meeting changes; null for no change. */
export type Decided = Change | null

/** The same with a verdict, which is named where it is one of several words. */
export type DecidedWith<Verdict> = (Change & { verdict: Verdict }) | { verdict: Verdict; next?: undefined } | null

/** What `changeMeeting` needs. `Saved` is boolean, or also the reasons for which a write may be refused. */
export type ChangeDeps<Saved = boolean> = Omit<WakeDeps, 'meetings'> & {
  meetings: Pick<MeetingStore, 'find' | 'subscribers'> & { saveChange: (change: MeetingChange) => Promise<Saved> }
}

/**
 * Changes a meeting as `decide` says (see `changeRow`), and starts what follows (see `consequencesOf`).
 * @returns null when there is no such meeting
 * @throws RetryableError SERVICE_UNAVAILABLE when somebody else kept changing it
 */
export async function changeMeeting<D extends Decision<Change>, Saved extends boolean | string = boolean>(
  deps: ChangeDeps<Saved>,
  meetingId: string,
  cause: Cause,
  decide: (before: Meeting) => D | Promise<D>,
): Promise<Changed<Meeting, VerdictOf<D> | Extract<Saved, string>> | null> {
  return await changeRow<Meeting, Change, D, Extract<Saved, string>>({
    name: `Meeting ${meetingId}`,
    load: () => deps.meetings.find(meetingId),
    decide,
    derive: withDebts,
    save: async (before, change) => {
      const write = { before, cause, ...change }
      const saved: unknown = await writeChange(deps, write, () => deps.meetings.saveChange(write))
      return saved as boolean | Extract<Saved, string>
    },
  })
}
