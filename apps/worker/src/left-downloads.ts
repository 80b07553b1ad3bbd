import { removeLeftDownloads } from '@seer/core/recordings/custody/remove-left-downloads'
import type { Logger } from '@seer/infra/observe/logger'

const everyMs = 3_600_000

/**
 * Removes what is left of downloads, now and every hour. Each worker does so itself, because only it sees its folder.
 * @returns ends it, when the removal that is going on is done
 */
export function keepDownloadsTidy(deps: Parameters<typeof removeLeftDownloads>[0], log: Logger): () => Promise<void> {
  const tidy = async () => {
    try {
      const removed = await removeLeftDownloads(deps)
      if (removed > 0) log.info({ removed }, 'downloads.removed')
    } catch (error) {
      // The database or the disk is away. The next hour tries again.
      log.warn({ err: error }, 'downloads.not_removed')
    }
  }
  let running = tidy()
  const timer = setInterval(() => {
    running = running.then(tidy)
  }, everyMs)
  return async () => {
    clearInterval(timer)
    await running
  }
}
