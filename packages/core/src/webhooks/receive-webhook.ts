import { createHash } from 'node:crypto'
import type { Clock } from '../basics/clock.ts'
import type { WebhookReader, WebhookReading, WebhookRequest } from '../vendor/webhook-reader.ts'
import type { Inbox, NewInboxEvent } from './inbox.ts'

export type ReceiveWebhookOutcome =
  | { outcome: 'stored' | 'duplicate'; webhookEventId: string; eventType: string }
  | { outcome: 'not_authenticated' }
  | { outcome: 'invalid'; errors: { path: string; message: string }[] }

type Deps = {
  reader: WebhookReader
  inbox: Pick<Inbox, 'store'>
  /** Starts the job of a stored event. Nobody waits for this: the event is safe in its row, and the sweep finds it. */
  wake: (webhookEventId: string) => void
  newId: () => string
  now: Clock
}

/** If the job of an event is lost, the requeue-stuck sweep finds the event after this time. */
const dueAfterMs = 60_000

/**
 * Takes in a webhook: verifies the raw bytes, checks the fields, commits the row. When this resolves to `stored` or
 * `duplicate`, the event cannot be lost.
 * @throws RetryableError SERVICE_UNAVAILABLE when the row could not be committed; the sender must try again
 */
export async function receiveWebhook(deps: Deps, request: WebhookRequest): Promise<ReceiveWebhookOutcome> {
  const now = deps.now()
  const sender = deps.reader.authenticate(request, now)
  if (!sender) return { outcome: 'not_authenticated' }
  const body = request.body.toString('utf8')
  const reading = deps.reader.read(body, sender.scheme)
  if (reading.kind === 'invalid') return { outcome: 'invalid', errors: reading.errors }
  const event = toInboxEvent(reading, { id: deps.newId(), messageId: sender.messageId, body, now })
  const outcome = await deps.inbox.store(event)
  if (outcome === 'stored') deps.wake(event.id)
  return { outcome, webhookEventId: event.id, eventType: event.eventType }
}

type Readable = Exclude<WebhookReading, { kind: 'invalid' }>

function toInboxEvent(
  reading: Readable,
  facts: { id: string; messageId: string | null; body: string; now: Date },
): NewInboxEvent {
  const { source, eventType } = reading
  // Without a message id, the bytes of the body identify a repeated delivery.
  const identity = facts.messageId ?? createHash('sha256').update(facts.body).digest('hex')
  return {
    id: facts.id,
    source,
    messageId: facts.messageId,
    dedupeKey: `${source}:${identity}`,
    businessKey: reading.businessKey,
    eventType,
    vendorBotId: reading.kind === 'calendar' ? null : reading.botId,
    meetingId: reading.kind === 'calendar' ? null : reading.meetingId,
    body: facts.body,
    receivedAt: facts.now,
    dueAt: new Date(facts.now.getTime() + dueAfterMs),
  }
}
