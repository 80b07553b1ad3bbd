import { z } from 'zod'
import { readUuid } from '../fields.ts'

const mostIds = 1_000

/**
 * The ids of the events that a message names, each once and 1,000 at most. They only say where to look: what cannot be
 * read is passed over, never a reason to refuse the message.
 */
export const eventIdList = listOf((item) => item)

/** As `eventIdList`, of a list of occurrences. */
export const occurrenceIdList = listOf((item) => (item as { event_id?: unknown } | null)?.event_id)

function listOf(idOf: (item: unknown) => unknown) {
  return z
    .unknown()
    .optional()
    .transform((list) => {
      const ids = new Set<string>()
      for (const item of Array.isArray(list) ? list : []) {
        const id = readUuid(idOf(item))
        if (id !== null) ids.add(id)
        if (ids.size === mostIds) break
      }
      return [...ids]
    })
}
