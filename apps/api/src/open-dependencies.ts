import { defaultAccount } from '@seer/core/vendor/vendor-accounts'
import { newClosing } from '@seer/infra/closing'
import { oauthClients, oauthIssuers } from '@seer/infra/config/calendar-connection-settings'
import { webhookAddresses } from '@seer/infra/config/outgoing-settings'
import { speechOffers } from '@seer/infra/config/speech-settings'
import { openTokenSigner } from '@seer/infra/crypto/open-token-signer'
import { openOauthClient } from '@seer/infra/oauth/open-oauth-client'
import type { Logger } from '@seer/infra/observe/logger'
import { openInfra } from '@seer/infra/open-infra'
import { openWebhookSender } from '@seer/infra/outgoing/open-webhook-sender'
import { openRateLimitRedis, type RateLimitRedis } from '@seer/infra/rate-limit/rate-limit-redis'
import { streamTokenPurpose } from './access/stream-token.ts'
import type { ApiSettings } from './config.ts'
import type { ApiDeps } from './dependencies.ts'
import { streamLimits } from './feed/stream-limits.ts'
import { summariseWebhooks } from './routes/webhooks/summarise-webhooks.ts'
import { createWebhookWaker } from './routes/webhooks/wake-webhooks.ts'
import { newWebhookCounters } from './routes/webhooks/webhook-counters.ts'

export type OpenDependencies = {
  deps: Omit<ApiDeps, 'isAccepting'>
  /** Closes everything that was opened, in the reverse order. */
  close(): Promise<void>
}

/** Opens everything that the API works with. Nothing connects yet: if the database is down, the API still starts, and says so. */
export function openDependencies(settings: ApiSettings, log: Logger): OpenDependencies {
  const closing = newClosing((error) => log.error({ err: error }, 'api.close_failed'))
  const infra = openInfra(settings, log)
  closing.add(infra.close)
  const rateLimitRedis = openRateLimits(settings, log)
  closing.add(async () => await rateLimitRedis?.close())
  const webhookCounters = newWebhookCounters()
  const waker = createWebhookWaker({ queue: infra.queue, counters: webhookCounters, log })
  closing.add(waker.drain)
  closing.add(summariseWebhooks(webhookCounters, log))
  const webhookSender = openWebhookSender({ addresses: webhookAddresses(settings) })
  closing.add(webhookSender.close)
  const { db, queue, vendors, cipher, policy, storage, newId, now } = infra
  const deps = {
    db,
    queue,
    vendor: vendors.of(defaultAccount),
    policy,
    storage,
    webhookCounters,
    wakeWebhook: waker.wake,
    rateLimitRedis,
    webhookSender,
    cipher: settings.ENCRYPTION_KEYS.length > 0 ? cipher : null,
    tokenSigner:
      settings.ENCRYPTION_KEYS.length > 0 ? openTokenSigner(settings.ENCRYPTION_KEYS, streamTokenPurpose) : null,
    feedHint: queue.feedHint,
    oauth: openOauthClient({
      clients: oauthClients(settings),
      issuers: oauthIssuers(settings),
      allowHttp: settings.NODE_ENV !== 'production',
    }),
    log,
    now,
    newId,
    options: {
      baseUrl: settings.BASE_URL,
      requestsPerMinute: settings.RATE_LIMIT_PER_MINUTE,
      trustProxy: settings.TRUST_PROXY,
      syncEveryMs: infra.syncEveryMs,
      allowedRedirects: settings.OAUTH_REDIRECT_URLS,
      redirectsToStore: settings.RECORDING_LINKS === 'redirect',
      speechOffers: speechOffers(settings),
      streams: streamLimits,
    },
  }
  return { deps, close: closing.close }
}

function openRateLimits({ REDIS_URL, REDIS_PREFIX }: ApiSettings, log: Logger): RateLimitRedis | null {
  return REDIS_URL ? openRateLimitRedis({ redisUrl: REDIS_URL, prefix: REDIS_PREFIX, log }) : null
}
