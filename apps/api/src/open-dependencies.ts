import { catalogWith } from '@seer/core/jobs/catalog'
import { oauthClients, oauthIssuers } from '@seer/infra/config/calendar-connection-settings'
import { botDefaults, callbackSecrets } from '@seer/infra/config/settings'
import { openTokenCipher } from '@seer/infra/crypto/open-token-cipher'
import { openDb } from '@seer/infra/db/open-db'
import { newId } from '@seer/infra/ids'
import { openOauthClient } from '@seer/infra/oauth/open-oauth-client'
import type { Logger } from '@seer/infra/observe/logger'
import { openQueue } from '@seer/infra/queue/open-queue'
import { openRateLimitRedis } from '@seer/infra/rate-limit/rate-limit-redis'
import { openVendorCalendars } from '@seer/infra/vendor/open-vendor-calendars'
import { openWebhookReader } from '@seer/infra/vendor/webhooks/open-webhook-reader'
import type { ApiSettings } from './config.ts'
import type { ApiDeps } from './dependencies.ts'
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
  const databaseUrl = settings.DATABASE_URL
  const { REDIS_URL: redisUrl, REDIS_PREFIX: prefix } = settings
  const db = openDb({
    databaseUrl,
    poolSize: settings.DATABASE_POOL_SIZE,
    writesPerSecond: settings.MEETINGBAAS_WRITES_PER_SECOND,
    onError: (error) => log.warn({ err: error }, 'database.connection_lost'),
  })
  const catalog = catalogWith({
    'sync-calendars': settings.CALENDAR_SYNC_MINUTES * 60_000,
    'schedule-recordings-sweep': settings.AUTO_SCHEDULE_MINUTES * 60_000,
  })
  const queue = openQueue({ redisUrl, prefix, databaseUrl, log, catalog })
  const rateLimitRedis = redisUrl ? openRateLimitRedis({ redisUrl, prefix, log }) : null
  const { calendarVendor, ...calendars } = openCalendars(settings, log)
  const webhookCounters = newWebhookCounters()
  const waker = createWebhookWaker({ queue, counters: webhookCounters, log })
  const stopSummaries = summariseWebhooks(webhookCounters, log)
  const deps = {
    db,
    queue,
    webhookReader: openWebhookReader({
      signingSecrets: settings.MEETINGBAAS_WEBHOOK_SECRET,
      callbackSecrets: callbackSecrets(settings),
      apiKey: settings.MEETINGBAAS_API_KEY,
      verification: settings.WEBHOOK_VERIFICATION ? 'required' : 'off',
    }),
    webhookCounters,
    wakeWebhook: waker.wake,
    rateLimitRedis,
    botDefaults: botDefaults(settings),
    byRule: settings.AUTO_SCHEDULE,
    sharing: settings.BOT_SHARING,
    lateAccess: settings.BOT_SHARING_LATE,
    botsPerDay: settings.MEETINGBAAS_DAILY_BOT_CAP ?? null,
    calendarVendor,
    ...calendars,
    log,
    now: () => new Date(),
    newId,
    options: {
      baseUrl: settings.BASE_URL,
      requestsPerMinute: settings.RATE_LIMIT_PER_MINUTE,
      trustProxy: settings.TRUST_PROXY,
      syncEveryMs: settings.CALENDAR_SYNC_MINUTES * 60_000,
      allowedRedirects: settings.OAUTH_REDIRECT_URLS,
    },
  }
  return {
    deps,
    async close() {
      stopSummaries()
      await waker.drain()
      await calendarVendor.close()
      await rateLimitRedis?.close()
      await queue.close()
      await db.close()
    },
  }
}

/** What is needed to connect calendars. Without OAuth clients and keys all of it exists, but refuses every request. */
function openCalendars(settings: ApiSettings, log: Logger) {
  const clients = oauthClients(settings)
  return {
    calendarVendor: openVendorCalendars({
      apiKey: settings.MEETINGBAAS_API_KEY,
      baseUrl: settings.MEETINGBAAS_API_URL,
      oauthClients: clients,
      log: (call) => log.debug(call, 'vendor.called'),
    }),
    tokenCipher: settings.ENCRYPTION_KEYS.length > 0 ? openTokenCipher(settings.ENCRYPTION_KEYS) : null,
    oauth: openOauthClient({
      clients,
      issuers: oauthIssuers(settings),
      allowHttp: settings.NODE_ENV !== 'production',
    }),
  }
}
