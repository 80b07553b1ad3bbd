import type { Health } from '../deliveries/health.ts'

/** An address of a customer's to which Seer sends the events of the log. */
export type Endpoint = Health & {
  id: string
  /** Whose events are sent; null: those of all users. */
  userId: string | null
  /** The only bot whose events are sent, where an order named a `webhookUrl`. Null: the events of everything. */
  botId: string | null
  url: string
  description: string | null
  /** Patterns of types (feed/type-patterns.ts). An event is sent when one of them means its type. */
  events: string[]
  filter: EndpointFilter
  /** Names of the headers that the customer adds. Their values may be credentials, so they are sealed. */
  headerNames: string[]
  /** JSON of the added headers with their values, for `headersPlace`. Null when there are none. */
  sealedHeaders: string | null
  /** For `secretPlace`. */
  sealedSecret: string
  /** The secret before the last rotation. It signs too until `oldSecretUntil`. */
  sealedOldSecret: string | null
  oldSecretUntil: Date | null
  state: EndpointState
  /** Why Seer has disabled it: it failed for days (`failing`), or said that it is gone (`gone`, status 410). */
  disabledBecause: DisabledBecause | null
  disabledAt: Date | null
  /** Only events after this position are sent. */
  afterPosition: number
  /** The number of its newest entry in the log. */
  lastSeq: number
  /** Guard for compare-and-set. */
  version: number
  createdAt: Date
  updatedAt: Date
}

/** `paused` by the customer, `disabled` by Seer. Then deliveries are held, and sent when it is active again. */
export const endpointStates = ['active', 'paused', 'disabled'] as const
export type EndpointState = (typeof endpointStates)[number]

export const disabledReasons = ['failing', 'gone'] as const
export type DisabledBecause = (typeof disabledReasons)[number]

/** Which events of the wanted types are sent: those that fit every part that is there. */
export type EndpointFilter = {
  /** Events that one of these users may see. Only where events of all users are sent. */
  userIds?: string[]
  /** Events of these calendars, by the ids of their integrations, and of bots that were booked for their events. */
  calendarIds?: string[]
  /** Events of bots whose `extra` has these values under these keys. */
  extra?: Record<string, unknown>
}

/** Places for which secrets are sealed. */
export const secretPlace = (endpointId: string) => `webhook_endpoints:${endpointId}:secret`
export const headersPlace = (endpointId: string) => `webhook_endpoints:${endpointId}:headers`

/** How many endpoints a user may have beside those for one bot, and how many there may be for the events of all users. */
export const endpointsAtMost = 20
