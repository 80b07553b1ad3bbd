/** Parts of requests that several routes share. */
import { z } from 'zod'

/** Any version of UUID, because Meeting BaaS chooses its own ids. */
const uuid = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/

/** An id of ours or the vendor's, in any spelling. */
export const anyId = () =>
  z
    .string()
    .regex(uuid, 'must be a UUID')
    .transform((id) => id.toLowerCase())

export const cursorField = () =>
  z.string().max(500).optional().meta({ description: 'The `nextCursor` of the page before.' })

/** A time with its offset from UTC, as a `Date`. */
export const timeField = () => z.iso.datetime({ offset: true }).transform((text) => new Date(text))

/** For a route without query fields. A POST takes its options in the body; in the query nobody would read them. */
export const NoQuery = z.strictObject({})

/** `a=1&a=2` and `a=1,2` mean the same; for `z.preprocess`. */
export function splitAtCommas(value: unknown): unknown {
  const texts = Array.isArray(value) ? value : [value]
  return texts.flatMap((text: unknown) => (typeof text === 'string' ? text.split(',') : [text]))
}
