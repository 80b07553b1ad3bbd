import type { BotConfig } from './bot-config.ts'
import type { Scenario } from './scenarios.ts'

/**
 * Rolling window of the daily bot cap and life of the duplicate lock (Meeting BaaS docs, deduplication-rate-limiting).
 */
const dayMs = 24 * 3600_000
const duplicateLockMs = 5 * 60_000

/** Tokens set aside for a bot that is sent at once (openapi-v2.json, createBot). */
const reservedTokens = 0.5

/** `tokens` and `dailyCap` may be Infinity. */
export type AccountLimits = { tokens: number; dailyCap: number }

/** Why the team may not send this bot now, in the vendor's codes for batch items. */
export type Refusal = 'DAILY_BOT_CAP_REACHED' | 'INSUFFICIENT_TOKENS' | 'BOT_ALREADY_EXISTS'

/** The team's allowance: tokens, the daily cap and the lock against duplicate bots. */
export class Account {
  limits: AccountLimits
  #launches: number[] = []
  readonly #lastLaunchByUrl = new Map<string, number>()

  constructor(limits: AccountLimits) {
    this.limits = { ...limits }
  }

  /**
   * Checks a launch in the vendor's order: cap, tokens, duplicate (openapi-v2.json, batchCreateBots). `now` is virtual
   * ms. The duplicate check looks at any bot sent to exactly this URL; whether the vendor normalises URLs is unknown.
   */
  refusalFor(config: BotConfig, scenario: Scenario, now: number): Refusal | undefined {
    if (scenario === 'daily_cap' || this.#launchesSince(now - dayMs) >= this.limits.dailyCap) {
      return 'DAILY_BOT_CAP_REACHED'
    }
    if (scenario === 'insufficient_tokens' || this.limits.tokens < reservedTokens) return 'INSUFFICIENT_TOKENS'
    const last = this.#lastLaunchByUrl.get(config.meeting_url)
    const locked = last !== undefined && now - last < duplicateLockMs && !config.allow_multiple_bots
    return locked || scenario === 'already_exists' ? 'BOT_ALREADY_EXISTS' : undefined
  }

  recordLaunch(config: BotConfig, now: number): void {
    this.#launches.push(now)
    this.#lastLaunchByUrl.set(config.meeting_url, now)
  }

  spend(tokens: number): void {
    this.limits.tokens = Math.max(0, this.limits.tokens - tokens)
  }

  /** The state that outlives a restart. The limits do not. */
  kept() {
    return { launches: this.#launches, lastLaunchByUrl: this.#lastLaunchByUrl }
  }

  restore({ launches, lastLaunchByUrl }: ReturnType<Account['kept']>): void {
    this.#launches = launches
    for (const [url, at] of lastLaunchByUrl) this.#lastLaunchByUrl.set(url, at)
  }

  reset(limits: AccountLimits): void {
    this.limits = { ...limits }
    this.#launches = []
    this.#lastLaunchByUrl.clear()
  }

  #launchesSince(time: number): number {
    let expired = 0
    while (expired < this.#launches.length && (this.#launches[expired] as number) <= time) expired++
    this.#launches.splice(0, expired)
    return this.#launches.length
  }
}
