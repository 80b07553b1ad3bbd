import type { BotReading, CalendarReading, InvalidReading, UnknownReading } from '@seer/core/vendor/webhook-reader'
import { z } from 'zod'
import { extraField, meetingIdIn } from '../wire/fields.ts'

type Content<Reading> = Omit<Reading, 'source' | 'eventType'>

/** A reading without its sender, which is added later. */
export type EventContent = Content<BotReading> | Content<CalendarReading> | Content<UnknownReading>

/** Reads the parsed body of one kind of webhook. */
export type EventReader = (body: unknown) => EventContent | InvalidReading

/** Makes a reader that checks the body against a schema (unknown keys are allowed) and maps the result. */
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

/** Names the wrong fields, never their values. */
export function invalid(issues: readonly { path: PropertyKey[]; message: string }[]): InvalidReading {
  const errors = issues.slice(0, mostErrors).map(({ path, message }) => ({ path: path.map(String).join('.'), message }))
  return { kind: 'invalid', errors }
}

/** The envelope of a webhook about a bot. In v2 `extra` lies beside `data`; in v1 and on some pages of v2 inside it. */
export function botEvent<Fields extends z.ZodRawShape>(fields: Fields) {
  return z.object({ data: z.object({ ...fields, extra: extraField }), extra: extraField })
}

/** Our meeting id, which the webhook carries in `extra`: at its top, or in its data. */
export function meetingIdOf(body: { data: { extra?: unknown }; extra?: unknown }): string | null {
  return meetingIdIn(body.extra, body.data.extra)
}
