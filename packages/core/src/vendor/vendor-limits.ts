import type { Urgency } from '../jobs/urgency.ts'

/** Why no bots can be created: the day's bots are used up, the tokens are, or the vendor refuses our key. */
export const closedCodes = ['VENDOR_DAILY_CAP', 'VENDOR_INSUFFICIENT_TOKENS', 'VENDOR_UNAUTHORIZED'] as const
export type ClosedCode = (typeof closedCodes)[number]

/** Keeps writes within the vendor's limits, across all processes and queues. */
export interface VendorLimits {
  /**
   * Waits for a free slot in the shared write rate and takes it. When many wait, in whatever process, the most urgent
   * gets the next slot. The caller must then make its write.
   * @returns gives the slot back; call it when the vendor has answered, or will not
   * @throws PostponedError VENDOR_RATE_LIMITED when no slot will be free for long, or a `ClosedCode` while creations
   * are held back
   */
  takeWriteSlot(kind: 'create' | 'other', urgency: Urgency): Promise<() => void>
  /** Holds back all writes for `delayMs`, because the vendor asked for it. */
  pauseWrites(untilMs: { delayMs: number; reason: string }): Promise<void>
  /** Holds back all creations of bots for `delayMs`, because the vendor would refuse each of them. */
  pauseCreates(untilMs: { delayMs: number; reason: string; code: ClosedCode }): Promise<void>
  /** The pauses in force, for the health report. */
  pauses(): Promise<{ kind: 'writes' | 'creates'; until: Date; reason: string; code: ClosedCode | null }[]>
}
