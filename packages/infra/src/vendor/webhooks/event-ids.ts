import { z } from 'zod'
import { readUuid } from '../wire/fields.ts'

const mostIds = 1_000

/**
 * The ids of the events that a webhook names, each once, at most 1,000. They only say where to look, so an id that
 * cannot be read is skipped and the webhook is still accepted.
 */
export const eventIdList = listOf((item) => item)

/** The same for a list of occurrences. */
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
