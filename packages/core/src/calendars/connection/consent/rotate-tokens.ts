import { PermanentError } from '../../../basics/errors.ts'
import type { CalendarStore } from '../../calendar-store.ts'
import type { CalendarIntegration } from '../../integration.ts'
import { changeIntegration } from '../change-integration.ts'
import { refreshTokenPlace, type TokenCipher } from './token-cipher.ts'

type Source = {
  calendars: Pick<CalendarStore, 'listSealedOtherwise'>
  cipher: TokenCipher
  /** How texts begin that the newest key sealed. */
  sealedPrefix: string
  /** Rows per query. Default 100. */
  batch?: number
}

type Deps = Source & { calendars: Pick<CalendarStore, 'find' | 'saveChange'> }

/** A calendar with a token that no key opens, and why. */
export type UnreadableToken = { integrationId: string; reason: string }

export type Rotation = {
  /** Calendars whose tokens are sealed with the newest key now. */
  resealed: number
  unreadable: UnreadableToken[]
}

/**
 * Seals stored refresh tokens with the newest key that an older one sealed, so that the older can be removed. May be
 * stopped and repeated at any time, and run beside API and workers.
 * @param progress told after each calendar
 * @throws RetryableError SERVICE_UNAVAILABLE when others kept changing a calendar; repeat it
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
  /** Calendars with a token that an older key sealed. */
  stale: number
  /** Those of them that cannot be opened. */
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

async function* staleIntegrations({ calendars, sealedPrefix, batch = 100 }: Source) {
  for (let afterId: string | null = null; ; ) {
    const found: CalendarIntegration[] = await calendars.listSealedOtherwise(sealedPrefix, afterId, batch)
    yield* found
    // By id, so that a row that cannot be opened, and stays in the list, is not found for ever.
    afterId = found.at(-1)?.id ?? null
    if (afterId === null) return
  }
}

type Outcome = { wasStale: boolean; reason: string | null }

/** Another seal of the same token has no consequences. */
const nothingFollows = { queue: { wake: async () => {} }, now: () => new Date() }

async function reseal({ calendars, cipher }: Deps, integrationId: string): Promise<Outcome> {
  const changed = await changeIntegration({ calendars, ...nothingFollows }, integrationId, 'worker', (before) => {
    const { next, ...verdict } = resealed(cipher, before)
    const isChanged =
      next.refreshToken !== before.refreshToken || next.pendingRefreshToken !== before.pendingRefreshToken
    return isChanged ? { next, entries: [], verdict } : { verdict }
  })
  return changed?.verdict ?? { wasStale: false, reason: null }
}

/** A connection with both of its tokens under the newest key, or as many of them as can be opened. */
function resealed(cipher: TokenCipher, before: CalendarIntegration): Outcome & { next: CalendarIntegration } {
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
