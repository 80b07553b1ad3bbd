/** Why no bots can be created: the bots of the day are used up, or the tokens. */
export type ClosedCode = 'PROVIDER_DAILY_CAP' | 'PROVIDER_INSUFFICIENT_TOKENS'

/** The vendor limiter, shared by every process and queue. */
export interface ProviderLimits {
  /**
   * Waits for a free slot in the shared write rate and takes it. The write has to follow.
   * @returns gives the slot back; to be called when the vendor has answered, or will not
   * @throws PostponedError PROVIDER_RATE_LIMITED when none is free for long, or a `ClosedCode` while
   *   creations are held back
   */
  takeWriteSlot(kind: 'create' | 'other'): Promise<() => void>
  /** Holds back everybody's writes until then: the vendor asked for it. */
  pauseWrites(untilMs: { delayMs: number; reason: string }): Promise<void>
  /** Holds back everybody's bot creations: the plan is exhausted. */
  pauseCreates(untilMs: { delayMs: number; reason: string; code: ClosedCode }): Promise<void>
  /** Pauses in force, for health. */
  pauses(): Promise<{ kind: 'writes' | 'creates'; until: Date; reason: string }[]>
}
