import { z } from 'zod'
import { decode, readPasscode } from './query.ts'

const text = z.string().min(1).max(400)
const guid = z
  .string()
  .regex(/^[\w-]{1,64}$/)
  .transform((id) => id.toLowerCase())
  .nullish()
  .catch(null)

const Coordinates = z.union([
  z
    .object({
      conversationId: text,
      messageId: z
        .string()
        .regex(/^\d{1,20}$/)
        .nullish(),
      tenantId: guid,
      organizerId: guid,
    })
    .transform(({ conversationId: id, messageId, tenantId, organizerId }) => {
      return { id, message: messageId ?? undefined, tenantId: tenantId ?? null, organizerId: organizerId ?? null }
    }),
  z
    .object({ meetingCode: z.string().regex(/^\d{9,20}$/), passcode: z.string().nullish() })
    .transform(({ meetingCode, passcode }) => ({ meetingCode, passcode: readPasscode(passcode ?? null) })),
])

/**
 * Reads the `coords` of a Teams link `/light-meetings/launch`: JSON in base64, sometimes percent-encoded inside. It has
 * the thread of a work meeting or the code of a personal one; null when it has neither.
 */
export function readCoordinates(coords: string | null): z.output<typeof Coordinates> | null {
  const json = Buffer.from(coords ?? '', 'base64').toString('utf8')
  for (const form of [json, decode(json)]) {
    try {
      return Coordinates.safeParse(JSON.parse(form)).data ?? null
    } catch {
      // Not JSON in this form; try the next.
    }
  }
  return null
}
