/** Which events a request wants. The feed and the stream have the same fields. */
import type { FeedBounds, FeedFilter } from '@seer/core/log/feed/event-feed'
import { typePattern, typesMatching } from '@seer/core/log/feed/type-patterns'
import { type Caller, mayDo } from '@seer/core/people/caller'
import { z } from 'zod'
import { Problem } from '../../problems/problem.ts'
import { splitAtCommas } from '../query-fields.ts'
import { subjectKinds } from './event-schema.ts'

const uuid = '[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}'
const subjectForm = new RegExp(`^(?:${subjectKinds.join('|')}):${uuid}$`)

export const knownPattern = z
  .string()
  .max(100)
  .regex(typePattern, 'must be a type, or the beginning of one and *')
  .refine((pattern) => typesMatching([pattern]).length > 0, 'matches no type of event; see /docs/events for the list')

export const eventFields = {
  after: z.coerce
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .meta({ description: 'Only events after this position. Without it, from the oldest event that is kept.' }),
  types: z
    .preprocess(splitAtCommas, z.array(knownPattern).min(1).max(50))
    .optional()
    .meta({
      description:
        'Only events of these types: `recording_ready`, `recording_*`, or `bot.*` for all of bots. Several are separated by commas.',
      examples: [['recording_ready', 'bot_error']],
    }),
  subject: z
    .string()
    .regex(subjectForm, `must be kind and id, such as bot:<id>; kinds are ${subjectKinds.join(', ')}`)
    .optional()
    .meta({ description: 'Only events of one subject: `bot:<id>`.' }),
  all: z.enum(['0', '1']).default('0').meta({
    description: 'With 1, the events of all users. Needs an API key with the scope `admin`.',
  }),
}
export type EventFields = z.output<z.ZodObject<typeof eventFields>>

/** @throws Problem FORBIDDEN */
export function filterOf({ types, subject, all }: Omit<EventFields, 'after'>, caller: Caller): FeedFilter {
  if (all === '1' && !mayDo(caller, 'admin')) {
    throw new Problem('FORBIDDEN', { detail: 'The events of all users need an API key with the scope "admin".' })
  }
  const [kind, id] = subject?.split(':') ?? []
  return {
    reader: all === '1' ? null : caller.userId,
    ...(types ? { types: typesMatching(types) } : {}),
    ...(kind && id ? { subject: { kind: kind as (typeof subjectKinds)[number], id: id.toLowerCase() } } : {}),
  }
}

/**
 * From where a reader goes on.
 * @throws Problem INVALID_CURSOR beyond the newest event, CURSOR_TOO_OLD before the oldest that is kept
 */
export function startOf(after: number | undefined, { removed, newest }: FeedBounds): number {
  if (after === undefined) return removed
  if (after > newest) {
    const message = `is beyond the newest event, which has the position ${newest}; was the database restored from a backup?`
    throw new Problem('INVALID_CURSOR', { errors: [{ path: 'after', message }] })
  }
  if (after < removed) {
    throw new Problem('CURSOR_TOO_OLD', {
      detail: `Events up to the position ${removed} were removed by retention. The oldest is at ${removed + 1}; go on with after=${removed}, and read what you missed from the bots themselves.`,
    })
  }
  return after
}
