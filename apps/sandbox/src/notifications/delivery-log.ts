import type { PostResult } from './http-post.ts'

/** One attempt to deliver a notification. `at` is virtual ms, `durationMs` real ms. */
export type Attempt = { at: number; status: number | null; error: string | null; durationMs: number }

/** `dropped`: never tried, because of a fault or a disabled endpoint. `failed`: given up. */
export type DeliveryState = 'pending' | 'delivered' | 'failed' | 'dropped'

/** One notification on its way to one receiver. */
export type Delivery = {
  /** The `svix-id` of a webhook. A callback carries no id, so it has a name of our own. */
  readonly id: string
  readonly channel: 'webhook' | 'callback'
  readonly endpointId: string | null
  readonly url: string
  readonly event: string
  /** The status code that a `bot.status_change` reports. */
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

/**
 * All notifications and how their deliveries went, oldest first. At the limit, the oldest finished ones are removed.
 */
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
    // Trims a tenth at a time, so that a busy log is not rewritten with every message.
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
