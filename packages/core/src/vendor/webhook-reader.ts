import type { Fact } from './facts.ts'

/** Who sent an event, in the words that the inbox stores. `guide` are the integration guide's seven event names. */
export type WebhookSource = 'v2_webhook' | 'v2_callback' | 'v1_webhook' | 'guide'

/** How a sender proved itself; `none` only where verification is switched off. */
export type WebhookScheme = 'svix' | 'callback_secret' | 'api_key' | 'none'

export type WebhookRequest = {
  /** Names in lower case, as Node's HTTP server gives them. */
  headers: Record<string, string | string[] | undefined>
  /** The bytes as they arrived: signatures are made over these. */
  body: Buffer
}

/** A sender that has proven itself. `messageId` is equal for every delivery of one message, where the scheme has ids. */
export type WebhookSender = { scheme: WebhookScheme; messageId: string | null }

export type BotReading = {
  kind: 'bot'
  source: WebhookSource
  eventType: string
  /** The vendor's id of the bot. */
  botId: string
  /** Our meeting id as the event carries it; a UUID in lower case. */
  meetingId: string | null
  /** Equal for every message about one fact, whoever sends it; null when the event does not tell them apart. */
  businessKey: string | null
  fact: Fact
}

/** Something happened to a connected calendar. What it was is read from the vendor afterwards. */
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

/** An event that this version of Seer has no meaning for. Stored and visible, without effect. */
export type UnknownReading = {
  kind: 'unknown'
  source: WebhookSource
  eventType: string
  botId: string | null
  meetingId: string | null
  businessKey: null
}

/** The body cannot be used: not JSON, a field of the wrong type, a missing id, a time that cannot be. */
export type InvalidReading = { kind: 'invalid'; errors: { path: string; message: string }[] }

export type WebhookReading = BotReading | CalendarReading | UnknownReading | InvalidReading

/** Understands what Meeting BaaS sends. Pure: no method does I/O or throws. */
export interface WebhookReader {
  /** Who sent the request; null when no sender can be proven. */
  authenticate(request: WebhookRequest, now: Date): WebhookSender | null
  /** Reads a body whose sender is proven. Unknown keys, events and status codes are fine. */
  read(body: string, scheme: WebhookScheme): WebhookReading
  /** Reads a stored body again, by the source that was stored with it. */
  reread(body: string, source: string): WebhookReading
}
