/** Which events a request wants. The feed and the stream have the same fields. */
import type { SubjectKind } from '@seer/core/log/entry-types'
import type { FeedBounds, FeedFilter } from '@seer/core/log/feed/event-feed'
import { typePattern, typesMatching } from '@seer/core/log/feed/type-patterns'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { callerOf, demandScope } from '../../access/authentication.ts'
import type { StreamToken } from '../../access/stream-token.ts'
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

export const subjectField = () =>
  z
    .string()
    .regex(subjectForm, `must be kind and id, such as bot:<id>; kinds are ${subjectKinds.join(', ')}`)
    .transform((subject) => subject.toLowerCase())
    .meta({ description: 'Only events of one subject: `bot:<id>`.' })

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
  subject: subjectField().optional(),
  all: z.enum(['0', '1']).default('0').meta({
    description: 'With 1, the events of all users. Needs an API key with the scope `admin`.',
  }),
  token: z.string().max(10_000).optional().meta({
    description: 'A token from `POST /stream-tokens`, in place of an API key. It may narrow which events you get.',
  }),
}
export type EventFields = z.output<z.ZodObject<typeof eventFields>>

type Wanted = Pick<EventFields, 'types' | 'subject' | 'all'>

/**
 * What a request wants to read, as far as its key or its token reaches.
 * @throws Problem FORBIDDEN
 */
export function filterOf({ types, subject, all }: Wanted, request: FastifyRequest): FeedFilter {
  const caller = callerOf(request)
  if (all === '1') demandScope(caller, 'admin')
  const token = request.streamToken
  const narrowed = token ? withinToken({ types, subject }, token) : { types: types && typesMatching(types), subject }
  const [kind, id] = narrowed.subject?.split(':') ?? []
  return {
    reader: all === '1' || token?.all ? null : caller.userId,
    ...(narrowed.types ? { types: narrowed.types } : {}),
    ...(kind && id ? { subject: { kind: kind as SubjectKind, id } } : {}),
  }
}

/** @throws Problem FORBIDDEN when the token does not reach to what is wanted */
function withinToken({ types, subject }: Omit<Wanted, 'all'>, token: StreamToken) {
  if (subject && token.subject && subject !== token.subject) {
    throw new Problem('FORBIDDEN', { detail: `This token is only for ${token.subject}.` })
  }
  const allowed = token.types && typesMatching(token.types)
  const wanted = types && typesMatching(types)
  const both = wanted && allowed ? wanted.filter((one) => allowed.some((other) => isSameType(one, other))) : null
  if (both?.length === 0) {
    throw new Problem('FORBIDDEN', { detail: `This token is only for the types ${token.types?.join(', ')}.` })
  }
  return { types: both ?? wanted ?? allowed ?? undefined, subject: subject ?? token.subject ?? undefined }
}

type Typed = NonNullable<FeedFilter['types']>[number]
const isSameType = (one: Typed, other: Typed) => one.kind === other.kind && one.type === other.type

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
