/** Endpoints for one bot, which orders make that name a `webhookUrl`. */
import { changeRow } from '../../basics/change-row.ts'
import type { Clock } from '../../basics/clock.ts'
import type { SecretCipher } from '../../basics/secret-cipher.ts'
import { matchesType } from '../feed/type-patterns.ts'
import { newEndpoint } from './create-endpoint.ts'
import { type Endpoint, secretPlace } from './endpoint.ts'
import type { BotEndpoint, EndpointChange, EndpointStore } from './endpoint-store.ts'
import { makeSecret } from './secret.ts'

type Deps = {
  endpoints: Pick<EndpointStore, 'addForBot' | 'find' | 'save'>
  cipher: Pick<SecretCipher, 'seal' | 'open'>
  newId: () => string
  now: Clock
}

export type BotEndpointOrder = {
  userId: string
  botId: string
  url: string
  /** Patterns of types. */
  events: string[]
  /** The customer's own; null: Seer makes one. */
  secret: string | null
  /** A position from before the order, so that the endpoint gets what the order makes happen. */
  afterPosition: number
}

/**
 * Sends the events of a bot to a URL. Where the user has such an endpoint already, because the order was repeated or
 * another one named the same URL, that one also gets the events that are wanted now, and keeps its secret.
 * @returns the secret that signs, so that a caller who never saw the first answer gets it; null when the user is gone
 * @throws PermanentError TOKEN_NOT_READABLE when the encryption key of an earlier endpoint is gone
 */
export async function addBotEndpoint(
  deps: Deps,
  order: BotEndpointOrder,
): Promise<{ endpointId: string; secret: string } | null> {
  const secret = order.secret ?? makeSecret()
  const rest = { description: null, filter: {}, headers: {}, isPaused: false }
  const endpoint = newEndpoint(deps, { ...order, ...rest, secret }) as BotEndpoint
  const kept = await deps.endpoints.addForBot(endpoint)
  if (kept === 'no_user') return null
  if (kept.id !== endpoint.id) await wantAlso(deps, kept, order.events)
  return { endpointId: kept.id, secret: deps.cipher.open(kept.sealedSecret, secretPlace(kept.id)) }
}

async function wantAlso({ endpoints, now }: Deps, { id }: Endpoint, events: readonly string[]): Promise<void> {
  await changeRow({
    name: `The endpoint ${id}`,
    load: () => endpoints.find(id),
    decide: (before): EndpointChange => {
      const missing = events.filter((event) => !isWanted(before, event))
      const at = now()
      // A recent `updatedAt` also keeps cleanup from it until what was ordered now has happened.
      if (missing.length === 0) return { next: { ...before, updatedAt: at }, entries: [] }
      const next = { ...before, events: [...before.events, ...missing], updatedAt: at }
      return { next, entries: [{ type: 'endpoint.changed', occurredAt: at, data: { fields: ['events'] } }] }
    },
    save: (before, decided: EndpointChange) => endpoints.save({ before, ...decided, cause: 'api' }),
  })
}

/** `bot.*` and `*` mean every type of a bot. */
function isWanted({ events }: Endpoint, event: string): boolean {
  return events.some((known) => known === event || matchesType(known, { kind: 'bot', type: event }))
}
