import type { Urgency } from '../jobs/urgency.ts'

/** Why no bots can be created: the bots of the day are used up, or the tokens, or the vendor refuses our key. */
export const closedCodes = ['VENDOR_DAILY_CAP', 'VENDOR_INSUFFICIENT_TOKENS', 'VENDOR_UNAUTHORIZED'] as const
export type ClosedCode = (typeof closedCodes)[number]

/** The vendor limiter, shared by every process and queue. */
export interface VendorLimits {
  /**
   * Waits for a free slot in the shared write rate and takes it: of all who wait, in whatever process, the most urgent one
   * gets the next. The write has to follow.
   * @returns gives the slot back; to be called when the vendor has answered, or will not
   * @throws PostponedError VENDOR_RATE_LIMITED when none is free for long, or a `ClosedCode` while
   *   creations are held back
   */
  takeWriteSlot(kind: 'create' | 'other', urgency: Urgency): Promise<() => void>
  /** Holds back everybody's writes until then: the vendor asked for it. */
  pauseWrites(untilMs: { delayMs: number; reason: string }): Promise<void>
  /** Holds back everybody's bot creations: they would all be refused alike. */
  pauseCreates(untilMs: { delayMs: number; reason: string; code: ClosedCode }): Promise<void>
  /** Pauses in force, for health. */
  pauses(): Promise<{ kind: 'writes' | 'creates'; until: Date; reason: string; code: ClosedCode | null }[]>
}
