import { randomBytes } from 'node:crypto'
import type { CallbackConfig } from '../bots/bot-config.ts'
import type { VirtualClock } from '../clock/virtual-clock.ts'
import type { FaultBook } from '../faults/fault-book.ts'
import type { Random } from '../random.ts'
import type { Delivery, DeliveryLog } from './delivery-log.ts'
import { type Endpoints, noteOutcome, type WebhookEndpoint } from './endpoints.ts'
import type { HttpPoster, Post, PostResult } from './http-post.ts'
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

/** How notifications are sent to one kind of receiver. */
type Channel = {
  /** Why nothing may be sent any more; undefined if it may. */
  closed: () => string | undefined
  request: () => Post
  /**
   * Notes the result of the `made`-th attempt. Returns the virtual ms until the next one; undefined if there is none.
   */
  retryAfter: (made: number, result: PostResult) => number | undefined
}

/** Delivers notifications: webhooks to the team's endpoints, callbacks to the URL that a bot was created with. */
export class Notifier {
  readonly #parts: NotifierParts
  readonly #outbox: Outbox
  /** Changes with every reset. What began before the reset must not go on. */
  #era = Symbol('era')

  constructor(parts: NotifierParts) {
    this.#parts = parts
    this.#outbox = new Outbox(parts.clock, parts.faults)
  }

  /** Sends one message with a new id to every endpoint that is subscribed to it. */
  webhook(notification: Notification): void {
    const id = `msg_${randomBytes(18).toString('base64url')}`
    for (const endpoint of this.#parts.endpoints.subscribedTo(notification.event)) {
      const delivery = this.#record('webhook', id, endpoint.url, notification, endpoint.id)
      this.#send(delivery, this.#webhookChannel(delivery, endpoint))
    }
  }

  /** Sends a bot's final event to its callback. */
  callback(notification: Notification, config: CallbackConfig): void {
    const id = `callback_${randomBytes(9).toString('base64url')}`
    const delivery = this.#record('callback', id, config.url, notification, null)
    this.#send(delivery, callbackChannel(delivery, config))
  }

  /** Forgets messages that wait for their turn or for a retry. */
  reset(): void {
    this.#era = Symbol('era')
    this.#outbox.reset()
  }

  #send(delivery: Delivery, channel: Channel): void {
    const reason = channel.closed()
    if (reason) return drop(delivery, reason)
    const era = this.#era
    this.#outbox.send(delivery, () => this.#attempt(delivery, channel, 1, era))
  }

  async #attempt(delivery: Delivery, channel: Channel, made: number, era: symbol): Promise<void> {
    const { clock, log, poster } = this.#parts
    if (era !== this.#era) return
    const reason = channel.closed()
    if (reason) return drop(delivery, reason)
    const result = await poster.post(channel.request())
    log.record(delivery, clock.now(), result)
    const delay = channel.retryAfter(made, result)
    if (isSuccess(result)) delivery.state = 'delivered'
    else if (delay !== undefined) clock.after(delay, () => clock.track(this.#attempt(delivery, channel, made + 1, era)))
    else if (delivery.state === 'pending') delivery.state = 'failed'
  }

  #webhookChannel(delivery: Delivery, endpoint: WebhookEndpoint): Channel {
    const { clock, endpoints, random, realNow } = this.#parts
    return {
      closed: () => {
        if (!endpoints.get(endpoint.id)) return 'The endpoint was removed.'
        return endpoint.enabled ? undefined : 'The endpoint is disabled.'
      },
      // Receivers compare the timestamp with their own clock, so it is real time even when virtual time is far ahead.
      request: () => webhookRequest(delivery, endpoint, Math.floor(realNow() / 1000)),
      retryAfter: (made, result) => {
        noteOutcome(endpoint, isSuccess(result), clock.now())
        return isSuccess(result) ? undefined : webhookRetryDelay(made, result, random)
      },
    }
  }

  #record(
    channel: Delivery['channel'],
    id: string,
    url: string,
    { event, data, extra }: Notification,
    endpointId: string | null,
  ): Delivery {
    const delivery: Delivery = {
      id,
      channel,
      endpointId,
      url,
      event,
      status: (data.status as { code?: string } | undefined)?.code ?? null,
      botId: (data.bot_id as string | undefined) ?? null,
      calendarId: (data.calendar_id as string | undefined) ?? null,
      body: JSON.stringify({ event, data, extra }),
      createdAt: this.#parts.clock.now(),
      state: 'pending',
      attempts: [],
      notes: [],
    }
    this.#parts.log.add(delivery)
    return delivery
  }
}

function webhookRequest({ id, body }: Delivery, { url, secrets }: WebhookEndpoint, timestamp: number): Post {
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'Svix-Webhooks/1.0 (sandbox)',
    'svix-id': id,
    'svix-timestamp': String(timestamp),
    'svix-signature': signMessage(secrets, id, timestamp, body),
  }
  return { method: 'POST', url, headers, body }
}

function callbackChannel({ body }: Delivery, { method, secret, url }: CallbackConfig): Channel {
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  if (secret !== null) headers['x-mb-secret'] = secret
  return {
    closed: () => undefined,
    request: () => ({ method, url, headers, body }),
    retryAfter: callbackRetryDelay,
  }
}

function drop(delivery: Delivery, why: string): void {
  delivery.state = 'dropped'
  delivery.notes.push(why)
}
