import { backfillBots } from '@seer/core/meetings/bots/backfill-bots'
import { defaultAccount } from '@seer/core/vendor/vendor-accounts'
import { createLogger } from '@seer/infra/observe/logger'
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
  const log = createLogger({ level: 'error', name: 'cli' })
  // The only command that calls the vendor loads what that takes. The others start sooner without it.
  const { openInfra } = await import('@seer/infra/open-infra')
  const { db, vendors, now, close } = openInfra(readBackfillSettings(), log)
  const { bots, limits } = vendors.of(defaultAccount)
  try {
    const progress = ({ listed, ours, changed }: { listed: number; ours: number; changed: number }) =>
      console.log(`${listed} bots read at Meeting BaaS, ${ours} of them ours, ${changed} meetings brought up to date`)
    await backfillBots({ meetings: db.meetings, vendor: bots, limits, now, progress }, { since })
    console.log('Done. Seer now knows what Meeting BaaS knows about these bots.')
  } finally {
    await close()
  }
}
