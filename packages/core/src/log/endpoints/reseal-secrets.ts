import { PermanentError } from '../../basics/errors.ts'
import { batchesOf } from '../../basics/in-batches.ts'
import type { SecretCipher } from '../../basics/secret-cipher.ts'
import { type Endpoint, headersPlace, secretPlace } from './endpoint.ts'
import type { EndpointStore } from './endpoint-store.ts'

type Source = {
  endpoints: Pick<EndpointStore, 'listStale'>
  cipher: SecretCipher
  /** The prefix of texts that the newest key sealed. */
  sealedPrefix: string
}

type Deps = Source & { endpoints: Pick<EndpointStore, 'save'> }

export type StaleEndpoints = {
  /** How many endpoints have something that an older key sealed. */
  stale: number
  /** Those among them with something that no key opens, and the reason. */
  unreadable: { endpointId: string; reason: string }[]
}

/**
 * Seals the secrets and headers of endpoints with the newest key. May be stopped and repeated. An endpoint that is changed
 * at the same moment is left to the next run.
 * @returns what it found; `stale` counts those that could be opened
 */
export async function resealSecrets(deps: Deps): Promise<StaleEndpoints> {
  const found = { stale: 0, unreadable: [] as StaleEndpoints['unreadable'] }
  for await (const endpoint of staleEndpoints(deps)) {
    const { next, reason } = resealed(deps.cipher, endpoint)
    if (reason !== null) found.unreadable.push({ endpointId: endpoint.id, reason })
    else if (await deps.endpoints.save({ before: endpoint, next, entries: [], cause: 'worker' })) found.stale += 1
  }
  return found
}

/** What `resealSecrets` would find. Changes nothing. */
export async function findStaleSecrets(source: Source): Promise<StaleEndpoints> {
  const found = { stale: 0, unreadable: [] as StaleEndpoints['unreadable'] }
  for await (const endpoint of staleEndpoints(source)) {
    const { reason } = resealed(source.cipher, endpoint)
    found.stale += 1
    if (reason !== null) found.unreadable.push({ endpointId: endpoint.id, reason })
  }
  return found
}

const batch = 100

async function* staleEndpoints({ endpoints, sealedPrefix }: Source) {
  const load = (after: Endpoint | null) => endpoints.listStale(sealedPrefix, after?.id ?? null, batch)
  for await (const found of batchesOf(load, { size: batch })) yield* found
}

function resealed(cipher: SecretCipher, before: Endpoint): { next: Endpoint; reason: string | null } {
  const renew = (sealed: string, place: string) =>
    cipher.isStale(sealed) ? cipher.seal(cipher.open(sealed, place), place) : sealed
  const { id, sealedSecret, sealedOldSecret, sealedHeaders } = before
  try {
    const next = {
      ...before,
      sealedSecret: renew(sealedSecret, secretPlace(id)),
      sealedOldSecret: sealedOldSecret && renew(sealedOldSecret, secretPlace(id)),
      sealedHeaders: sealedHeaders && renew(sealedHeaders, headersPlace(id)),
    }
    return { next, reason: null }
  } catch (error) {
    if (!(error instanceof PermanentError) || error.code !== 'TOKEN_NOT_READABLE') throw error
    return { next: before, reason: error.message }
  }
}
