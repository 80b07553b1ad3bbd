import type { CausedEntry, LogEntry, LoggedChange } from '../log/entry.ts'
import type { Platform } from '../vendor/platform.ts'
import type { BotShare, Meeting, MeetingState, Subscriber } from './meeting.ts'
import type { SharingScope } from './sharing/sharing.ts'

/** A change of one meeting. */
export type MeetingChange = LoggedChange<'bot', Meeting> & {
  /** Comes to share the bot, or shares it for another event than before. */
  subscribe?: Subscriber
  /** The user who shares it no more. */
  unsubscribe?: string
}

/** A meeting as one of its users sees it: for a subscriber with the share laid over it. */
export type SeenMeeting = {
  meeting: Meeting
  role: 'owner' | 'subscriber'
  /** How many other users have this bot as well. */
  others: number
}

export type ClaimOutcome =
  | { outcome: 'created'; meeting: Meeting }
  /** The user has an active bot for this meeting and time, or asked for this id before. */
  | { outcome: 'existing'; meeting: Meeting }
  /** Another user has one that this user may share, or shares already. Nothing was written. */
  | { outcome: 'others'; meeting: Meeting }
  /** The id belongs to another user's meeting. */
  | { outcome: 'id_taken' }

export type MoveOutcome =
  | 'moved'
  /** Somebody changed the meeting meanwhile; nothing was written, in these cases as in the next two. */
  | 'changed'
  /** A bot that its user has or may share is there already. */
  | 'taken'
  /** The day is full. */
  | 'no_room'

export type MeetingFilter = {
  states?: MeetingState[]
  platform?: Platform
  joinKey?: string
  createdAfter?: Date
  createdBefore?: Date
}

/** Where a page of a list ended; the next page begins behind it. */
export type MeetingPosition = { createdAt: Date; id: string }

/** An active bot as the status sync compares it with the vendor's list. */
export type ActiveBot = { meetingId: string; meetingBaasId: string; vendorStatus: string | null; updatedAt: Date }

/** The link and the join key of a bot, as they stand in its row. */
export type StoredKey = Pick<Meeting, 'id' | 'joinUrl' | 'joinKey'>

/** When meetings that are due now are due again, unless their job has settled that by then. */
export type NextLook = { soon: Date; later: Date; soonBefore: Date }

/** Meetings in Postgres. Each method is one atomic step. */
export interface MeetingStore {
  /**
   * Inserts the meeting with its first entry unless its user has one already: the same id, or an active bot
   * for the same join key at about the same time (`sameMeetingWindowMs`), or may share such a bot of another user: by
   * the scope, and by its passcode (`mayEnter`), where who claims for an event is invited.
   * Simultaneous claims are serialised, whoever makes them.
   */
  claim(meeting: Meeting, entry: CausedEntry<'bot'>, scope: SharingScope): Promise<ClaimOutcome>
  /**
   * The same, but claims nothing where more than `botsPerDay` bots of all users would then join within some 24 hours
   * (`countsForDay`). Of simultaneous claims no more are let through than there is room for.
   */
  claimWithin(
    meeting: Meeting,
    entry: CausedEntry<'bot'>,
    scope: SharingScope,
    botsPerDay: number,
  ): Promise<ClaimOutcome | { outcome: 'no_room' }>
  /**
   * Writes a change that gives a bot another time or room, as `saveChange` does and under the locks and the count of
   * claims: so neither a claim nor another move can put a second bot beside it, or take its place of the day.
   * @param botsPerDay null when no limit holds it back
   */
  move(change: MeetingChange, scope: SharingScope, botsPerDay: number | null): Promise<MoveOutcome>
  find(meetingId: string): Promise<Meeting | null>
  /** The meeting of a bot as the vendor lists it: by our id first, by the vendor's second. */
  findForBot(bot: { botId: string; meetingId: string | null }): Promise<Meeting | null>
  /** Finds by our id or the vendor's; null also when the user neither owns nor shares it. */
  findForUser(userId: string, id: string): Promise<SeenMeeting | null>
  /** The other users who share a bot, the longest first. */
  subscribers(meetingId: string): Promise<Subscriber[]>
  /** Those of a bot's users who ordered it by hand and have no event of its meeting in a connected calendar. */
  uninvited(meetingId: string): Promise<Pick<BotShare, 'userId' | 'meetingUrl'>[]>
  /** The bots that are booked or shared for these events of the user and have not been called off, by event id. */
  bookedFor(userId: string, eventIds: string[]): Promise<Map<string, string>>
  /** What the user owns or shares, newest first, `limit` at most. */
  list(userId: string, filter: MeetingFilter, after: MeetingPosition | null, limit: number): Promise<SeenMeeting[]>
  /** Entries behind `afterSeq`, oldest first, `limit` at most. */
  timeline(meetingId: string, afterSeq: number, limit: number): Promise<LogEntry<'bot'>[]>
  /**
   * Writes a change, if the meeting still is as `before` says: state, entries and who shares it together or not at all.
   * @returns false when somebody changed the meeting meanwhile; load it again and decide again.
   */
  saveChange(change: MeetingChange): Promise<boolean>
  /**
   * Meetings with a job owed by `now`; sets their next due time and raises their round, so that parallel sweeps do not
   * take the same ones. `soon` is for those that somebody waits for: a bot that is to leave, or one to be created or moved
   * that joins by `soonBefore`.
   */
  claimDue(now: Date, next: NextLook, limit: number): Promise<Meeting[]>
  /** Ids of meetings of the user that have ended and that others share, `limit` at most. */
  listEndedShared(userId: string, limit: number): Promise<string[]>
  /** Removes at most `limit` meetings of the user that have ended, owe nothing and that nobody shares; @returns how many. */
  removeEnded(userId: string, limit: number): Promise<number>
  /** Bots that have started or should have by `now` and are not final, by id behind `afterId`. */
  listActive(now: Date, afterId: string | null, limit: number): Promise<ActiveBot[]>
  /** Bots that are not final, by join key and id behind `after`. */
  listKeys(after: StoredKey | null, limit: number): Promise<StoredKey[]>
}

/** Two requests for one join key within this distance are about one meeting. */
export const sameMeetingWindowMs = 10 * 60_000
