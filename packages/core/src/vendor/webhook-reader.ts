import type { Fact } from './facts.ts'

/**
 * Where a webhook comes from, in the words that the inbox stores. `guide`: the integration guide's seven event names.
 */
export type WebhookSource = 'v2_webhook' | 'v2_callback' | 'v1_webhook' | 'guide'

/** How a sender proved who it is; `none` only where verification is switched off. */
export type WebhookScheme = 'svix' | 'callback_secret' | 'api_key' | 'none'

/** A request at the webhook route, before anybody has proved who sent it. */
export type WebhookRequest = {
  /** Names in lower case, as Node's HTTP server gives them. */
  headers: Record<string, string | string[] | undefined>
  /** The bytes as they arrived. The signature covers exactly these. */
  body: Buffer
}

/** A proven sender. `messageId` is the same in every delivery of one message; null when the scheme has no ids. */
export type WebhookSender = { scheme: WebhookScheme; messageId: string | null }

/** A webhook about a bot. */
export type BotReading = {
  kind: 'bot'
  source: WebhookSource
  eventType: string
  /** The vendor's id of the bot. */
  botId: string
  /** Our meeting id as the webhook carries it; a UUID in lower case. */
  meetingId: string | null
  /** The same in every message about one fact, whoever sends it; null when the webhook does not tell facts apart. */
  businessKey: string | null
  fact: Fact
  /** What was said, where the webhook itself carries it, in the form of v1. */
  transcript?: unknown
}

/** Something happened to a connected calendar. Seer then asks the vendor what it was. */
export type CalendarReading = {
  kind: 'calendar'
  source: WebhookSource
  eventType: string
  /** The vendor's id. */
  calendarId: string | null
  /** Whether events changed, or the connection itself. */
  about: 'events' | 'connection'
  /** The vendor's ids of the events that changed; empty when it does not name them. */
  eventIds: string[]
  businessKey: string | null
}

/** A webhook that this version of Seer gives no meaning. It is stored and visible, and has no effect. */
export type UnknownReading = {
  kind: 'unknown'
  source: WebhookSource
  eventType: string
  botId: string | null
  meetingId: string | null
  businessKey: null
}

/** The body cannot be used: it is not JSON, a field has the wrong type, an id is missing, or a time is impossible. */
export type InvalidReading = { kind: 'invalid'; errors: { path: string; message: string }[] }

/** What a webhook is about. */
export type WebhookReading = BotReading | CalendarReading | UnknownReading | InvalidReading

/** Understands what Meeting BaaS sends. Pure: no method throws, reads or writes anything. */
export interface WebhookReader {
  /** Who sent the request; null when nothing proves it. */
  authenticate(request: WebhookRequest, now: Date): WebhookSender | null
  /** Reads a body of a proven sender. Unknown keys, events and status codes are allowed. */
  read(body: string, scheme: WebhookScheme): WebhookReading
  /** Reads a stored body again. `source` was stored with it. */
  reread(body: string, source: string): WebhookReading
}
