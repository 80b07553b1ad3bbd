import { PostponedError, RetryableError } from '../basics/errors.ts'
import { type Urgency, urgency as urgencies } from '../jobs/urgency.ts'
import type { VendorLimits } from './vendor-limits.ts'

export type WriteLimits = Pick<VendorLimits, 'takeWriteSlot' | 'pauseWrites'>

/**
 * Makes one write at the vendor within the shared rate. When the vendor asks to slow down, all writes pause.
 * @param urgency decides who gets the next slot; the default is a write that a caller is waiting for
 * @throws PostponedError VENDOR_RATE_LIMITED, and whatever `write` throws
 */
export async function vendorWrite<T>(
  limits: WriteLimits,
  write: () => Promise<T>,
  urgency: Urgency = urgencies.now,
): Promise<T> {
  const giveBack = await limits.takeWriteSlot('other', urgency)
  try {
    return await write()
  } catch (error) {
    if (!(error instanceof RetryableError && error.code === 'VENDOR_RATE_LIMITED')) throw error
    const delayMs = error.retryAfterMs ?? 1_000
    await limits.pauseWrites({ delayMs, reason: error.message })
    throw new PostponedError(error.code, { delayMs, detail: error.message })
  } finally {
    giveBack()
  }
}
