/** Types of the fields that the vendor sends, in webhooks and in answers. */
import { normaliseEmail } from '@seer/core/people/read-address'
import { z } from 'zod'
import { readStatusCode } from '../v2/status-codes.ts'

const earliest = Date.UTC(2000, 0, 1)
const latest = Date.UTC(2100, 0, 1)
const isoInstant = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/i

/**
 * A time: ISO 8601 (UTC without a zone), or unix time in seconds, or in milliseconds if it is above 1e11. The vendor
 * documents seconds for `start_time`, but its bot sends milliseconds. Times outside the years 2000 to 2099 are errors.
 */
export const instant = z.unknown().transform((value, context) => {
  const at = readInstant(value)
  if (at !== null) return at
  context.addIssue({ code: 'custom', message: 'expected a time between the years 2000 and 2099' })
  return z.NEVER
})

export const instantOrNull = instant.nullish().transform((value) => value ?? null)

/** Like `instant` but without zod, for values that come in large numbers. Null when the value is no such time. */
export function readInstant(value: unknown): Date | null {
  const ms = typeof value === 'string' ? parseText(value) : typeof value === 'number' ? toMs(value) : Number.NaN
  return ms >= earliest && ms < latest ? new Date(ms) : null
}

function parseText(text: string): number {
  if (/^\d{9,13}$/.test(text)) return toMs(Number(text))
  const iso = isoInstant.exec(text)
  if (!iso) return Number.NaN
  return Date.parse(iso[3] ? text : `${text}Z`)
}

function toMs(unixTime: number): number {
  return Math.floor(unixTime > 1e11 ? unixTime : unixTime * 1_000)
}

/** An id or a code: at most `max` characters, no control characters. */
export function token(max: number) {
  return z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}]+$/u, 'holds characters that no id has')
}

/** A bot's status, in the vendor's spelling. */
export const statusCode = token(100).transform(readStatusCode)

/** The vendor's id of a bot. So far always a UUID, but nothing depends on that. */
export const botIdField = token(100)

/**
 * Text that people or programs wrote. Longer text is cut. Characters that PostgreSQL cannot store (NUL, half a
 * surrogate pair) are replaced and not refused: the odd name of a participant must not cost a recording.
 */
export function prose(max: number) {
  return z.string().transform((text) => readProse(text, max))
}

/** Like `prose` but without zod. */
export function readProse(text: string, max: number): string {
  return storable(text.length > max ? `${text.slice(0, max - 1)}…` : text)
}

export function proseOrNull(max: number) {
  return prose(max)
    .nullish()
    .transform((text) => text || null)
}

function storable(text: string): string {
  return text.replaceAll('\0', '\ufffd').replace(/\p{Cs}/gu, '\ufffd')
}

/** `extra`: the caller's own data with a bot, an object or nothing. `meetingIdIn` reads it. */
export const extraField = z
  .unknown()
  .refine((value) => typeof value === 'object' && !Array.isArray(value), { message: 'expected an object or null' })
  .nullish()

/** The key of our meeting id in a bot's `extra`. */
export const meetingIdKey = 'seer_meeting_id'

/** An e-mail address in the form in which addresses are compared. Other text stays, in lower case. */
export const emailField = prose(320).transform(normaliseEmail)

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Our meeting id from the first `extra` that has one; null when none has a UUID there. */
export function meetingIdIn(...extras: unknown[]): string | null {
  for (const extra of extras) {
    if (typeof extra !== 'object' || extra === null || !Object.hasOwn(extra, meetingIdKey)) continue
    const id = readUuid((extra as Record<string, unknown>)[meetingIdKey])
    if (id !== null) return id
  }
  return null
}

/** A UUID of any version, in lower case; null for anything else. */
export function readUuid(value: unknown): string | null {
  return typeof value === 'string' && uuid.test(value) ? value.toLowerCase() : null
}
