import type { EntryType, SubjectKind } from './entry-types.ts'

/** Who or what made an entry. */
export const causes = ['webhook', 'sync', 'api', 'worker'] as const
export type Cause = (typeof causes)[number]

/** A new entry from a decision. The change gives it its cause, and the log gives it its number. */
export type NewEntry<Kind extends SubjectKind> = {
  type: EntryType<Kind>
  /** When it happened, by the clock of the program that saw it. */
  occurredAt: Date
  data: Record<string, unknown>
}

/** A new entry with who or what made it. */
export type CausedEntry<Kind extends SubjectKind> = NewEntry<Kind> & { cause: Cause }

/** An entry of the log. */
export type LogEntry<Kind extends SubjectKind> = CausedEntry<Kind> & {
  /** The number of the entry within its subject, from 1, without gaps. */
  seq: number
  /** When Seer wrote it. */
  recordedAt: Date
}

/** A row whose changes are logged. */
export type Subject = {
  id: string
  /** The number of its newest entry. */
  lastSeq: number
  /** Guard for compare-and-set: every write of the row raises it. */
  version: number
}

/**
 * A change of a row, with its log entries. A store writes both or neither, and only while the row still has the version
 * of `before`. So two changes never give their entries the same numbers.
 */
export type LoggedChange<Kind extends SubjectKind, Row extends Subject> = {
  before: Row
  next: Row
  entries: NewEntry<Kind>[]
  cause: Cause
}
