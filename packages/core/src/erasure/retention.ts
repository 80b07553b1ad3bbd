/** How long data are kept. */
import type { DeletionScope } from '../meetings/deletion/data-deletion.ts'

/** After how many days, counted from the end of a bot, its data are deleted. Null: never. */
export type Retention = Record<DeletionScope, number | null>

export const keepAll: Retention = { everything: null, media: null, transcripts: null }

/** `oldest`: when the first of them was asked for; null when there is none. */
export type DeletionSummary = { open: number; oldest: Date | null }

export interface RetentionStore {
  /**
   * Ended bots of which this is kept although its time is over: the installation's time, or the time of the bot's owner if
   * that is shorter. Not those on hold. At most `limit`.
   * @param days the installation's
   */
  listOver(
    scope: DeletionScope,
    days: number | null,
    now: Date,
    limit: number,
  ): Promise<{ meetingId: string; userId: string }[]>
  /** Of how many bots data are still to be deleted, and since when that is asked for. */
  summariseDeletions(): Promise<DeletionSummary>
  /** How long a user's data are kept. @returns null when there is no such user */
  ofUser(userName: string): Promise<Retention | null>
  /** @returns false when there is no such user */
  setForUser(userName: string, retention: Retention): Promise<boolean>
}
