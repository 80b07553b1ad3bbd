/** Parts of requests that several routes share. */
import { z } from 'zod'

/** A version of UUID is not asked for: Meeting BaaS chooses its ids. */
const uuid = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/

/** An id of ours or the vendor's, in any spelling. */
export const anyId = () =>
  z
    .string()
    .regex(uuid, 'must be a UUID')
    .transform((id) => id.toLowerCase())

export const cursorField = () =>
  z.string().max(500).optional().meta({ description: '`nextCursor` of the page before.' })

/** What goes without options. In an order they stand in the body: in the query they would be passed over unseen. */
export const NoQuery = z.strictObject({})

/** `a=1&a=2` and `a=1,2` mean the same; for `z.preprocess`. */
export function splitAtCommas(value: unknown): unknown {
  const texts = Array.isArray(value) ? value : [value]
  return texts.flatMap((text: unknown) => (typeof text === 'string' ? text.split(',') : [text]))
}
