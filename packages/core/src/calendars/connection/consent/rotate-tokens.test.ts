import { beforeEach, describe, expect, test } from 'vitest'
import { anIntegration } from '../../../../testing/calendars/calendar-builders.ts'
import { memoryCalendarStores } from '../../../../testing/calendars/memory-calendar-store.ts'
import { PermanentError } from '../../../basics/errors.ts'
import type { SecretCipher } from '../../../basics/secret-cipher.ts'
import type { IntegrationStore } from '../../calendar-store.ts'
import { refreshTokenPlace } from './refresh-token-place.ts'
import { findStaleTokens, rotateTokens } from './rotate-tokens.ts'

/** Seals as `<key>.<place>.<secret>`, so that a test can see it. */
function plainCipher(...keys: string[]): SecretCipher {
  return {
    seal: (secret, place) => `${keys[0]}.${place}.${secret}`,
    open(sealed, place) {
      const key = keys.find((known) => sealed.startsWith(`${known}.${place}.`))
      if (!key) throw new PermanentError('TOKEN_NOT_READABLE', { detail: 'No key opens it.' })
      return sealed.slice(`${key}.${place}.`.length)
    },
    isStale: (sealed) => !sealed.startsWith(`${keys[0]}.`),
  }
}

const sealedBy = (key: string, id: string, secret: string) => plainCipher(key).seal(secret, refreshTokenPlace(id))

let integrations: IntegrationStore
beforeEach(() => {
  integrations = memoryCalendarStores().integrations
})

async function added(id: string, tokens: { refreshToken: string | null; pendingRefreshToken?: string | null }) {
  await integrations.add(anIntegration({ id, ...tokens }))
}
const tokensOf = async (id: string) => {
  const found = await integrations.find(id)
  return [found?.refreshToken, found?.pendingRefreshToken]
}
const deps = (more: object = {}) => ({
  integrations,
  cipher: plainCipher('new', 'old'),
  sealedPrefix: 'new.',
  batch: 2,
  ...more,
})

describe('rotating tokens', () => {
  test('seals both tokens of every calendar with the newest key, in several batches', async () => {
    for (const id of ['a', 'b', 'c', 'd', 'e']) {
      await added(id, {
        refreshToken: sealedBy('old', id, `${id}1`),
        pendingRefreshToken: sealedBy('old', id, `${id}2`),
      })
    }
    const progress: number[] = []
    const result = await rotateTokens(deps(), ({ resealed }) => progress.push(resealed))
    expect(result).toEqual({ resealed: 5, unreadable: [] })
    expect(progress).toEqual([1, 2, 3, 4, 5])
    expect(await tokensOf('e')).toEqual([sealedBy('new', 'e', 'e1'), sealedBy('new', 'e', 'e2')])
    expect(await rotateTokens(deps())).toEqual({ resealed: 0, unreadable: [] })
  })

  test('does not touch tokens of the newest key, and calendars without a token', async () => {
    const fresh = sealedBy('new', 'a', 's')
    await added('a', { refreshToken: fresh, pendingRefreshToken: sealedBy('old', 'a', 'p') })
    await added('b', { refreshToken: null })
    const before = await integrations.find('b')
    expect(await rotateTokens(deps())).toEqual({ resealed: 1, unreadable: [] })
    expect(await tokensOf('a')).toEqual([fresh, sealedBy('new', 'a', 'p')])
    expect(await integrations.find('b')).toEqual(before)
  })

  test('writes no entry in the calendar’s log', async () => {
    await added('a', { refreshToken: sealedBy('old', 'a', 's') })
    await rotateTokens(deps())
    expect(await integrations.log('a', 0, 10)).toEqual([])
  })

  test('goes on after tokens that no key opens, and names them', async () => {
    const lost = sealedBy('lost', 'b', 's')
    await added('a', { refreshToken: sealedBy('old', 'a', 's') })
    await added('b', { refreshToken: lost, pendingRefreshToken: sealedBy('old', 'b', 'p') })
    await added('c', { refreshToken: sealedBy('old', 'a', 'of another calendar') })
    await added('d', { refreshToken: sealedBy('old', 'd', 's') })
    const reason = 'No key opens it.'
    const unopened = await integrations.find('c')
    expect(await rotateTokens(deps())).toEqual({
      resealed: 2,
      unreadable: [
        { integrationId: 'b', reason },
        { integrationId: 'c', reason },
      ],
    })
    expect(await tokensOf('b')).toEqual([lost, sealedBy('new', 'b', 'p')])
    expect(await integrations.find('c')).toEqual(unopened)
  })

  test('seals the newer token when one came meanwhile', async () => {
    await added('a', { refreshToken: sealedBy('old', 'a', 'first') })
    const racing: Pick<IntegrationStore, 'find' | 'saveChange' | 'listSealedOtherwise'> = {
      ...integrations,
      async saveChange(change) {
        racing.saveChange = integrations.saveChange
        const next = { ...change.before, refreshToken: sealedBy('old', 'a', 'second') }
        await integrations.saveChange({ ...change, next })
        return integrations.saveChange(change)
      },
    }
    expect(await rotateTokens(deps({ integrations: racing }))).toEqual({ resealed: 1, unreadable: [] })
    expect(await tokensOf('a')).toEqual([sealedBy('new', 'a', 'second'), null])
  })

  test('skips a calendar that is removed or renewed meanwhile', async () => {
    for (const id of ['a', 'b']) await added(id, { refreshToken: sealedBy('old', id, 's') })
    const racing = {
      ...integrations,
      async find(id: string) {
        const found = await integrations.find(id)
        if (id === 'a') return null
        return found && { ...found, refreshToken: sealedBy('new', id, 's') }
      },
    }
    expect(await rotateTokens(deps({ integrations: racing }))).toEqual({ resealed: 0, unreadable: [] })
  })

  test('does not hide other errors', async () => {
    await added('a', { refreshToken: sealedBy('old', 'a', 's') })
    const seal = () => {
      throw new Error('a bug')
    }
    await expect(rotateTokens(deps({ cipher: { ...plainCipher('new', 'old'), seal } }))).rejects.toThrow('a bug')
  })
})

test('finding stale tokens counts them and changes nothing', async () => {
  await added('a', { refreshToken: sealedBy('old', 'a', 's') })
  await added('b', { refreshToken: sealedBy('lost', 'b', 's') })
  await added('c', { refreshToken: sealedBy('new', 'c', 's') })
  const before = await tokensOf('a')
  expect(await findStaleTokens(deps())).toEqual({
    stale: 2,
    unreadable: [{ integrationId: 'b', reason: 'No key opens it.' }],
  })
  expect(await tokensOf('a')).toEqual(before)
})
