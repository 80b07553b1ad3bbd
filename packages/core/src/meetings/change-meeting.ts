import { type Changed, changeRow, type Decision, type VerdictOf } from '../basics/change-row.ts'
import { withDebts } from './debts.ts'
import type { Cause, Meeting } from './meeting.ts'
import type { MeetingChange, MeetingStore } from './meeting-store.ts'

type Change = Omit<MeetingChange, 'before' | 'cause'> & { verdict?: unknown }

/** What becomes of a meeting; null leaves it as it is. */
export type Decided = Change | null

/** The same with a verdict, spelled out where it is one of several words. */
export type DecidedWith<Verdict> = (Change & { verdict: Verdict }) | { verdict: Verdict; next?: undefined } | null

/** `Saved` is boolean, or holds besides what a write may be refused for. */
type Store<Saved> = { find: MeetingStore['find']; saveChange: (change: MeetingChange) => Promise<Saved> }

/**
 * Changes a meeting by what `decide` says of it as it is when that is written: see `changeRow`.
 * @returns null when there is no such meeting
 * @throws RetryableError SERVICE_UNAVAILABLE when others kept changing it
 */
export async function changeMeeting<D extends Decision<Change>, Saved extends boolean | string = boolean>(
  meetings: Store<Saved>,
  meetingId: string,
  cause: Cause,
  decide: (before: Meeting) => D | Promise<D>,
): Promise<Changed<Meeting, VerdictOf<D> | Extract<Saved, string>> | null> {
  return await changeRow<Meeting, Change, D, Extract<Saved, string>>({
    name: `Meeting ${meetingId}`,
    load: () => meetings.find(meetingId),
    decide,
    derive: withDebts,
    save: async (before, change) => {
      const saved: unknown = await meetings.saveChange({ before, cause, ...change })
      return saved as boolean | Extract<Saved, string>
    },
  })
}
