import type { ErrorCode } from '../basics/error-codes.ts'
import type { Subject } from '../log/entry.ts'
import type { BotConfig } from '../vendor/bot-config.ts'
import type { Artifacts, Person } from '../vendor/facts.ts'
import type { Platform } from '../vendor/platform.ts'

/**
 * Where a bot run stands.
 * pending: accepted, no bot at the vendor yet. scheduled: booked there for later. queued: waiting there to start.
 * processing: the call has ended, results are being made. completed, failed and cancelled are final.
 */
export const meetingStates = [
  'pending',
  'scheduled',
  'queued',
  'joining',
  'waiting_room',
  'in_call',
  'recording',
  'paused',
  'processing',
  'completed',
  'failed',
  'cancelled',
] as const
export type MeetingState = (typeof meetingStates)[number]

export const finalStates: readonly MeetingState[] = ['completed', 'failed', 'cancelled']
export const isFinal = (state: MeetingState): boolean => finalStates.includes(state)

/**
 * One bot run, as its owner sees it: a row with roles. A function that needs some of them takes those, not the whole.
 */
export type Meeting = MeetingRow & OrderedBot & BotShare & BotRun & BotResults & BotWishes & BotJobs

/** The row itself. */
export type MeetingRow = Subject & {
  /** When the bot was ordered. */
  createdAt: Date
  updatedAt: Date
}

/** What was ordered: where the bot goes, when, and how it behaves there. */
export type OrderedBot = {
  /** The link that the bot joins by. It may hold a passcode that the owner was never told: not to be shown to anybody. */
  joinUrl: string
  platform: Platform
  joinKey: string
  botName: string
  botConfig: BotConfig
  /** Null for a bot that was sent at once. */
  joinAt: Date | null
}

/** Whose a bot is, and what for. */
export type BotShare = {
  userId: string
  /** The meeting's link as this user knows it: as ordered, or as it stands in the user's event. The only one to be shown. */
  meetingUrl: string
  /** When its user came to share it; null for whoever ordered it. */
  sharedSince: Date | null
  /** Whether the bot was known to be recording by then. */
  sharedLate: boolean
  /** The user's own data; nobody else sees it. */
  extra: Record<string, unknown> | null
  meetingBaasCalendarId: string | null
  /** The user's event; null when the bot was ordered by hand. */
  calendarEventId: string | null
  calendarProvider: string | null
  /** Begin and end of the calendar event as it was booked; null for a bot that was ordered by hand. */
  eventStartsAt: Date | null
  eventEndsAt: Date | null
}

/** Another user who shares a bot. Laid over the meeting, it is what that user sees of it. */
export type Subscriber = BotShare & { sharedSince: Date }

/** The bot at the vendor: how it stands, and how it ended. Most webhooks change this and nothing else. */
export type BotRun = {
  /** The vendor's id of the bot. */
  meetingBaasId: string | null
  state: MeetingState
  /** The vendor's last applied status code. */
  vendorStatus: string | null
  /** How far the run is known by the bot's own clock: what the bot emitted no later is late. */
  vendorStatusAt: Date | null
  /** How far it is known by other clocks, from statuses without a time of the bot's. Up to then there are no restarts. */
  vendorStatusKnownAt: Date | null
  /** Counts the vendor's own restarts, from 1. */
  run: number
  joinedAt: Date | null
  recordingStartedAt: Date | null
  exitedAt: Date | null
  /** When it reached a final state. */
  finalAt: Date | null
  /** An `ErrorCode` of ours or the vendor's own code for how the bot ended. */
  errorCode: ErrorCode | (string & {}) | null
  errorMessage: string | null
  /** The end is Seer's conclusion, and the vendor's own replaces it; see inferred-end.ts. */
  endInferred: boolean
}

/** What the run left at the vendor. */
export type BotResults = {
  artifacts: Artifacts | null
  /** When the first of their links stops working. */
  artifactsExpireAt: Date | null
  participants: Person[] | null
  speakers: Person[] | null
  durationSeconds: number | null
}

/** What the vendor is to be told about the bot, and whether it was. */
export type BotWishes = {
  leaveRequestedAt: Date | null
  /** When the vendor was last told to end the bot, and took it or said that there is none. */
  leaveSentAt: Date | null
  /** True while the vendor has not been told of a new time, link or configuration. */
  changeOwed: boolean
}

/** What the jobs of the meeting keep: which are due when (debts.ts), who is at it, what came of it. */
export type BotJobs = {
  /** How often a create call may have reached the vendor. */
  createAttempts: number
  /** Until when one create-bot job owns the call to the vendor. */
  leaseUntil: Date | null
  /** When the sweep is to see to the write at the vendor that is owed. */
  writeDueAt: Date | null
  /** When the vendor is to be asked how the bot stands; null when there is no need. */
  lookDueAt: Date | null
  /** When the first of all debts is due; null when nothing is owed. Derived from the others, never written by itself. */
  dueAt: Date | null
  /** Counts the jobs that were owed, so that a finished one cannot stand in the way of the next. */
  round: number
  /** Why the last attempt of a job did not succeed. */
  lastProblem: string | null
}
