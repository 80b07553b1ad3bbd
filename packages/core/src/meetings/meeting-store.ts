import type { CausedEntry, LogEntry, LoggedChange } from '../log/entry.ts'
import type { Platform } from '../vendor/platform.ts'
import type { DeliveryGrade } from './delivery/delivery.ts'
import type { BotShare, Meeting, MeetingState, Subscriber } from './meeting.ts'
import type { LateAccess, SharingScope } from './sharing/sharing.ts'

/** A change of one meeting. */
export type MeetingChange = LoggedChange<'bot', Meeting> & {
  /** Begins to share the bot, or shares it for another event than before. */
  subscribe?: Subscriber
  /** The user who stops sharing it. */
  unsubscribe?: string
}

/** A meeting as one of its users sees it. For a subscriber the share replaces the owner's fields. */
export type SeenMeeting = {
  meeting: Meeting
  role: 'owner' | 'subscriber'
  /** How many other users have this bot, too. */
  others: number
}

/** What came of the order for a bot. */
export type ClaimOutcome =
  | { outcome: 'created'; meeting: Meeting }
  /** The user has an active bot for this meeting and time, or asked for this id before. */
  | { outcome: 'existing'; meeting: Meeting }
  /** Another user has a bot that this user may share, or shares already. Nothing was written. */
  | { outcome: 'others'; meeting: Meeting }
  /** The id belongs to another user's meeting. */
  | { outcome: 'id_taken' }

/** What came of giving a booked bot another time, link or configuration. */
export type MoveOutcome =
  | 'moved'
  /** Somebody changed the meeting meanwhile. Nothing was written, and nothing is in the next two cases. */
  | 'changed'
  /** There is already a bot that the user has or may share. */
  | 'taken'
  /** The day is full. */
  | 'no_room'

/** Which bots a list shows. `createdAfter` is included, `createdBefore` is not. */
export type MeetingFilter = {
  states?: MeetingState[]
  grades?: DeliveryGrade[]
  /** Whether latecomers find their bots by grade. With `status` the delivery is kept from them. */
  lateAccess?: LateAccess
  platform?: Platform
  joinKey?: string
  createdAfter?: Date
  createdBefore?: Date
}

/** The last item of a page; the next page begins after it. */
export type MeetingPosition = { createdAt: Date; id: string }

/** The fields of an active bot that the status sync compares with the vendor's list. */
export type ActiveBot = { meetingId: string; meetingBaasId: string; vendorStatus: string | null; updatedAt: Date }

/** The stored link and join key of a bot. */
export type StoredKey = Pick<Meeting, 'id' | 'joinUrl' | 'joinKey'>

/** When meetings that are claimed now are due again, unless their jobs have settled their debts by then. */
export type NextLook = { soon: Date; later: Date; soonBefore: Date }

/** What a bot for an event has to keep to when it is booked or moved. */
export type BookingTerms = {
  /** Whose bots its user may share instead. */
  sharing: SharingScope
  /** How many bots of all users may join within 24 hours; null when no limit applies. */
  botsPerDay: number | null
}

/** The terms of a bot that was ordered by hand: the vendor decides whether there is room. */
export const withoutLimit = (sharing: SharingScope): BookingTerms => ({ sharing, botsPerDay: null })

/** Meetings in Postgres. Each method is one atomic step. */
export interface MeetingStore {
  /**
   * Inserts the meeting with its first log entry, unless one of these exists:
   * - a meeting of the user with the same id;
   * - an active bot of the user for the same join key at about the same time (`sameMeetingWindowMs`);
   * - such a bot of another user that this user may share: by the scope, and by its passcode (`mayEnter`). A claim
   *   for an event counts as invited. Claims at the same time run one after the other, whoever makes them.
   */
  claim(meeting: Meeting, entry: CausedEntry<'bot'>, scope: SharingScope): Promise<ClaimOutcome>
  /**
   * The same, but claims nothing if more bots would then join within some 24 hours than the terms allow
   * (`countsForDay`). Claims at the same time get no more bots than there is room for.
   */
  claimWithin(
    meeting: Meeting,
    entry: CausedEntry<'bot'>,
    terms: BookingTerms,
  ): Promise<ClaimOutcome | { outcome: 'no_room' }>
  /**
   * Writes a change of a bot's time or meeting, like `saveChange`, but with the locks and the count of claims. So
   * neither a claim nor another move can put a second bot beside it, or take its place of the day.
   */
  move(change: MeetingChange, terms: BookingTerms): Promise<MoveOutcome>
  find(meetingId: string): Promise<Meeting | null>
  /** The meeting of a bot at the vendor, found by our id, or else by the vendor's. */
  findForBot(bot: { botId: string; meetingId: string | null }): Promise<Meeting | null>
  /** Finds by our id or the vendor's. Also null when the user neither owns nor shares it. */
  findForUser(userId: string, id: string): Promise<SeenMeeting | null>
  /** The other users who share a bot. The one who has shared it longest is first. */
  subscribers(meetingId: string): Promise<Subscriber[]>
  /** The users of a bot who ordered it by hand and have no event of its meeting in a connected calendar. */
  uninvited(meetingId: string): Promise<Pick<BotShare, 'userId' | 'meetingUrl'>[]>
  /** The bots that are booked or shared for these events of the user and not called off, by event id. */
  bookedFor(userId: string, eventIds: string[]): Promise<Map<string, string>>
  /** The meetings that the user owns or shares, newest first, at most `limit`. */
  list(userId: string, filter: MeetingFilter, after: MeetingPosition | null, limit: number): Promise<SeenMeeting[]>
  /** Log entries after `afterSeq`, oldest first, at most `limit`. */
  timeline(meetingId: string, afterSeq: number, limit: number): Promise<LogEntry<'bot'>[]>
  /**
   * Writes a change, if the meeting is still as in `before`: its state, its log entries and its shares, all or nothing.
   * @returns false when somebody changed the meeting meanwhile; load it and decide again
   */
  saveChange(change: MeetingChange): Promise<boolean>
  /**
   * Meetings with a job that is owed by `now`. Sets their next due time and raises their round, so that parallel sweeps
   * do not take the same meetings. `soon` is for meetings that somebody waits for: the bot should leave, or should be
   * created or moved and joins by `soonBefore`.
   */
  claimDue(now: Date, next: NextLook, limit: number): Promise<Meeting[]>
  /** Ids of the user's ended meetings that other users share, at most `limit`. */
  listEndedShared(userId: string, limit: number): Promise<string[]>
  /** Ids of the user's ended meetings that nobody shares and whose data are neither deleted nor to be, at most `limit`. */
  listUndeleted(userId: string, limit: number): Promise<string[]>
  /**
   * Removes from the timeline who wrote what in the meeting's chat. That somebody wrote, and when, stays. Safe to repeat.
   * @returns how many messages there were
   */
  removeChat(meetingId: string): Promise<number>
  /**
   * Removes at most `limit` of the user's ended meetings that owe nothing, that nobody shares and whose data are deleted.
   * @returns how many
   */
  removeEnded(userId: string, limit: number): Promise<number>
  /** Bots that are not final and have started, or should have by `now`, in order of their ids after `afterId`. */
  listActive(now: Date, afterId: string | null, limit: number): Promise<ActiveBot[]>
  /** Bots that are not final, in order of join key and id after `after`. */
  listKeys(after: StoredKey | null, limit: number): Promise<StoredKey[]>
}

/** Two requests for one join key are about one meeting when their times are this close. */
export const sameMeetingWindowMs = 10 * 60_000
