import type { Clock } from '../../basics/clock.ts'
import type { SecretCipher } from '../../basics/secret-cipher.ts'
import { soundHealth } from '../deliveries/health.ts'
import type { EventFeed } from '../feed/event-feed.ts'
import { type Endpoint, type EndpointFilter, endpointsAtMost, headersPlace, secretPlace } from './endpoint.ts'
import type { EndpointStore } from './endpoint-store.ts'
import { makeSecret } from './secret.ts'

type Deps = {
  endpoints: Pick<EndpointStore, 'add'>
  feed: Pick<EventFeed, 'number'>
  /** Null when this installation cannot keep secrets. */
  cipher: Pick<SecretCipher, 'seal'> | null
  newId: () => string
  now: Clock
}

export type EndpointOrder = {
  /** Null: the events of all users. */
  userId: string | null
  url: string
  description: string | null
  events: string[]
  filter: EndpointFilter
  /** Names in lower case. */
  headers: Record<string, string>
  isPaused: boolean
  /** The customer's own; null: Seer makes one. */
  secret: string | null
}

export type CreateEndpointOutcome =
  /** `secret` is told only here. */
  | { outcome: 'created'; endpoint: Endpoint; secret: string }
  | { outcome: 'cannot_keep_secrets' | 'too_many' | 'no_user' }

/** Adds an endpoint. It gets the events that happen from now on. */
export async function createEndpoint(deps: Deps, order: EndpointOrder): Promise<CreateEndpointOutcome> {
  const { cipher } = deps
  if (!cipher) return { outcome: 'cannot_keep_secrets' }
  const secret = order.secret ?? makeSecret()
  // What was committed before is numbered by now.
  const afterPosition = (await deps.feed.number()).newest
  const endpoint = newEndpoint({ ...deps, cipher }, { ...order, botId: null, secret, afterPosition })
  const added = await deps.endpoints.add(endpoint, endpointsAtMost)
  return added === 'added' ? { outcome: 'created', endpoint, secret } : { outcome: added }
}

type NewEndpoint = Omit<EndpointOrder, 'secret'> & Pick<Endpoint, 'botId' | 'afterPosition'> & { secret: string }

/** An endpoint that has sent nothing yet. */
export function newEndpoint(
  { cipher, newId, now }: Pick<Deps, 'newId' | 'now'> & { cipher: Pick<SecretCipher, 'seal'> },
  { headers, isPaused, secret, ...rest }: NewEndpoint,
): Endpoint {
  const id = newId()
  return {
    ...rest,
    ...soundHealth,
    id,
    ...sealedHeaders(cipher, id, headers),
    sealedSecret: cipher.seal(secret, secretPlace(id)),
    sealedOldSecret: null,
    oldSecretUntil: null,
    state: isPaused ? 'paused' : 'active',
    disabledBecause: null,
    disabledAt: null,
    lastSeq: 0,
    version: 0,
    createdAt: now(),
    updatedAt: now(),
  }
}

/** The fields of an endpoint that hold the headers which the customer adds. */
export function sealedHeaders(
  cipher: Pick<SecretCipher, 'seal'>,
  endpointId: string,
  headers: Readonly<Record<string, string>>,
): Pick<Endpoint, 'headerNames' | 'sealedHeaders'> {
  const headerNames = Object.keys(headers).sort()
  const sealed = headerNames.length > 0 ? cipher.seal(JSON.stringify(headers), headersPlace(endpointId)) : null
  return { headerNames, sealedHeaders: sealed }
}
