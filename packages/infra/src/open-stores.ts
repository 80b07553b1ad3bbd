import { catalogWith } from '@seer/core/jobs/catalog'
import type { z } from 'zod'
import { newClosing } from './closing.ts'
import type { calendarSettings, databaseSettings, queueSettings, vendorSettings } from './config/settings.ts'
import { type Database, openDb } from './db/open-db.ts'
import type { Logger } from './observe/logger.ts'
import { openQueue, type SeerQueue } from './queue/open-queue.ts'

type Fragment = typeof databaseSettings & typeof queueSettings
type Optional = Pick<typeof calendarSettings, 'CALENDAR_SYNC_MINUTES' | 'AUTO_SCHEDULE_MINUTES'> &
  Pick<typeof vendorSettings, 'MEETINGBAAS_WRITES_PER_SECOND'>

/** Where the data is. Only programs that call the vendor or run things at fixed times have the optional settings. */
export type StoreSettings = z.output<z.ZodObject<Fragment>> & Partial<z.output<z.ZodObject<Optional>>>

export type Stores = { db: Database; queue: SeerQueue; close(): Promise<void> }

export type StoreOptions = {
  log: Logger
  /** Called when a job could not be enqueued, in place of a line in the log. The sweep starts the job later. */
  onLeftToSweep?: () => void
}

const minuteMs = 60_000

/** Opens database and queue. Nothing connects yet. */
export function openStores(settings: StoreSettings, { log, onLeftToSweep }: StoreOptions): Stores {
  const { CALENDAR_SYNC_MINUTES: sync, AUTO_SCHEDULE_MINUTES: schedule } = settings
  const queue = openQueue({
    redisUrl: settings.REDIS_URL,
    prefix: settings.REDIS_PREFIX,
    databaseUrl: settings.DATABASE_URL,
    catalog: catalogWith({
      ...(sync ? { 'sync-calendars': sync * minuteMs } : {}),
      ...(schedule ? { 'schedule-recordings-sweep': schedule * minuteMs } : {}),
    }),
    log,
    ...(onLeftToSweep ? { onLeftToSweep } : {}),
  })
  const db = openDb({
    databaseUrl: settings.DATABASE_URL,
    poolSize: settings.DATABASE_POOL_SIZE,
    // Programs without this setting never call the vendor.
    writesPerSecond: settings.MEETINGBAAS_WRITES_PER_SECOND ?? 1,
    onError: (error) => log.warn({ err: error }, 'database.connection_lost'),
    onAppended: queue.feedHint.send,
  })
  const closing = newClosing((error) => log.error({ err: error }, 'infra.close_failed'))
  closing.add(db.close)
  closing.add(queue.close)
  return { db, queue, close: closing.close }
}
