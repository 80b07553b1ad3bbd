import { randomBytes } from 'node:crypto'
import type { Bot } from '../bots/bot.ts'
import type { CallbackConfig } from '../bots/bot-config.ts'
import type { VirtualClock } from '../clock/virtual-clock.ts'
import type { FaultBook } from '../faults/fault-book.ts'
import type { Random } from '../random.ts'
import type { Delivery, DeliveryLog } from './delivery-log.ts'
import { type Endpoints, noteOutcome, type WebhookEndpoint } from './endpoints.ts'
import type { HttpPoster, PostResult } from './http-post.ts'
import { Outbox } from './outbox.ts'
import type { Notification } from './payloads.ts'
import { callbackRetryDelay, isSuccess, webhookRetryDelay } from './retry-schedule.ts'
import { signMessage } from './svix-signature.ts'

export type NotifierParts = {
  clock: VirtualClock
  endpoints: Endpoints
  log: DeliveryLog
  poster: HttpPoster
  faults: FaultBook
  random: Random
  realNow: () => number
}

/** Delivers notifications: webhooks to the team's endpoints, callbacks to the URL a bot was created with. */
export class Notifier {
  readonly #parts: NotifierParts
  readonly #outbox: Outbox

  constructor(parts: NotifierParts) {
    this.#parts = parts
    this.#outbox = new Outbox(parts.clock, parts.faults)
  }

  /** Sends one message, under one new id, to every endpoint that is subscribed to it. */
  webhook(notification: Notification): void {
    const id = `msg_${randomBytes(18).toString('base64url')}`
    for (const endpoint of this.#parts.endpoints.subscribedTo(notification.event)) {
      const delivery = this.#record('webhook', id, endpoint.url, notification, endpoint.id)
      if (endpoint.enabled) this.#outbox.send(delivery, () => this.#attemptWebhook(delivery, endpoint))
      else drop(delivery, 'The endpoint is disabled.')
    }
  }

  /** Sends a bot's final event to its callback. */
  callback(notification: Notification, config: CallbackConfig): void {
    const id = `callback_${randomBytes(9).toString('base64url')}`
    const delivery = this.#record('callback', id, config.url, notification, null)
    this.#outbox.send(delivery, () => this.#attemptCallback(delivery, config))
  }

  /** Forgets messages that wait for their turn. */
  reset(): void {
    this.#outbox.reset()
  }

  async #attemptWebhook(delivery: Delivery, endpoint: WebhookEndpoint): Promise<void> {
    const { poster, clock, random, realNow } = this.#parts
    if (!endpoint.enabled) return drop(delivery, 'The endpoint was disabled.')
    // Receivers compare this with their own clock, so it is real time even when virtual time is far ahead.
    const timestamp = Math.floor(realNow() / 1000)
    const result = await poster.post({
      method: 'POST',
      url: endpoint.url,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Svix-Webhooks/1.0 (sandbox)',
        'svix-id': delivery.id,
        'svix-timestamp': String(timestamp),
        'svix-signature': signMessage(endpoint.secrets, delivery.id, timestamp, delivery.body),
      },
      body: delivery.body,
    })
    noteOutcome(endpoint, isSuccess(result), clock.now())
    const delay = webhookRetryDelay(delivery.attempts.length + 1, result, random)
    this.#conclude(delivery, result, delay, () => this.#attemptWebhook(delivery, endpoint))
  }

  async #attemptCallback(delivery: Delivery, config: CallbackConfig): Promise<void> {
    const headers: Record<string, string> = { 'content-type': 'application/json' }
    if (config.secret !== null) headers['x-mb-secret'] = config.secret
    const result = await this.#parts.poster.post({
      method: config.method,
      url: config.url,
      headers,
      body: delivery.body,
    })
    const delay = callbackRetryDelay(delivery.attempts.length + 1, result)
    this.#conclude(delivery, result, delay, () => this.#attemptCallback(delivery, config))
  }

  #conclude(delivery: Delivery, result: PostResult, delay: number | undefined, again: () => Promise<void>): void {
    const { clock, log } = this.#parts
    log.record(delivery, clock.now(), result)
    if (isSuccess(result)) delivery.state = 'delivered'
    else if (delay === undefined) delivery.state = delivery.state === 'delivered' ? 'delivered' : 'failed'
    else clock.after(delay, () => clock.track(again()))
  }

  #record(
    channel: Delivery['channel'],
    id: string,
    url: string,
    notification: Notification,
    endpointId: string | null,
  ): Delivery {
    const status = (notification.data.status as { code?: string } | undefined)?.code ?? null
    const botId = (notification.data.bot_id as Bot['id'] | undefined) ?? null
    const delivery: Delivery = {
      id,
      channel,
      endpointId,
      url,
      event: notification.event,
      status,
      botId,
      body: JSON.stringify(notification),
      createdAt: this.#parts.clock.now(),
      state: 'pending',
      attempts: [],
      notes: [],
    }
    this.#parts.log.add(delivery)
    return delivery
  }
}

function drop(delivery: Delivery, why: string): void {
  delivery.state = 'dropped'
  delivery.notes.push(why)
}
