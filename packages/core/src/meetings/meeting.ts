import type { ErrorCode } from '../basics/error-codes.ts'
import type { Subject } from '../log/entry.ts'
import type { BotConfig } from '../vendor/bot-config.ts'
import type { Artifacts, Person } from '../vendor/facts.ts'
import type { Platform } from '../vendor/platform.ts'
import type { DataDeletion, Hold } from './deletion/data-deletion.ts'
import type { Delivery } from './delivery/delivery.ts'

/**
 * The states of a bot run:
 * - pending: accepted, but the vendor has no bot yet.
 * - scheduled: booked at the vendor for later.
 * - queued: waits at the vendor to start.
 * - processing: the call has ended, and results are being made.
 * - completed, failed and cancelled are final.
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
/** Whether the run is over. Its results may still come or change. */
export const isFinal = (state: MeetingState): boolean => finalStates.includes(state)

/** One bot run, as its owner sees it: a row with roles. A function takes only the roles that it needs. */
export type Meeting = MeetingRow & OrderedBot & BotShare & BotRun & BotResults & BotKeeping & BotWishes & BotJobs

/** The row itself. */
export type MeetingRow = Subject & {
  /** When the bot was ordered. */
  createdAt: Date
  updatedAt: Date
}

/** The order: where the bot goes, when, and how it behaves there. */
export type OrderedBot = {
  /** The link that the bot joins by. Never show it: it may hold a passcode that the owner was not told. */
  joinUrl: string
  platform: Platform
  joinKey: string
  botName: string
  botConfig: BotConfig
  /** Null for a bot that was sent at once. */
  joinAt: Date | null
}

/** The user who has the bot, and for which event. */
export type BotShare = {
  userId: string
  /** The link that this user knows, from the order or from the user's event. Only this link may be shown. */
  meetingUrl: string
  /** When the user began to share it; null for the user who ordered it. */
  sharedSince: Date | null
  /** Whether Seer knew then that the bot was recording. */
  sharedLate: boolean
  /** The user's own data; nobody else sees it. */
  extra: Record<string, unknown> | null
  meetingBaasCalendarId: string | null
  /** The user's event; null when the bot was ordered by hand. */
  calendarEventId: string | null
  calendarProvider: string | null
  /** Start and end of the calendar event when the bot was booked; null for a bot that was ordered by hand. */
  eventStartsAt: Date | null
  eventEndsAt: Date | null
}

/** Another user who shares a bot. These fields replace the owner's in what that user sees. */
export type Subscriber = BotShare & { sharedSince: Date }

/** The bot at the vendor: its state and its end. Most webhooks change only this. */
export type BotRun = {
  /** The vendor's id of the bot. */
  meetingBaasId: string | null
  state: MeetingState
  /** The vendor's status code that was applied last. */
  vendorStatus: string | null
  /** The newest known time by the bot's own clock. Earlier messages of the bot are late. */
  vendorStatusAt: Date | null
  /**
   * The newest known time by another clock, from statuses without a time of the bot's. No restart is seen before it.
   */
  vendorStatusKnownAt: Date | null
  /** The number of the run, from 1. The vendor may restart a bot. */
  run: number
  joinedAt: Date | null
  recordingStartedAt: Date | null
  exitedAt: Date | null
  /** When it reached a final state. */
  finalAt: Date | null
  /** How the bot failed: an `ErrorCode` of ours, or the vendor's own code. */
  errorCode: ErrorCode | (string & {}) | null
  errorMessage: string | null
  /** True while the end is only Seer's conclusion. The vendor's own end replaces it; see inferred-end.ts. */
  endInferred: boolean
}

/** The results of the run at the vendor. */
export type BotResults = {
  artifacts: Artifacts | null
  /** When the first of their links stops working. */
  artifactsExpireAt: Date | null
  participants: Person[] | null
  speakers: Person[] | null
  durationSeconds: number | null
  /** What was delivered. Null while the run goes on, and for a cancelled one. */
  delivery: Delivery | null
}

/** Whether what the run left is kept. */
export type BotKeeping = {
  /** While it is set, neither a request nor retention deletes anything. */
  hold: Hold | null
  /** What is deleted, or will be. Null: nothing so far. */
  deletion: DataDeletion | null
}

/** What the vendor should be told about the bot, and whether that was done. */
export type BotWishes = {
  leaveRequestedAt: Date | null
  /** When the vendor was last told to end the bot, and accepted that or said that there is no bot. */
  leaveSentAt: Date | null
  /** True until the vendor has been told of a new time, link or configuration. */
  changeOwed: boolean
}

/** The data of the meeting's jobs: what is due when (debts.ts), who works on it, and what happened last. */
export type BotJobs = {
  /** How often a create call may have reached the vendor. */
  createAttempts: number
  /** Until then one create-bot job may call the vendor, and no other. */
  leaseUntil: Date | null
  /** When the sweep should start the owed write at the vendor. */
  writeDueAt: Date | null
  /** When the vendor should be asked about the bot's state; null when there is no need. */
  lookDueAt: Date | null
  /** Whether the results, as they stand, have become artifacts. Until then a completed or failed run owes that. */
  collected: boolean
  /** When that is due; null in rows of older versions. */
  collectDueAt: Date | null
  /** When the deletion of the data goes on; null when none is under way. */
  deleteDueAt: Date | null
  /** When the first debt is due; null when nothing is owed. Always derived from the other times. */
  dueAt: Date | null
  /** Counts the owed jobs, so that a finished job that the queue still keeps cannot block the next one. */
  round: number
  /** Why the last attempt of a job failed. */
  lastProblem: string | null
}
