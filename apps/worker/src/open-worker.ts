import { catalogWith } from '@seer/core/jobs/catalog'
import type { QueueName } from '@seer/core/jobs/define-job'
import { oauthClients } from '@seer/infra/config/calendar-connection-settings'
import { botDefaults, callbackSecrets } from '@seer/infra/config/settings'
import { openTokenCipher } from '@seer/infra/crypto/open-token-cipher'
import { openDb } from '@seer/infra/db/open-db'
import { newId } from '@seer/infra/ids'
import type { Logger } from '@seer/infra/observe/logger'
import { openQueue } from '@seer/infra/queue/open-queue'
import { startWorkers } from '@seer/infra/queue/start-workers'
import { type OpenVendorBots, openVendorBots } from '@seer/infra/vendor/open-vendor-bots'
import { openVendorCalendars } from '@seer/infra/vendor/open-vendor-calendars'
import { openWebhookReader } from '@seer/infra/vendor/webhooks/open-webhook-reader'
import type { WorkerSettings } from './config.ts'
import { makeHandlers } from './handlers.ts'
import { type HealthServer, openHealthServer } from './health-server.ts'

export type RunningWorker = {
  /** Where the health routes are. */
  health: HealthServer
  /** Stops taking jobs, lets running ones end, gives back what is left at the deadline, closes everything. */
  close(): Promise<void>
}

/** Compose files and Kubernetes give 10 s or more before they kill. */
const closeDeadlineMs = 9_000
const millisecondsPerDay = 24 * 3_600_000
const millisecondsPerMinute = 60_000

/**
 * Opens a worker: database, queue, vendor, the BullMQ workers of `queues` and the health routes. Closers run last opened
 * first, all of them even when one fails.
 */
export async function openWorker(settings: WorkerSettings, queues: QueueName[], log: Logger): Promise<RunningWorker> {
  const closers: (() => Promise<void>)[] = []
  const close = () => closeAll(closers, log)
  const now = () => new Date()
  try {
    const db = openDb({
      databaseUrl: settings.DATABASE_URL,
      poolSize: settings.DATABASE_POOL_SIZE,
      writesPerSecond: settings.MEETINGBAAS_WRITES_PER_SECOND,
      onError: (error) => log.warn({ err: error }, 'database.connection_lost'),
    })
    closers.push(() => db.close())
    const syncEveryMs = settings.CALENDAR_SYNC_MINUTES * millisecondsPerMinute
    const queue = openQueue({
      catalog: catalogWith({
        'sync-calendars': syncEveryMs,
        'schedule-recordings-sweep': settings.AUTO_SCHEDULE_MINUTES * millisecondsPerMinute,
      }),
      redisUrl: settings.REDIS_URL,
      prefix: settings.REDIS_PREFIX,
      databaseUrl: settings.DATABASE_URL,
      log,
    })
    closers.push(() => queue.close())
    const vendor = openVendor(settings, log)
    closers.push(() => vendor.close())
    const calendarVendor = openVendorCalendars({
      apiKey: settings.MEETINGBAAS_API_KEY,
      baseUrl: settings.MEETINGBAAS_API_URL,
      oauthClients: oauthClients(settings),
      log: (call) => log.debug(call, 'vendor.called'),
    })
    closers.push(() => calendarVendor.close())
    const cipher = openTokenCipher(settings.ENCRYPTION_KEYS)
    // The worker reads stored events only; their senders were proven by the API.
    const reader = openWebhookReader({
      signingSecrets: [],
      callbackSecrets: [],
      apiKey: null,
      verification: 'required',
    })
    const webhookRetentionMs = settings.WEBHOOK_RETENTION_DAYS * millisecondsPerDay
    const planning = {
      botDefaults: botDefaults(settings),
      byRule: settings.AUTO_SCHEDULE,
      sharing: settings.BOT_SHARING,
      botsPerDay: settings.MEETINGBAAS_DAILY_BOT_CAP ?? null,
      newId,
    }
    const handlers = makeHandlers({
      db,
      queue,
      vendor,
      calendarVendor,
      cipher,
      reader,
      ...planning,
      webhookRetentionMs,
      syncEveryMs,
      now,
    })
    const workers = await startWorkers({ queue, handlers, tasks: db.schedulerTasks, queues, log })
    closers.push(() => workers.close({ deadlineMs: closeDeadlineMs }))
    const { WORKER_HOST: host, WORKER_PORT: port } = settings
    const health = await openHealthServer({ host, port, db, queue, workers })
    closers.push(() => health.close())
    return { health, close }
  } catch (error) {
    await close()
    throw error
  }
}

function openVendor(settings: WorkerSettings, log: Logger): OpenVendorBots {
  const [secret] = callbackSecrets(settings)
  return openVendorBots({
    apiKey: settings.MEETINGBAAS_API_KEY,
    baseUrl: settings.MEETINGBAAS_API_URL,
    callback: { url: `${settings.BASE_URL}/api/meetingbaas/webhooks`, secret },
    log: (call) => log.debug(call, 'vendor.called'),
  })
}

async function closeAll(closers: (() => Promise<void>)[], log: Logger): Promise<void> {
  for (const close of closers.splice(0).reverse()) {
    await close().catch((error: unknown) => log.error({ err: error }, 'worker.close_failed'))
  }
}
