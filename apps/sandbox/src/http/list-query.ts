import { z } from 'zod'

const empty = z.literal('').transform(() => undefined)

/** A UTC date-time as ms since 1970. Missing or empty means no filter. */
export const optionalDate = empty.or(z.iso.datetime().transform((text) => Date.parse(text))).optional()

/** A comma-separated list of known words. Missing or empty means no filter. */
export function wordList<Word extends string>(words: readonly Word[]) {
  const known = z.array(z.enum(words as unknown as [Word, ...Word[]]))
  return empty
    .or(
      z
        .string()
        .transform((list) => list.split(','))
        .pipe(known),
    )
    .optional()
}

/** Page size: 1 to `max`, 50 when absent. */
export const pageSize = (max: number) => z.coerce.number().int().min(1).max(max).default(50)

const conditions = z.string().transform((list, context) =>
  list.split(',').map((condition) => {
    const colon = condition.indexOf(':')
    if (colon < 1) context.addIssue(`expected field:value, found "${condition}"`)
    return { key: condition.slice(0, colon), value: condition.slice(colon + 1) }
  }),
)
export type ExtraFilter = z.output<typeof conditions>

/** `key:value,key2:value2`. This grammar has no escaping. */
export const extraFilterSchema = empty.or(conditions).optional()

/** Whether `part` is in `whole`, in any case, like all text filters of the vendor's lists. */
export const contains = (whole: string, part: string): boolean => whole.toLowerCase().includes(part.toLowerCase())

/** Compares top-level values as text, exactly and case-sensitive. All conditions must hold. */
export function matchesExtra(extra: Record<string, unknown> | null, filter: ExtraFilter): boolean {
  return filter.every(({ key, value }) => {
    const held = extra && Object.hasOwn(extra, key) ? extra[key] : undefined
    if (held === undefined || held === null) return false
    return (typeof held === 'string' ? held : JSON.stringify(held)) === value
  })
}
