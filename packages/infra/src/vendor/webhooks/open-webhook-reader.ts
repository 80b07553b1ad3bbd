import type { WebhookReader, WebhookSource } from '@seer/core/vendor/webhook-reader'
import { authenticate, claimedMessageId, createSecretCheck, type Proofs } from './authenticate.ts'
import { readWebhook, sourceFor } from './read-webhook.ts'
import { createSvixVerifier } from './svix-signature.ts'

export type WebhookReaderOptions = {
  /** Signing secrets of the dashboard's endpoints, `whsec_…`; several during a rotation. */
  signingSecrets: readonly string[]
  /**
   * Secrets of per-bot callbacks. A bot keeps the secret of its creation, so old secrets stay valid until their bots
   * end.
   */
  callbackSecrets: readonly string[]
  /** Our API key, which v1 sends back to us; null refuses webhooks of v1. */
  apiKey: string | null
  /** `off` accepts webhooks from everybody. Only for development; production configuration refuses it. */
  verification: 'required' | 'off'
}

/**
 * Opens the reader for everything that Meeting BaaS sends: v2 webhooks and callbacks, v1 webhooks, and the guide's
 * events. A proof that is not configured is never accepted.
 * @throws Error when a signing secret is malformed
 */
export function openWebhookReader(options: WebhookReaderOptions): WebhookReader {
  const proofs: Proofs = {
    svix: createSvixVerifier(options.signingSecrets),
    isCallbackSecret: createSecretCheck(options.callbackSecrets),
    isApiKey: createSecretCheck(options.apiKey === null ? [] : [options.apiKey]),
  }
  return {
    authenticate(request, now) {
      const sender = authenticate(proofs, request, now)
      if (sender || options.verification !== 'off') return sender
      return { scheme: 'none', messageId: claimedMessageId(request) }
    },
    read: (body, scheme) => readWebhook(body, (eventType) => sourceFor(scheme, eventType)),
    reread: (body, source) => readWebhook(body, () => source as WebhookSource),
  }
}
