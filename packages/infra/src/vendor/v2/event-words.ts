/** Words and flags in events, in the spellings of Google, Microsoft and the vendor, in any case. */
import type { EventStatus, ResponseStatus } from '@seer/core/vendor/calendar-event'

/**
 * The word in lower case without separators: `tentatively_accepted` is `tentativelyaccepted`. Empty for other values.
 */
export function readWord(value: unknown): string {
  return typeof value === 'string' ? value.toLowerCase().replace(/[\s_-]+/g, '') : ''
}

/** Null when the value is neither true nor false. */
export function readFlag(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value
  const word = readWord(value)
  return word === 'true' ? true : word === 'false' ? false : null
}

const cancelledWords = ['cancelled', 'canceled', 'deleted', 'removed']

/**
 * An unknown status counts as `confirmed`: an event in the calendar takes place until somebody says otherwise. The
 * vendor's guide says that `deleted_at` marks a deleted event; its schema has no such field.
 */
export function readStatus({ status, deleted_at, is_cancelled }: Record<string, unknown>): EventStatus {
  const word = readWord(status)
  if (deleted_at != null || readFlag(is_cancelled) || cancelledWords.includes(word)) return 'cancelled'
  return word === 'tentative' ? 'tentative' : 'confirmed'
}

const answers: Record<string, ResponseStatus> = {
  accepted: 'accepted',
  // Microsoft's word for the organiser's own answer.
  organizer: 'accepted',
  declined: 'declined',
  tentative: 'tentative',
  tentativelyaccepted: 'tentative',
}

/** An unknown answer counts as no answer: the person is invited and has not accepted. */
export function readAnswer(value: unknown): ResponseStatus {
  return answers[readWord(value)] ?? 'needsAction'
}
