import type { InboxOutcome } from './inbox.ts'

/** A stored event, for an operator. */
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

/** Shows the inbox to operators, and starts events again. */
export interface InboxAdmin {
  /** Newest first, at most `limit`, after `beforeId` if it is given. */
  list(filter: InboxFilter, beforeId: string | null, limit: number): Promise<InboxEntry[]>
  /** With the raw body, which is null after its retention time. */
  show(id: string): Promise<(InboxEntry & { body: string | null }) | null>
  /**
   * Makes at most `limit` matching events due again, in the order of their arrival, after `afterId` if it is given.
   * They count as never started by a sweep. Events without a body cannot run again and are skipped.
   * @returns their ids
   */
  requeue(filter: InboxFilter & { id?: string }, afterId: string | null, limit: number, dueAt: Date): Promise<string[]>
}
