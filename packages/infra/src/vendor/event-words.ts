/** Words and flags of events, in the spellings of Google, Microsoft and the vendor, whatever their case. */
import type { EventStatus, ResponseStatus } from '@seer/core/vendor/calendar-event'

/** In lower case without separators: `tentatively_accepted` is `tentativelyaccepted`. Empty: it is no word. */
export function readWord(value: unknown): string {
  return typeof value === 'string' ? value.toLowerCase().replace(/[\s_-]+/g, '') : ''
}

/** Null: it is neither yes nor no. */
export function readFlag(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value
  const word = readWord(value)
  return word === 'true' ? true : word === 'false' ? false : null
}

const cancelledWords = ['cancelled', 'canceled', 'deleted', 'removed']

/**
 * A status that nobody knows is `confirmed`: an event that is in the calendar takes place until somebody says
 * otherwise. By the vendor's prose only `deleted_at` tells that an event is deleted; its schema has no such field.
 */
export function readStatus({ status, deleted_at, is_cancelled }: Record<string, unknown>): EventStatus {
  const word = readWord(status)
  if (deleted_at != null || readFlag(is_cancelled) || cancelledWords.includes(word)) return 'cancelled'
  return word === 'tentative' ? 'tentative' : 'confirmed'
}

const answers: Record<string, ResponseStatus> = {
  accepted: 'accepted',
  // Microsoft's word for the answer of the organiser.
  organizer: 'accepted',
  declined: 'declined',
  tentative: 'tentative',
  tentativelyaccepted: 'tentative',
}

/** An answer that nobody knows is none: the person is invited, and has not accepted. */
export function readAnswer(value: unknown): ResponseStatus {
  return answers[readWord(value)] ?? 'needsAction'
}
