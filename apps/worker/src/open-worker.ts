import type { QueueName } from '@seer/core/jobs/define-job'
import { newClosing } from '@seer/infra/closing'
import { downloadAddresses, webhookAddresses } from '@seer/infra/config/outgoing-settings'
import { downloadFolder } from '@seer/infra/config/recording-settings'
import { retentionOf } from '@seer/infra/config/retention-settings'
import { mediaReader } from '@seer/infra/downloads/media/media-reader'
import { openDownloads } from '@seer/infra/downloads/open-downloads'
import type { Logger } from '@seer/infra/observe/logger'
import { openInfra } from '@seer/infra/open-infra'
import { openWebhookSender } from '@seer/infra/outgoing/open-webhook-sender'
import { startWorkers } from '@seer/infra/queue/run/start-workers'
import { openSpeech } from '@seer/infra/speech/open-speech'
import { vendorFiles } from '@seer/infra/speech/vendor-files'
import { collectDefaultMetrics, Registry } from 'prom-client'
import type { WorkerSettings } from './config.ts'
import { measureDeliveries } from './delivery-metrics.ts'
import { makeHandlers } from './handlers.ts'
import { type HealthServer, openHealthServer } from './health-server.ts'
import { keepFanningOut } from './keep-fanning-out.ts'
import { keepDownloadsTidy } from './left-downloads.ts'

export type RunningWorker = {
  /** Has the address of the health routes. */
  health: HealthServer
  /** Takes no more jobs, lets the running ones end, gives back the rest at the deadline, and closes everything. */
  close(): Promise<void>
}

/** Docker Compose and Kubernetes wait at least 10 s before they kill a process. */
const closeDeadlineMs = 9_000
const dayMs = 24 * 3_600_000

/** Opens a worker: the stores, the vendor, the BullMQ workers for `queues`, and the health routes. */
export async function openWorker(settings: WorkerSettings, queues: QueueName[], log: Logger): Promise<RunningWorker> {
  const closing = newClosing((error) => log.error({ err: error }, 'worker.close_failed'))
  try {
    const infra = openInfra(settings, log)
    closing.add(infra.close)
    const { db, queue, storage } = infra
    const downloads = openDownloads({ folder: downloadFolder(settings), addresses: downloadAddresses(settings) })
    closing.add(downloads.close)
    closing.add(keepDownloadsTidy({ ...infra, artifacts: db.artifacts, downloads }, log))
    const { services, close } = openSpeech(settings)
    closing.add(close)
    const { TRANSCRIBE_MISSING: missing } = settings
    const metrics = new Registry()
    collectDefaultMetrics({ register: metrics })
    const sender = openWebhookSender({ addresses: webhookAddresses(settings) })
    closing.add(sender.close)
    const handlers = makeHandlers({
      ...infra,
      outgoing: { sender, onAttempt: measureDeliveries(metrics, { ...infra, deliveries: db.deliveries, log }) },
      baseUrl: settings.BASE_URL,
      deliveryRetentionMs: settings.DELIVERY_RETENTION_DAYS * dayMs,
      metrics,
      downloads,
      media: mediaReader,
      speech: {
        services,
        vendorFiles: vendorFiles(downloads),
        transcribeMissing: missing === 'off' ? null : missing,
      },
      recordings: {
        maxBytes: settings.RECORDING_MAX_GB * 1e9,
        vendorKeepsMs: settings.MEETINGBAAS_RETENTION_DAYS * dayMs,
      },
      webhookRetentionMs: settings.WEBHOOK_RETENTION_DAYS * dayMs,
      eventRetentionMs: settings.EVENT_RETENTION_DAYS * dayMs,
      retentionDays: retentionOf(settings),
    })
    const workers = await startWorkers({ queue, handlers, tasks: db.schedulerTasks, queues, log })
    closing.add(() => workers.close({ deadlineMs: closeDeadlineMs }))
    if (queues.includes('deliveries')) {
      closing.add(keepFanningOut({ deps: { ...infra, ...db }, hints: queue.feedHint, log }))
    }
    const { WORKER_HOST: host, WORKER_PORT: port } = settings
    const health = await openHealthServer({ host, port, db, queue, storage, downloads, workers, metrics })
    closing.add(() => health.close())
    return { health, close: closing.close }
  } catch (error) {
    await closing.close()
    throw error
  }
}
