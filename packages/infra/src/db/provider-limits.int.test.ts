import type { PostponedError } from '@seer/core/errors'
import { expect, test } from 'vitest'
import { openProviderLimits } from './provider-limits.ts'
import { useTestStores } from './testing/test-stores.ts'

const { db } = useTestStores()

test('a pause of creations says what it is for, to those it holds back', async () => {
  const { providerLimits } = db()
  const code = 'PROVIDER_INSUFFICIENT_TOKENS'
  await providerLimits.pauseCreates({ delayMs: 60_000, reason: 'No tokens are left.', code })
  const refused = { name: 'PostponedError', code, message: 'No tokens are left.' }
  await expect(providerLimits.takeWriteSlot('create')).rejects.toMatchObject(refused)
  await providerLimits.takeWriteSlot('other')
  await providerLimits.pauseCreates({ delayMs: 60_000, reason: 'The day is full.', code: 'PROVIDER_DAILY_CAP' })
  await expect(providerLimits.takeWriteSlot('create')).rejects.toMatchObject({ code: 'PROVIDER_DAILY_CAP' })
  expect(await providerLimits.pauses()).toMatchObject([{ kind: 'creates', reason: 'The day is full.' }])
})

test('a pause that an older Seer set is one for the daily cap', async () => {
  await db().pool.query(`UPDATE provider_limits SET pause_code = NULL WHERE name = 'creates'`)
  await expect(db().providerLimits.takeWriteSlot('create')).rejects.toMatchObject({ code: 'PROVIDER_DAILY_CAP' })
})

const nextPlace = async () => {
  const { rows } = await db().pool.query<{ at: Date }>(
    `SELECT next_at AS at FROM provider_limits WHERE name = 'writes'`,
  )
  return +(rows[0]?.at ?? 0)
}

test('writers that know nothing of each other take places one after the other', async () => {
  const [perSecond, writers, writes] = [200, 4, 25]
  const processes = Array.from({ length: writers }, () => openProviderLimits(db().pool, perSecond))
  const startedAt = performance.now()
  const turns = processes.flatMap((limits) => Array.from({ length: writes }, () => limits.takeWriteSlot('other')))
  await Promise.all(turns)
  // The last one may be as late as its process allows itself, but not early.
  expect(performance.now() - startedAt).toBeGreaterThan(((writers * writes - 1) * 1_000) / perSecond)
})

test('a process that was busy when its place came leaves it empty and takes another one', async () => {
  const perSecond = 4
  const limits = openProviderLimits(db().pool, perSecond)
  await limits.takeWriteSlot('other')
  const before = await nextPlace()
  const turn = limits.takeWriteSlot('other')
  await expect.poll(nextPlace).toBeGreaterThan(before)
  const busyUntil = performance.now() + 400
  while (performance.now() < busyUntil);
  await turn
  const intervals = ((await nextPlace()) - before) / (1_000 / perSecond)
  expect(intervals).toBeGreaterThan(2)
})

test('who would have to wait too long for a place is put off', async () => {
  const limits = openProviderLimits(db().pool, 5)
  await limits.pauseWrites({ delayMs: 16_000, reason: 'The vendor asked for it.' })
  const error = await limits.takeWriteSlot('other').catch((thrown: PostponedError) => thrown)
  expect(error).toMatchObject({ code: 'PROVIDER_RATE_LIMITED' })
  // Not longer than all places are taken.
  expect((error as PostponedError).delayMs).toBeGreaterThan(14_000)
  expect((error as PostponedError).delayMs).toBeLessThanOrEqual(15_000)
})
