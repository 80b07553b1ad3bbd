import type { SecretCipher } from '../../basics/secret-cipher.ts'
import { type Endpoint, headersPlace, secretPlace } from '../endpoints/endpoint.ts'
import { signedHeaders } from './sign.ts'
import type { WebhookAnswer, WebhookSender } from './webhook-sender.ts'

/** An event as the API shows it. */
export type ShownEvent = {
  /** Becomes `webhook-id`. */
  id: string
  type: string
  occurredAt: Date
  /** JSON. */
  json: string
}

type Deps = { sender: Pick<WebhookSender, 'send'>; cipher: Pick<SecretCipher, 'open'> }

/**
 * Sends one event to an endpoint, once. Every webhook goes through here, that of the route `test` too.
 * @param at the time of the attempt
 * @throws PermanentError TOKEN_NOT_READABLE when the secrets cannot be opened
 */
export async function sendEvent(
  { sender, cipher }: Deps,
  endpoint: Endpoint,
  event: ShownEvent,
  { at, signal }: { at: Date; signal: AbortSignal },
): Promise<WebhookAnswer> {
  const body = `{"type":${JSON.stringify(event.type)},"timestamp":"${event.occurredAt.toISOString()}","data":${event.json}}`
  const signed = signedHeaders({ id: event.id, at, body }, secretsOf(cipher, endpoint, at))
  const headers = { ...ownHeaders(cipher, endpoint), 'content-type': 'application/json', ...signed }
  return await sender.send({ url: endpoint.url, headers, body }, signal)
}

function secretsOf(cipher: Pick<SecretCipher, 'open'>, endpoint: Endpoint, at: Date): string[] {
  const { sealedSecret, sealedOldSecret, oldSecretUntil } = endpoint
  const isOldValid = sealedOldSecret !== null && oldSecretUntil !== null && at < oldSecretUntil
  return [sealedSecret, ...(isOldValid ? [sealedOldSecret] : [])].map((sealed) =>
    cipher.open(sealed, secretPlace(endpoint.id)),
  )
}

function ownHeaders(cipher: Pick<SecretCipher, 'open'>, { id, sealedHeaders }: Endpoint): Record<string, string> {
  return sealedHeaders === null ? {} : JSON.parse(cipher.open(sealedHeaders, headersPlace(id)))
}
