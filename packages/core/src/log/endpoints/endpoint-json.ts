import type { Told } from '../readers.ts'
import type { Endpoint } from './endpoint.ts'

/**
 * An endpoint as the API, the feed and webhooks show it. Never holds a secret.
 * @param now a secret whose time is over by then is not mentioned
 */
export function endpointJson(endpoint: Endpoint, now: Date) {
  const { oldSecretUntil, firstFailureAt, lastFailureAt, lastSuccessAt, retryAt } = endpoint
  return {
    id: endpoint.id,
    botId: endpoint.botId,
    url: endpoint.url,
    description: endpoint.description,
    events: endpoint.events,
    filter: endpoint.filter,
    headerNames: endpoint.headerNames,
    allUsers: endpoint.userId === null,
    state: endpoint.state,
    disabledBecause: endpoint.disabledBecause,
    disabledAt: text(endpoint.disabledAt),
    failures: endpoint.failures,
    failingSince: text(firstFailureAt),
    lastFailureAt: text(lastFailureAt),
    lastSuccessAt: text(lastSuccessAt),
    retryAt: text(retryAt),
    oldSecretUntil: text(oldSecretUntil && oldSecretUntil > now ? oldSecretUntil : null),
    createdAt: endpoint.createdAt.toISOString(),
    updatedAt: endpoint.updatedAt.toISOString(),
  }
}

/** What the log keeps of an endpoint with the entries of a change. Those for all users are only seen by operators. */
export function tellEndpoint(endpoint: Endpoint): Told {
  const { userId, updatedAt } = endpoint
  const snapshot = JSON.stringify(endpointJson(endpoint, updatedAt))
  return { snapshot, ownerId: userId, readers: null, gone: null }
}

function text(time: Date | null): string | null {
  return time?.toISOString() ?? null
}
