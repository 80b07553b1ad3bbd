import type { PostponedError } from '@seer/core/basics/errors'
import { urgency } from '@seer/core/jobs/urgency'
import { expect, test } from 'vitest'
import { useTestStores } from '../../../testing/db/test-stores.ts'
import { openVendorLimits } from './vendor-limits.ts'

const { db } = useTestStores()

test('a pause of creations tells its reason to the creations that it holds back', async () => {
  const { vendorLimits } = db()
  const code = 'VENDOR_INSUFFICIENT_TOKENS'
  await vendorLimits.pauseCreates({ delayMs: 60_000, reason: 'No tokens are left.', code })
  const refused = { name: 'PostponedError', code, message: 'No tokens are left.' }
  await expect(vendorLimits.takeWriteSlot('create', urgency.now)).rejects.toMatchObject(refused)
  await vendorLimits.takeWriteSlot('other', urgency.now)
  await vendorLimits.pauseCreates({ delayMs: 60_000, reason: 'The day is full.', code: 'VENDOR_DAILY_CAP' })
  await expect(vendorLimits.takeWriteSlot('create', urgency.now)).rejects.toMatchObject({
    code: 'VENDOR_DAILY_CAP',
  })
  expect(await vendorLimits.pauses()).toMatchObject([{ kind: 'creates', reason: 'The day is full.' }])
})

test('a pause from an older Seer counts as one for the daily cap', async () => {
  await db().pool.query(`UPDATE vendor_limits SET pause_code = NULL WHERE name = 'creates'`)
  await expect(db().vendorLimits.takeWriteSlot('create', urgency.now)).rejects.toMatchObject({
    code: 'VENDOR_DAILY_CAP',
  })
})

test('a write that would wait too long for a slot is postponed', async () => {
  const limits = openVendorLimits(db().pool, 5)
  await limits.pauseWrites({ delayMs: 16_000, reason: 'The vendor asked for it.' })
  const error = await limits.takeWriteSlot('other', urgency.now).catch((thrown: PostponedError) => thrown)
  expect(error).toMatchObject({ code: 'VENDOR_RATE_LIMITED' })
  expect((error as PostponedError).delayMs).toBeGreaterThan(14_000)
  expect((error as PostponedError).delayMs).toBeLessThanOrEqual(16_000)
})
