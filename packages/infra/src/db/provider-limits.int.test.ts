import { expect, test } from 'vitest'
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
