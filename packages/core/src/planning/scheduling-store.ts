import type { Meeting, Subscriber } from '../meetings/meeting.ts'
import type { SharingScope } from '../meetings/sharing/sharing.ts'
import type { Decision, Override } from '../rules/decision.ts'
import type { RecordingRules } from '../rules/rules.ts'
import type { CalendarEvent } from '../vendor/calendar-event.ts'

/** The rules of a user as stored. `updatedAt` is null for a user who has set none. */
export type StoredRules = {
  rules: RecordingRules
  /** Raised by every change; 0 for a user who has set none. */
  version: number
  updatedAt: Date | null
}

/** What a user said about one event or a whole series. */
export type StoredOverride = {
  scope: 'event' | 'series'
  /** The event's id, or the series'. */
  targetId: string
  value: Exclude<Override, 'inherit'>
  /** What its bot does differently; null: as the rules say. */
  bot: RecordingRules['bot'] | null
  updatedAt: Date
}

/** An override with what is needed to find what took the place of its event or series: see `carryOverrides`. */
export type PlannedOverride = StoredOverride & {
  /** What its event or series looked like last; null: not noted yet. */
  subject: string | null
  /** Whether what took its place has got the override already. */
  isCarried: boolean
}

/** What an override is about. */
export type OverrideNote = Pick<StoredOverride, 'scope' | 'targetId'> & {
  subject: string
  /** When the event begins; null for a series. */
  startsAt: Date | null
}

/** The override of what was replaced, for what took its place. */
export type OverrideCarry = Pick<StoredOverride, 'scope' | 'targetId'> & {
  /** The event or series whose override it gets. */
  fromId: string
  /** All whose override might have been meant. None of them is carried again. */
  predecessorIds: string[]
}

/** A decision as it is stored with its event. */
export type StoredDecision = { decision: Decision; decidedAt: Date }

/** A change of a decision. Its history keeps every one. */
export type DecisionWrite = {
  eventId: string
  decision: Decision
  decidedAt: Date
  /** The event with this decision, for the log (event-json.ts). */
  snapshot?: string
}

/** A bot of another user. */
export type OthersBot = {
  /** As its owner sees it. */
  meeting: Meeting
  /** The user's share of it; null when there is none. */
  share: Subscriber | null
  /** Whether the deployment lets the user share it. */
  mayShare: boolean
  /** Links of users who ordered it by hand and have no event of its gathering. */
  uninvited: string[]
}

/** All that decides on the recordings of one user, read at one moment. */
export type PlanFacts = {
  rules: RecordingRules
  /** Of all connected calendars, in lower case. */
  accountEmails: string[]
  /** Events that end at or after `from`, also events without a decision. */
  events: CalendarEvent[]
  /** Overrides of these events and their series, and overrides that may have to be carried over to one of them. */
  overrides: PlannedOverride[]
  /** The last decisions, by event id. */
  decisions: Map<string, StoredDecision>
  /**
   * Bots of the user, booked for events or ordered by hand, that have not ended or ended at or after `from`. A bot that
   * was never made is included as long as the event that it was booked for ends at or after `from`.
   */
  meetings: Meeting[]
  /** The ids of those meetings that have not ended and that other users share. */
  shared: ReadonlySet<string>
  /** Bots of other users that the user shares (until some time after they ended) or may share in the events' rooms. */
  others: OthersBot[]
}

/** Rules, overrides and decisions in Postgres. Each method is one atomic step. */
export interface SchedulingStore {
  /** `defaultRules` and version 0 for a user who has set none. */
  findRules(userId: string): Promise<StoredRules>
  /** @returns null when the rules no longer have this version */
  saveRules(userId: string, rules: RecordingRules, expectedVersion: number, at: Date): Promise<StoredRules | null>
  /** A value of null takes the override back. An override that is given again may be carried over once more. */
  saveOverride(
    userId: string,
    override: Pick<StoredOverride, 'scope' | 'targetId' | 'bot'> & { value: StoredOverride['value'] | null },
    at: Date,
  ): Promise<void>
  /** Notes what overrides are about. */
  noteOverrides(userId: string, notes: OverrideNote[]): Promise<void>
  /** Copies overrides, unless they were carried before or what is to get them has an override by now. */
  carryOverrides(userId: string, carries: OverrideCarry[], at: Date): Promise<void>
  /** Overrides of these events and series. */
  listOverrides(userId: string, targetIds: string[]): Promise<StoredOverride[]>
  loadPlan(userId: string, from: Date, scope: SharingScope): Promise<PlanFacts>
  /**
   * Writes decisions that changed, with the event and to its history. Events that are gone are passed over. An event that
   * is now recorded, or no longer, gets an entry in the log.
   */
  saveDecisions(userId: string, writes: DecisionWrite[]): Promise<void>
  /** Current decisions of these events. */
  findDecisions(userId: string, eventIds: string[]): Promise<Map<string, StoredDecision>>
  /** Newest first, `limit` at most; empty when the event is not the user's. */
  listDecisions(userId: string, eventId: string, limit: number): Promise<StoredDecision[]>
  /** Users with connected calendars or bots that are booked or shared for events, by id behind `afterId`. */
  listUsers(afterId: string | null, limit: number): Promise<string[]>
}
