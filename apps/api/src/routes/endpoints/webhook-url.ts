/** The fields `webhookUrl` and `webhookSecret` of orders: an endpoint for one bot. */
import { addBotEndpoint } from '@seer/core/log/endpoints/bot-endpoint'
import { z } from 'zod'
import type { ApiDeps } from '../../dependencies.ts'
import { Problem } from '../../problems/problem.ts'
import { demandUrl, secretField, secretsNotConfigured, urlField } from './endpoint-fields.ts'

export const webhookUrlFields = {
  webhookUrl: urlField.optional().meta({
    description:
      'Where events are sent, signed and tried again as [the page on webhooks](/docs/webhooks) says: an https address. It becomes an endpoint for this bot alone, which is removed seven days after the bot has ended.',
    examples: ['https://app.example.com/webhooks/seer'],
  }),
  webhookSecret: secretField.meta({
    description:
      'A secret of your own for `webhookUrl`: `whsec_` and base64 of 24 to 64 bytes. Without it Seer makes one.',
  }),
}

export const webhookAnswerFields = {
  webhookEndpointId: z.uuid().optional().meta({ description: 'The endpoint that `webhookUrl` became.' }),
  webhookSecret: z.string().optional().meta({
    description: 'Verifies what comes to `webhookUrl`. It is only in answers to orders with a `webhookUrl`.',
  }),
}

type WebhookFields = { webhookUrl?: string | undefined; webhookSecret?: string | undefined }

/** For `refine`: a secret without an address would be forgotten silently. */
export const hasUrlForSecret = ({ webhookUrl, webhookSecret }: WebhookFields) =>
  webhookSecret === undefined || webhookUrl !== undefined
export const urlForSecret = { path: ['webhookSecret'], message: 'must come with a webhookUrl' }

/** For `tellsSecret`. */
export const hasWebhookUrl = (body: unknown) => (body as WebhookFields | null)?.webhookUrl !== undefined

type Watching = { userId: string; events: string[] }
type Watch = (botId: string) => Promise<{ webhookEndpointId?: string; webhookSecret?: string }>

/**
 * To be called before the order is taken, so that nothing is ordered with a bad address, and the endpoint gets all that the
 * order makes happen.
 * @returns makes the endpoint, once the order is taken; its result belongs into the answer
 * @throws Problem VALIDATION_FAILED or SECRETS_NOT_CONFIGURED
 */
export async function prepareWebhookUrl(deps: ApiDeps, fields: WebhookFields, watching: Watching): Promise<Watch> {
  const { webhookUrl: url, webhookSecret: secret = null } = fields
  const { db, cipher } = deps
  if (url === undefined) return async () => ({})
  demandUrl(deps, url, 'webhookUrl')
  if (!cipher) throw secretsNotConfigured()
  const afterPosition = (await db.feed.number()).newest
  return async (botId) => {
    const order = { ...watching, botId, url, secret, afterPosition }
    const added = await addBotEndpoint({ ...deps, ...db, cipher }, order)
    if (!added) throw new Problem('USER_BEING_DELETED')
    return { webhookEndpointId: added.endpointId, webhookSecret: added.secret }
  }
}
