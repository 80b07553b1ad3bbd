import { changeRow } from '../../basics/change-row.ts'
import type { Clock } from '../../basics/clock.ts'
import type { SecretCipher } from '../../basics/secret-cipher.ts'
import { sealedHeaders } from './create-endpoint.ts'
import type { Endpoint } from './endpoint.ts'
import { secretPlace } from './endpoint.ts'
import type { EndpointStore, EndpointViewer } from './endpoint-store.ts'
import { makeSecret, overlapMs } from './secret.ts'

type Deps = {
  endpoints: Pick<EndpointStore, 'findFor' | 'save'>
  /** Null when this installation cannot keep secrets. */
  cipher: Pick<SecretCipher, 'seal'> | null
  now: Clock
}

type Named = { viewer: EndpointViewer; endpointId: string }

/** What is left out stays as it is. */
export type EndpointChanges = Partial<Pick<Endpoint, 'url' | 'description' | 'events' | 'filter'>> & {
  headers?: Record<string, string>
  /** False also enables an endpoint that Seer has disabled. */
  isPaused?: boolean
}

export type ChangeEndpointOutcome =
  | { outcome: 'changed'; endpoint: Endpoint }
  | { outcome: 'not_found' | 'cannot_keep_secrets' }

/** Changes an endpoint. What was held while it was paused or disabled is sent when it is active again. */
export async function changeEndpoint(deps: Deps, order: Named & EndpointChanges): Promise<ChangeEndpointOutcome> {
  const { viewer, endpointId, headers, isPaused, ...fields } = order
  const { cipher } = deps
  if (headers && !cipher) return { outcome: 'cannot_keep_secrets' }
  const kept = headers && cipher ? sealedHeaders(cipher, endpointId, headers) : {}
  return await change(deps, { viewer, endpointId }, (before) => ({
    ...before,
    ...fields,
    ...kept,
    ...stateOf(before, isPaused),
  }))
}

function stateOf({ state }: Endpoint, isPaused: boolean | undefined): Partial<Endpoint> {
  const wanted = isPaused ? 'paused' : 'active'
  if (isPaused === undefined || state === wanted) return {}
  return { state: wanted, disabledBecause: null, disabledAt: null }
}

export type RotateSecretOutcome =
  /** `secret` is told only here. */
  { outcome: 'rotated'; endpoint: Endpoint; secret: string } | { outcome: 'not_found' | 'cannot_keep_secrets' }

/**
 * Gives an endpoint a new secret. The one that it had signs as well for another day, so that the receiver can change over
 * in between.
 * @param order.secret the customer's own; null: Seer makes one
 */
export async function rotateSecret(deps: Deps, order: Named & { secret: string | null }): Promise<RotateSecretOutcome> {
  const { cipher } = deps
  if (!cipher) return { outcome: 'cannot_keep_secrets' }
  const secret = order.secret ?? makeSecret()
  const changed = await change(deps, order, (before) => ({
    ...before,
    sealedSecret: cipher.seal(secret, secretPlace(before.id)),
    sealedOldSecret: before.sealedSecret,
    oldSecretUntil: new Date(deps.now().getTime() + overlapMs),
  }))
  return changed.outcome === 'changed' ? { outcome: 'rotated', endpoint: changed.endpoint, secret } : changed
}

async function change(
  { endpoints, now }: Deps,
  { viewer, endpointId }: Named,
  decide: (before: Endpoint) => Endpoint,
): Promise<{ outcome: 'changed'; endpoint: Endpoint } | { outcome: 'not_found' }> {
  const changed = await changeRow({
    name: `The endpoint ${endpointId}`,
    load: () => endpoints.findFor(viewer, endpointId),
    decide: (before) => ({ next: { ...decide(before), updatedAt: now() }, entries: [] }),
    save: (before, { next }) => endpoints.save(before, next),
  })
  return changed ? { outcome: 'changed', endpoint: changed.after } : { outcome: 'not_found' }
}
