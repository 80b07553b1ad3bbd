import type { Cause } from '../entry.ts'
import type { SubjectKind } from '../entry-types.ts'

/** An event of the feed as it is stored. `showEvent` makes of it what a reader gets. It never changes. */
export type FeedEvent = {
  /** The place in the order of all events: from 1, without gaps. Whoever has seen it has seen all before it. */
  position: number
  type: string
  subject: { kind: SubjectKind; id: string; seq: number }
  occurredAt: Date
  recordedAt: Date
  cause: Cause
  /** JSON. Kept as text, because a page of a thousand events would take longer to parse than to read. */
  data: string
  /** JSON of the subject, see stored-snapshot.ts. Null once the data of the subject were deleted. */
  snapshot: string | null
  /** How many users beside the reader have the subject. */
  others: number
  /** How the reader has the subject; null for an owner, or an operator, who sees it as it is. */
  share: Record<string, unknown> | null
}

/** The id of an event: the same in the feed, in the stream and as `webhook-id`, which must not contain a dot. */
export function eventIdOf({ kind, id, seq }: FeedEvent['subject']): string {
  return `evt_${kind}_${id}_${seq}`
}
