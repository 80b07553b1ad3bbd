import type { EntryType, SubjectKind } from './entry-types.ts'

/** Who or what made an entry. */
export const causes = ['webhook', 'sync', 'api', 'worker'] as const
export type Cause = (typeof causes)[number]

/** An entry as a decision makes it. The change that it tells of gives it its cause, and the log its number. */
export type NewEntry<Kind extends SubjectKind> = {
  type: EntryType<Kind>
  /** By the clock of whoever saw it happen. */
  occurredAt: Date
  data: Record<string, unknown>
}

export type CausedEntry<Kind extends SubjectKind> = NewEntry<Kind> & { cause: Cause }

/** An entry of the log. */
export type LogEntry<Kind extends SubjectKind> = CausedEntry<Kind> & {
  /** Counts the entries of one subject from 1, without a gap. */
  seq: number
  /** When Seer wrote it down. */
  recordedAt: Date
}

/** A row whose changes the log tells. */
export type Subject = {
  id: string
  /** The sequence number of its newest entry. */
  lastSeq: number
  /** Compare-and-set guard: every write of the row raises it. */
  version: number
}

/**
 * A change of a row with the entries that tell of it. A store writes both together or neither, and only while the row still
 * has the version of `before`: so two changes never number their entries alike.
 */
export type LoggedChange<Kind extends SubjectKind, Row extends Subject> = {
  before: Row
  next: Row
  entries: NewEntry<Kind>[]
  cause: Cause
}
