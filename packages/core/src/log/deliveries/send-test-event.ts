import type { Clock } from '../../basics/clock.ts'
import type { SecretCipher } from '../../basics/secret-cipher.ts'
import type { Endpoint } from '../endpoints/endpoint.ts'
import { sendEvent } from './send-event.ts'
import type { WebhookAnswer, WebhookSender } from './webhook-sender.ts'

/** The type of test events. They are in no feed. */
export const testEventType = 'webhook_test'

type Deps = {
  sender: Pick<WebhookSender, 'send'>
  cipher: Pick<SecretCipher, 'open'>
  newId: () => string
  now: Clock
}

/**
 * Sends a test event to an endpoint now, whatever its state and its event types, as its deliveries are sent. It has the
 * form of every other event, with position 0.
 * @throws PermanentError TOKEN_NOT_READABLE
 */
export async function sendTestEvent(deps: Deps, endpoint: Endpoint, signal: AbortSignal): Promise<WebhookAnswer> {
  const at = deps.now()
  const id = `evt_test_${deps.newId()}`
  const event = {
    id,
    position: 0,
    type: testEventType,
    subject: { kind: 'endpoint', id: endpoint.id, seq: 0 },
    occurredAt: at.toISOString(),
    recordedAt: at.toISOString(),
    cause: 'api',
    data: {},
    snapshot: null,
  }
  const shown = { id, type: testEventType, occurredAt: at, json: JSON.stringify(event) }
  return await sendEvent(deps, endpoint, shown, { at, signal })
}
