import {
  answersKeptMs,
  fingerprint,
  type IdempotencyKeyStore,
  type StoredAnswer,
} from '@seer/core/access/idempotency-keys'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { ApiDeps } from '../dependencies.ts'
import { Problem, problemType } from '../problems/problem.ts'
import { callerOf } from './authentication.ts'

/** A request that takes longer than this has died, and its key is free again. */
const longestRequestMs = 60_000

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the answer to a request with this body holds a secret. Then it is kept encrypted. */
    tellsSecret?: boolean | ((body: unknown) => boolean)
  }
  interface FastifyRequest {
    /** The key under which the answer of this request is to be kept. */
    idempotencyKey: { userId: string; key: string } | null
  }
}

const IdempotencyHeaders = z.looseObject({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'must have 1 to 255 visible ASCII characters')
    .optional()
    .meta({
      description:
        'Any text that you use for one request only, such as a UUID. If you send the request again within 24 hours, you get the first answer again, with the header `Idempotency-Replayed: true`. A request that is refused does not use up its key.',
    }),
})

type Deps = { db: { idempotencyKeys: IdempotencyKeyStore } } & Pick<ApiDeps, 'cipher' | 'now' | 'log'>

/**
 * Makes every POST route that is declared afterwards repeatable under an `Idempotency-Key`. A request that is refused before
 * its handler runs (wrong API key, wrong fields) does not use up its key, and neither does an answer of 400 or more.
 */
export function acceptIdempotencyKeys(app: FastifyInstance, deps: Deps): void {
  const { idempotencyKeys } = deps.db
  app.decorateRequest('idempotencyKey', null)
  app.addHook('onRoute', (route) => {
    if (route.method === 'POST') route.schema = { headers: IdempotencyHeaders, ...route.schema }
  })
  app.addHook('preHandler', async (request, reply) => {
    const key = keyOf(request)
    if (key === undefined) return
    const id = { userId: callerOf(request).userId, key }
    const answer = await begin(idempotencyKeys, id, request, deps.now())
    if (answer)
      return replay(
        reply,
        withBody(answer, (body) => opened(deps, request, id, body)),
      )
    request.idempotencyKey = id
  })
  app.addHook('onSend', async (request, reply, payload) => {
    const id = request.idempotencyKey
    if (!id) return
    request.idempotencyKey = null
    const kept = typeof payload === 'string' ? sealed(deps, request, id, payload) : payload
    await keep(idempotencyKeys, id, reply, kept).catch((error: unknown) => {
      // The work is done and the answer is right. Only, a repetition would now do the work again, which is safe.
      deps.log.warn({ requestId: request.id, err: error }, 'idempotency.answer_not_kept')
    })
  })
}

type KeyId = { userId: string; key: string }

const placeOf = ({ userId, key }: KeyId) => `idempotency_keys:${userId}:${key}:body`

function tellsSecret({ routeOptions, body }: FastifyRequest): boolean {
  const { tellsSecret: tells = false } = routeOptions.config
  return typeof tells === 'function' ? tells(body) : tells
}

/** Without keys no route tells a secret. */
function sealed({ cipher }: Deps, request: FastifyRequest, id: KeyId, body: string): string {
  return cipher && tellsSecret(request) ? cipher.seal(body, placeOf(id)) : body
}

/** @throws PermanentError TOKEN_NOT_READABLE when the keys were replaced meanwhile */
function opened({ cipher }: Deps, request: FastifyRequest, id: KeyId, body: string): string {
  return cipher && tellsSecret(request) ? cipher.open(body, placeOf(id)) : body
}

const withBody = (answer: StoredAnswer, change: (body: string) => string) => ({ ...answer, body: change(answer.body) })

function keyOf(request: FastifyRequest): string | undefined {
  if (request.method !== 'POST') return undefined
  return (request.headers as z.output<typeof IdempotencyHeaders>)['idempotency-key']
}

async function begin(
  keys: IdempotencyKeyStore,
  id: { userId: string; key: string },
  request: FastifyRequest,
  now: Date,
): Promise<StoredAnswer | null> {
  const body = JSON.stringify(request.body ?? null)
  const begun = await keys.begin(id, {
    fingerprint: fingerprint({ method: request.method, path: request.url, body }),
    now,
    lockedUntil: new Date(now.getTime() + longestRequestMs),
    expiresAt: new Date(now.getTime() + answersKeptMs),
  })
  if (begun.outcome === 'reused') throw new Problem('IDEMPOTENCY_KEY_REUSED')
  if (begun.outcome === 'in_progress') throw new Problem('IDEMPOTENCY_KEY_IN_USE', { headers: { 'retry-after': '1' } })
  return begun.outcome === 'answered' ? begun.answer : null
}

function replay(reply: FastifyReply, { statusCode, body, location }: StoredAnswer): FastifyReply {
  if (location !== null) reply.header('location', location)
  return reply
    .code(statusCode)
    .header('idempotency-replayed', 'true')
    .type(statusCode >= 400 ? problemType : 'application/json; charset=utf-8')
    .serializer((text: string) => text)
    .send(body)
}

async function keep(
  keys: IdempotencyKeyStore,
  id: { userId: string; key: string },
  reply: FastifyReply,
  payload: unknown,
): Promise<void> {
  // A refused order did nothing, so the caller may use its key for the corrected order.
  if (reply.statusCode >= 400 || typeof payload !== 'string') return keys.release(id)
  const location = reply.getHeader('location')
  await keys.finish(id, {
    statusCode: reply.statusCode,
    body: payload,
    location: typeof location === 'string' ? location : null,
  })
}
