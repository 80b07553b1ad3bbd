/** The types of single fields that the vendor sends, in webhooks and in answers. */
import { normaliseEmail } from '@seer/core/people/read-address'
import { z } from 'zod'
import { readStatusCode } from './status-codes.ts'

const earliest = Date.UTC(2000, 0, 1)
const latest = Date.UTC(2100, 0, 1)
const isoInstant = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/i

/**
 * A moment: ISO 8601 (UTC when it names no zone) or unix time in seconds or, above 1e11, in milliseconds. The vendor
 * documents seconds for `start_time`, its bot sends milliseconds. Moments outside the years 2000 to 2099 are errors.
 */
export const instant = z.unknown().transform((value, context) => {
  const at = readInstant(value)
  if (at !== null) return at
  context.addIssue({ code: 'custom', message: 'expected a time between the years 2000 and 2099' })
  return z.NEVER
})

export const instantOrNull = instant.nullish().transform((value) => value ?? null)

/** As `instant`, without zod, for what comes in large numbers. Null: it is no such moment. */
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

/** An id or a code: text of at most `max` characters without control characters. */
export function token(max: number) {
  return z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}]+$/u, 'holds characters that no id has')
}

/** What a bot is doing, in the vendor's spelling. */
export const statusCode = token(100).transform(readStatusCode)

/** The vendor's id of a bot. A UUID in all that was seen, but nothing depends on it. */
export const botIdField = token(100)

/**
 * What people or programs wrote. Longer text is cut; what PostgreSQL cannot store (NUL, half a surrogate pair) is
 * replaced rather than refused: a participant's odd name must not cost a recording.
 */
export function prose(max: number) {
  return z.string().transform((text) => readProse(text, max))
}

/** As `prose`, without zod. */
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

/** The caller-owned data of a bot; an object or nothing. Read with `meetingIdIn`. */
export const extraField = z
  .unknown()
  .refine((value) => typeof value === 'object' && !Array.isArray(value), { message: 'expected an object or null' })
  .nullish()

/** The key under which our meeting id travels in a bot's `extra`. */
export const meetingIdKey = 'seer_meeting_id'

/** An e-mail address in the form in which they are compared. What is none stays as it is, in lower case. */
export const emailField = prose(320).transform(normaliseEmail)

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Our meeting id in the first `extra` that carries one; null when none does or what is there is no UUID. */
export function meetingIdIn(...extras: unknown[]): string | null {
  for (const extra of extras) {
    if (typeof extra !== 'object' || extra === null || !Object.hasOwn(extra, meetingIdKey)) continue
    const id = readUuid((extra as Record<string, unknown>)[meetingIdKey])
    if (id !== null) return id
  }
  return null
}

/** A UUID of any version, in lower case; null when it is none. */
export function readUuid(value: unknown): string | null {
  return typeof value === 'string' && uuid.test(value) ? value.toLowerCase() : null
}
