import type { InboxOutcome } from './inbox.ts'

/** A stored event as an operator sees it. */
export type InboxEntry = {
  id: string
  source: string
  eventType: string
  messageId: string | null
  vendorBotId: string | null
  meetingId: string | null
  /** failed: a dead letter; `error` says why. */
  state: 'received' | 'processed' | 'failed'
  outcome: InboxOutcome | null
  attempts: number
  error: string | null
  receivedAt: Date
  processedAt: Date | null
}

export type InboxFilter = {
  state?: InboxEntry['state']
  outcome?: InboxOutcome
  eventType?: string
  /** Received at this time or later. */
  since?: Date
}

/** Looking into the inbox and starting events again; for operators. */
export interface InboxAdmin {
  /** Newest first, `limit` at most; behind `beforeId` when given. */
  list(filter: InboxFilter, beforeId: string | null, limit: number): Promise<InboxEntry[]>
  /** With the raw body, null once retention removed it. */
  show(id: string): Promise<(InboxEntry & { body: string | null }) | null>
  /**
   * Makes at most `limit` matching events due again, in the order of their arrival, behind `afterId` when given, as if no
   * sweep had started them before. Events without a body cannot run again and are passed over.
   * @returns their ids
   */
  requeue(filter: InboxFilter & { id?: string }, afterId: string | null, limit: number, dueAt: Date): Promise<string[]>
}
