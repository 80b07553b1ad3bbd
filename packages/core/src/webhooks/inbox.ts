import type { Meeting } from '../meetings/meeting.ts'
import type { MeetingChange } from '../meetings/meeting-store.ts'

/** The outcome of a stored event. */
export type InboxOutcome = 'applied' | 'late' | 'duplicate' | 'unknown' | 'ignored'

/** A new event for the inbox. */
export type NewInboxEvent = {
  id: string
  source: string
  messageId: string | null
  /** The same in every delivery of one message. A second delivery is not stored. */
  dedupeKey: string
  /** The same in every message about one fact. */
  businessKey: string | null
  eventType: string
  /** The vendor's bot id, if the event is about a bot. */
  vendorBotId: string | null
  /** Our meeting id, as the event claims it. */
  meetingId: string | null
  /** The raw body. */
  body: string
  receivedAt: Date
  dueAt: Date
}

/** A stored event and what is needed to apply it, read at one moment. */
export type LoadedInboxEvent = {
  event: {
    id: string
    source: string
    eventType: string
    vendorBotId: string | null
    meetingId: string | null
    /** Null after its retention time. */
    body: string | null
    state: 'received' | 'processed' | 'failed'
    /** Only a replayed event has an outcome before it is processed. */
    outcome: InboxOutcome | null
    receivedAt: Date
  }
  /** Found by our id, or else by the vendor's; null when the bot is not ours. */
  meeting: Meeting | null
  /** True when another message about the same fact has been applied. */
  factAlreadyApplied: boolean
}

/** How an event was processed. */
export type Processed = {
  webhookEventId: string
  outcome: InboxOutcome
  /** Written together with the outcome: both or neither. */
  change: Omit<MeetingChange, 'cause'> | null
  at: Date
  /** True: the body goes, because the data of its bot are deleted. */
  forgetsBody?: boolean
}

/** Bodies of one bot: how many were removed now, and how many belong to events that are not processed yet. */
export type Forgotten = { forgotten: number; waiting: number }

/** The inbox of webhooks. Each method is one atomic step. Calls of the same turn may share a statement. */
export interface Inbox {
  /**
   * Commits an event. Events stored at the same time share a transaction (group commit).
   * @returns 'duplicate' when the message is there already
   * @throws RetryableError SERVICE_UNAVAILABLE when it could not be committed
   */
  store(event: NewInboxEvent): Promise<'stored' | 'duplicate'>
  load(webhookEventId: string): Promise<LoadedInboxEvent | null>
  /** @returns false when the meeting changed meanwhile; load again and decide again */
  saveProcessed(processed: Processed): Promise<boolean>
  /** Makes the event a dead letter: kept, listed, replayed only on request. */
  saveFailed(webhookEventId: string, error: string): Promise<void>
  /** How many events are due by `now`. Counts up to `limit`. */
  countDue(now: Date, limit: number): Promise<number>
  /** Takes due events, the oldest first. Sets their next due time and raises their round. */
  claimDue(now: Date, nextDueAt: Date, limit: number): Promise<{ id: string; round: number }[]>
  /** Removes the bodies of all processed and failed events about a bot of the vendor's. */
  forgetBot(botId: string): Promise<Forgotten>
  /** Removes the bodies of at most `limit` events that were processed before then. @returns how many */
  removeBodies(processedBefore: Date, limit: number): Promise<number>
}
