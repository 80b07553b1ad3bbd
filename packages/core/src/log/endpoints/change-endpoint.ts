import { changeRow } from '../../basics/change-row.ts'
import type { Clock } from '../../basics/clock.ts'
import type { SecretCipher } from '../../basics/secret-cipher.ts'
import type { JobQueue } from '../../jobs/job-queue.ts'
import { type DeliveryStore, deliverJob } from '../deliveries/delivery-store.ts'
import { afterEnabling } from '../deliveries/health.ts'
import type { EntryType } from '../entry-types.ts'
import { sealedHeaders } from './create-endpoint.ts'
import type { Endpoint } from './endpoint.ts'
import { secretPlace } from './endpoint.ts'
import type { EndpointChange, EndpointStore, EndpointViewer } from './endpoint-store.ts'
import { makeSecret, overlapMs } from './secret.ts'

type Deps = {
  endpoints: Pick<EndpointStore, 'findFor' | 'save'>
  /** Null when this installation cannot keep secrets. */
  cipher: Pick<SecretCipher, 'seal'> | null
  now: Clock
}

type ChangeDeps = Deps & { deliveries: Pick<DeliveryStore, 'resume'>; queue: Pick<JobQueue, 'wake'> }

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
export async function changeEndpoint(deps: ChangeDeps, order: Named & EndpointChanges): Promise<ChangeEndpointOutcome> {
  const { viewer, endpointId, headers, isPaused, ...fields } = order
  const { cipher } = deps
  if (headers && !cipher) return { outcome: 'cannot_keep_secrets' }
  const kept = headers && cipher ? sealedHeaders(cipher, endpointId, headers) : {}
  const changed = await change(deps, { viewer, endpointId }, (before) => {
    const state = stateOf(before, isPaused)
    const names = [...Object.keys(fields), ...(headers ? ['headers'] : []), ...(state.state ? ['state'] : [])]
    const next = { ...before, ...fields, ...kept, ...state }
    return { next, type: 'endpoint.changed', data: { fields: names } }
  })
  if (changed.outcome === 'changed' && changed.before.state !== 'active') await start(deps, changed.endpoint)
  return changed
}

function stateOf(before: Endpoint, isPaused: boolean | undefined): Partial<Endpoint> {
  const wanted = isPaused ? 'paused' : 'active'
  if (isPaused === undefined || before.state === wanted) return {}
  const enabled = wanted === 'active' ? afterEnabling(before) : {}
  return { ...enabled, state: wanted, disabledBecause: null, disabledAt: null }
}

async function start({ deliveries, queue }: ChangeDeps, { id, state }: Endpoint): Promise<void> {
  if (state !== 'active') return
  await deliveries.resume(id)
  await queue.wake([deliverJob(id)])
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
  const changed = await change(deps, order, (before) => {
    const oldSecretUntil = new Date(deps.now().getTime() + overlapMs)
    const sealedSecret = cipher.seal(secret, secretPlace(before.id))
    const next = { ...before, sealedSecret, sealedOldSecret: before.sealedSecret, oldSecretUntil }
    return { next, type: 'endpoint.secret_rotated', data: { oldSecretUntil: oldSecretUntil.toISOString() } }
  })
  return changed.outcome === 'changed' ? { outcome: 'rotated', endpoint: changed.endpoint, secret } : changed
}

type ToldChange = { next: Endpoint; type: EntryType<'endpoint'>; data: Record<string, unknown> }

async function change(
  { endpoints, now }: Deps,
  { viewer, endpointId }: Named,
  decide: (before: Endpoint) => ToldChange,
): Promise<{ outcome: 'changed'; before: Endpoint; endpoint: Endpoint } | { outcome: 'not_found' }> {
  const changed = await changeRow({
    name: `The endpoint ${endpointId}`,
    load: () => endpoints.findFor(viewer, endpointId),
    decide: (before) => {
      const { next, type, data } = decide(before)
      const at = now()
      return { next: { ...next, updatedAt: at }, entries: [{ type, occurredAt: at, data }] }
    },
    save: (before, decided: EndpointChange) => endpoints.save({ before, ...decided, cause: 'api' }),
  })
  return changed ? { outcome: 'changed', before: changed.before, endpoint: changed.after } : { outcome: 'not_found' }
}
