import { PermanentError } from '../../../basics/errors.ts'
import { batchesOf } from '../../../basics/in-batches.ts'
import type { SecretCipher } from '../../../basics/secret-cipher.ts'
import type { IntegrationStore } from '../../calendar-store.ts'
import type { Integration } from '../../integration.ts'
import { changeIntegration } from '../change-integration.ts'
import { refreshTokenPlace } from './refresh-token-place.ts'

type Source = {
  integrations: Pick<IntegrationStore, 'listSealedOtherwise'>
  cipher: SecretCipher
  /** The prefix of texts that the newest key sealed. */
  sealedPrefix: string
  /** Rows per query. Default 100. */
  batch?: number
}

type Deps = Source & { integrations: Pick<IntegrationStore, 'find' | 'saveChange'> }

/** A calendar with a token that no key opens, and the reason. */
export type UnreadableToken = { integrationId: string; reason: string }

export type Rotation = {
  /** The number of calendars whose tokens were sealed anew. */
  resealed: number
  unreadable: UnreadableToken[]
}

/**
 * Seals refresh tokens of older keys with the newest key, so that the older keys can be removed. May be stopped and
 * repeated at any time, and run beside API and workers.
 * @param progress called after each calendar
 * @throws RetryableError SERVICE_UNAVAILABLE when somebody else kept changing a calendar; repeat it
 */
export async function rotateTokens(deps: Deps, progress?: (soFar: Rotation) => void): Promise<Rotation> {
  const result: Rotation = { resealed: 0, unreadable: [] }
  for await (const { id } of staleIntegrations(deps)) {
    const outcome = await reseal(deps, id)
    if (outcome.reason !== null) result.unreadable.push({ integrationId: id, reason: outcome.reason })
    else if (outcome.wasStale) result.resealed += 1
    progress?.(result)
  }
  return result
}

export type StaleTokens = {
  /** The number of calendars with a token of an older key. */
  stale: number
  /** The calendars among them whose token cannot be opened. */
  unreadable: UnreadableToken[]
}

/** What `rotateTokens` would find. Changes nothing. */
export async function findStaleTokens(source: Source): Promise<StaleTokens> {
  const result: StaleTokens = { stale: 0, unreadable: [] }
  for await (const integration of staleIntegrations(source)) {
    result.stale += 1
    const { reason } = resealed(source.cipher, integration)
    if (reason !== null) result.unreadable.push({ integrationId: integration.id, reason })
  }
  return result
}

/** In order of ids. Otherwise a row that cannot be opened would be found again and again. */
async function* staleIntegrations({ integrations, sealedPrefix, batch = 100 }: Source) {
  const load = (after: Integration | null) => integrations.listSealedOtherwise(sealedPrefix, after?.id ?? null, batch)
  for await (const found of batchesOf(load, { size: batch })) yield* found
}

type Outcome = { wasStale: boolean; reason: string | null }

/** Another seal of the same token has no consequences. */
const nothingFollows = { queue: { wake: async () => {} }, now: () => new Date() }

async function reseal({ integrations, cipher }: Deps, integrationId: string): Promise<Outcome> {
  const changed = await changeIntegration({ integrations, ...nothingFollows }, integrationId, 'worker', (before) => {
    const { next, ...verdict } = resealed(cipher, before)
    const isChanged =
      next.refreshToken !== before.refreshToken || next.pendingRefreshToken !== before.pendingRefreshToken
    return isChanged ? { next, entries: [], verdict } : { verdict }
  })
  return changed?.verdict ?? { wasStale: false, reason: null }
}

/** A connection with both tokens sealed by the newest key, or as many of them as can be opened. */
function resealed(cipher: SecretCipher, before: Integration): Outcome & { next: Integration } {
  const outcome: Outcome = { wasStale: false, reason: null }
  const renew = (sealed: string | null) => {
    if (sealed === null || !cipher.isStale(sealed)) return sealed
    outcome.wasStale = true
    const place = refreshTokenPlace(before.id)
    try {
      return cipher.seal(cipher.open(sealed, place), place)
    } catch (error) {
      if (!(error instanceof PermanentError) || error.code !== 'TOKEN_NOT_READABLE') throw error
      outcome.reason = error.message
      return sealed
    }
  }
  const [refreshToken, pendingRefreshToken] = [renew(before.refreshToken), renew(before.pendingRefreshToken)]
  return { ...outcome, next: { ...before, refreshToken, pendingRefreshToken } }
}
