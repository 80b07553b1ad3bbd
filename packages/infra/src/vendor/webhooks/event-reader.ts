import type { BotReading, CalendarReading, InvalidReading, UnknownReading } from '@seer/core/vendor/webhook-reader'
import { z } from 'zod'
import { extraField, meetingIdIn } from '../fields.ts'

type Content<Reading> = Omit<Reading, 'source' | 'eventType'>

/** A reading before it is known who sent it. */
export type EventContent = Content<BotReading> | Content<CalendarReading> | Content<UnknownReading>

/** Reads the parsed body of one kind of event. */
export type EventReader = (body: unknown) => EventContent | InvalidReading

/** A reader that checks the body against a schema (unknown keys are fine) and maps what is left. */
export function eventReader<Schema extends z.ZodType>(
  schema: Schema,
  map: (body: z.output<Schema>) => EventContent,
): EventReader {
  return (body) => {
    const parsed = schema.safeParse(body)
    return parsed.success ? map(parsed.data) : invalid(parsed.error.issues)
  }
}

const mostErrors = 10

/** Names the fields that are wrong, never their values. */
export function invalid(issues: readonly { path: PropertyKey[]; message: string }[]): InvalidReading {
  const errors = issues.slice(0, mostErrors).map(({ path, message }) => ({ path: path.map(String).join('.'), message }))
  return { kind: 'invalid', errors }
}

/** The envelope of bot events: `extra` lies beside `data` in version 2, inside it in version 1 and in some v2 pages. */
export function botEvent<Fields extends z.ZodRawShape>(fields: Fields) {
  return z.object({ data: z.object({ ...fields, extra: extraField }), extra: extraField })
}

export function meetingIdOf(body: { data: { extra?: unknown }; extra?: unknown }): string | null {
  return meetingIdIn(body.extra, body.data.extra)
}
