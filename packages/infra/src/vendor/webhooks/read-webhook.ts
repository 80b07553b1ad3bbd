import type { UnknownReading, WebhookReading, WebhookScheme, WebhookSource } from '@seer/core/vendor/webhook-reader'
import { z } from 'zod'
import { meetingIdIn, token } from '../wire/fields.ts'
import { botEvents } from './bot-events.ts'
import { calendarEvents } from './calendar-events.ts'
import { type EventReader, invalid } from './event-reader.ts'
import { guideEvents } from './guide-events.ts'
import { isNestedDeeperThan } from './nesting.ts'
import { v1Events } from './v1-events.ts'

/** A Map and not an object, because the names come from outside: `constructor` must not be found. */
const readers = new Map<string, EventReader>([...botEvents, ...calendarEvents, ...v1Events, ...guideEvents])
const guideNames = new Set(guideEvents.map(([name]) => name))
const v1Names = new Set(v1Events.map(([name]) => name))

/** The vendor's bodies have 6 levels. PostgreSQL and other code that walks the value recursively need a limit. */
const deepestNesting = 64

/** Reads the text of a webhook. Never throws. */
export function readWebhook(text: string, sourceOf: (eventType: string) => WebhookSource): WebhookReading {
  const body = parse(text)
  if (body === null) return invalid([{ path: ['body'], message: 'expected a JSON object, nested 64 levels at most' }])
  const name = eventName(body)
  if (!name.success) return invalid([{ path: ['event'], message: 'expected the name of an event' }])
  const eventType = name.data
  const content = (readers.get(eventType) ?? readUnknown)(body)
  return content.kind === 'invalid' ? content : { source: sourceOf(eventType), eventType, ...content }
}

/** The source of an event with this name that came with this proof. */
export function sourceFor(scheme: WebhookScheme, eventType: string): WebhookSource {
  if (guideNames.has(eventType)) return 'guide'
  if (scheme === 'callback_secret') return 'v2_callback'
  if (scheme === 'api_key') return 'v1_webhook'
  return scheme === 'none' && v1Names.has(eventType) ? 'v1_webhook' : 'v2_webhook'
}

function parse(text: string): Record<string, unknown> | null {
  if (isNestedDeeperThan(deepestNesting, text)) return null
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}

const eventNameField = token(100)

/** Alerts of the vendor's dashboard have `alert_type` instead of an event name. */
function eventName(body: Record<string, unknown>) {
  const alert = typeof body.alert_type === 'string' ? `alert.${body.alert_type}` : undefined
  return eventNameField.safeParse(body.event ?? body.event_type ?? alert)
}

const unknownData = z.object({ bot_id: z.unknown(), extra: z.unknown() }).partial()

function readUnknown(body: unknown): Omit<UnknownReading, 'source' | 'eventType'> {
  const top = unknownData.parse(body)
  const inner = unknownData.safeParse((body as { data?: unknown }).data).data
  const botId = token(100).safeParse(top.bot_id ?? inner?.bot_id)
  const meetingId = meetingIdIn(top.extra, inner?.extra)
  return { kind: 'unknown', botId: botId.data ?? null, meetingId, businessKey: null }
}
