import type { PostResult } from './http-post.ts'

/** One try to hand over a notification. `at` is virtual ms, `durationMs` real ms. */
export type Attempt = { at: number; status: number | null; error: string | null; durationMs: number }

/** `dropped`: never tried, because a fault or a disabled endpoint swallowed it. `failed`: given up. */
export type DeliveryState = 'pending' | 'delivered' | 'failed' | 'dropped'

/** One notification on its way to one receiver. */
export type Delivery = {
  /** The `svix-id` of a webhook; a name of our own for a callback, which carries no id. */
  readonly id: string
  readonly channel: 'webhook' | 'callback'
  readonly endpointId: string | null
  readonly url: string
  readonly event: string
  /** The status code a `bot.status_change` reports. */
  readonly status: string | null
  readonly botId: string | null
  readonly calendarId: string | null
  readonly body: string
  /** Virtual ms. */
  readonly createdAt: number
  state: DeliveryState
  attempts: Attempt[]
  /** Faults that were applied, and why a message was dropped. */
  notes: string[]
}

/** Every notification and how its delivery went, oldest first; the oldest settled ones give way at the limit. */
export class DeliveryLog {
  readonly #limit: number
  #deliveries: Delivery[] = []
  readonly #byBot = new Map<string, Delivery[]>()

  constructor(limit: number) {
    this.#limit = limit
  }

  get all(): readonly Delivery[] {
    return this.#deliveries
  }

  ofBot(botId: string): readonly Delivery[] {
    return this.#byBot.get(botId) ?? []
  }

  add(delivery: Delivery): void {
    this.#deliveries.push(delivery)
    if (delivery.botId !== null) {
      const siblings = this.#byBot.get(delivery.botId)
      if (siblings) siblings.push(delivery)
      else this.#byBot.set(delivery.botId, [delivery])
    }
    // Trimmed a tenth at a time, so that a busy log is not rewritten on every message.
    if (this.#deliveries.length > this.#limit * 1.1) this.#trim()
  }

  record(delivery: Delivery, at: number, { status, error, durationMs }: PostResult): void {
    delivery.attempts.push({ at, status, error, durationMs })
  }

  clear(): void {
    this.#deliveries = []
    this.#byBot.clear()
  }

  #trim(): void {
    let surplus = this.#deliveries.length - this.#limit
    this.#deliveries = this.#deliveries.filter((delivery) => delivery.state === 'pending' || surplus-- <= 0)
    this.#byBot.clear()
    for (const delivery of this.#deliveries) {
      if (delivery.botId === null) continue
      const siblings = this.#byBot.get(delivery.botId) ?? []
      siblings.push(delivery)
      this.#byBot.set(delivery.botId, siblings)
    }
  }
}
