import type { Meeting } from '../meetings/meeting.ts'
import type { MeetingChange } from '../meetings/meeting-store.ts'

/** What became of a stored event. */
export type InboxOutcome = 'applied' | 'late' | 'duplicate' | 'unknown' | 'ignored'

/** An event as it is put into the inbox. */
export type NewInboxEvent = {
  id: string
  source: string
  messageId: string | null
  /** Equal for every delivery of one message; the second delivery is not stored. */
  dedupeKey: string
  /** Equal for every message about one fact. */
  businessKey: string | null
  eventType: string
  /** The vendor's bot id, if the event is about a bot. */
  vendorBotId: string | null
  /** Our meeting id as the event claims it. */
  meetingId: string | null
  /** The raw body. */
  body: string
  receivedAt: Date
  dueAt: Date
}

/** A stored event with what is needed to apply it, read at one moment. */
export type LoadedInboxEvent = {
  event: {
    id: string
    source: string
    eventType: string
    vendorBotId: string | null
    meetingId: string | null
    /** Null once retention has removed it. */
    body: string | null
    state: 'received' | 'processed' | 'failed'
    /** Set before it is processed only when it is replayed. */
    outcome: InboxOutcome | null
    receivedAt: Date
  }
  /** Found by our id first, by the vendor's id second; null when the bot is not ours. */
  meeting: Meeting | null
  /** True when another message about the same fact has been applied. */
  factAlreadyApplied: boolean
}

export type Processed = {
  webhookEventId: string
  outcome: InboxOutcome
  /** Written together with the outcome, or neither is. */
  change: Omit<MeetingChange, 'cause'> | null
  at: Date
}

/** The inbox of webhooks. Each method is one atomic step; those that many call in one turn are carried out together. */
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
  /** How many events are still to be processed by `now`; counts to `limit`. */
  countDue(now: Date, limit: number): Promise<number>
  /** Such events, the oldest first; sets their next due time and raises their round. */
  claimDue(now: Date, nextDueAt: Date, limit: number): Promise<{ id: string; round: number }[]>
  /** Removes the bodies of at most `limit` events processed before then; @returns how many. */
  removeBodies(processedBefore: Date, limit: number): Promise<number>
}
