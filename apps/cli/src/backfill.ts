import { backfillBots } from '@seer/core/meetings/bots/backfill-bots'
import { callbackSecrets } from '@seer/infra/config/settings'
import { openDb } from '@seer/infra/db/open-db'
import { openVendorBots } from '@seer/infra/vendor/open-vendor-bots'
import type { Command } from 'commander'
import { readTime } from './arguments.ts'
import { readBackfillSettings } from './config.ts'

/** `backfill --since 3d` */
export function addBackfillCommand(program: Command): void {
  program
    .command('backfill')
    .description('Make up for lost webhooks: ask Meeting BaaS about all bots since a time.')
    .requiredOption(
      '--since <time>',
      'a time up to 90 days back, such as 2026-03-11T14:00Z, or how long ago: 90m, 6h, 3d',
      readTime,
    )
    .action(backfill)
}

async function backfill({ since }: { since: Date }): Promise<void> {
  const settings = readBackfillSettings()
  const db = openDb({
    databaseUrl: settings.DATABASE_URL,
    poolSize: settings.DATABASE_POOL_SIZE,
    writesPerSecond: settings.MEETINGBAAS_WRITES_PER_SECOND,
    onError: () => {},
  })
  const vendor = openVendorBots({
    apiKey: settings.MEETINGBAAS_API_KEY,
    baseUrl: settings.MEETINGBAAS_API_URL,
    callback: { url: `${settings.BASE_URL}/api/meetingbaas/webhooks`, secret: callbackSecrets(settings)[0] },
  })
  const { meetings, vendorLimits: limits } = db
  try {
    const progress = ({ listed, ours, changed }: { listed: number; ours: number; changed: number }) =>
      console.log(`${listed} bots read at Meeting BaaS, ${ours} of them ours, ${changed} meetings brought up to date`)
    await backfillBots({ meetings, vendor, limits, now: () => new Date(), progress }, { since })
    console.log('Done. Seer now knows what Meeting BaaS knows about these bots.')
  } finally {
    await vendor.close()
    await db.close()
  }
}
