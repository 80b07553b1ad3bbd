import { randomUUID } from 'node:crypto'
import { createWebhookSecret } from './svix-signature.ts'

/** An endpoint is disabled after failing this long without a success (Meeting BaaS docs, api-v2/webhooks). */
const disableAfterMs = 5 * 24 * 3600_000

/**
 * A receiver of the team's webhooks. Empty `events`: all. During a rotation, each of several secrets signs every
 * message.
 */
export type WebhookEndpoint = {
  readonly id: string
  url: string
  secrets: string[]
  events: string[]
  enabled: boolean
  /** Virtual ms of the first failure since the last success. */
  failingSince: number | null
}

export type EndpointInput = { url: string; secrets?: string[]; events?: string[] }

export class Endpoints {
  readonly #byId = new Map<string, WebhookEndpoint>()

  get all(): WebhookEndpoint[] {
    return [...this.#byId.values()]
  }

  get(id: string): WebhookEndpoint | undefined {
    return this.#byId.get(id)
  }

  add({ url, secrets, events }: EndpointInput): WebhookEndpoint {
    const endpoint: WebhookEndpoint = {
      id: `ep_${randomUUID()}`,
      url,
      secrets: secrets?.length ? secrets : [createWebhookSecret()],
      events: events ?? [],
      enabled: true,
      failingSince: null,
    }
    this.#byId.set(endpoint.id, endpoint)
    return endpoint
  }

  remove(id: string): boolean {
    return this.#byId.delete(id)
  }

  clear(): void {
    this.#byId.clear()
  }

  /** Endpoints that want the event, including disabled ones. */
  subscribedTo(event: string): WebhookEndpoint[] {
    return this.all.filter((endpoint) => endpoint.events.length === 0 || endpoint.events.includes(event))
  }
}

/** Updates an endpoint's health after an attempt at `now` (virtual ms). Disables it after five days of failure. */
export function noteOutcome(endpoint: WebhookEndpoint, succeeded: boolean, now: number): void {
  if (succeeded) {
    endpoint.failingSince = null
    return
  }
  endpoint.failingSince ??= now
  if (now - endpoint.failingSince >= disableAfterMs) endpoint.enabled = false
}
