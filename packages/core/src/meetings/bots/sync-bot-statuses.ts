import type { Clock } from '../../basics/clock.ts'
import type { JobQueue } from '../../jobs/job-queue.ts'
import { readPages } from '../../vendor/read-pages.ts'
import type { VendorBot, VendorBots } from '../../vendor/vendor-bots.ts'
import type { ActiveBot, MeetingStore } from '../meeting-store.ts'
import { unreachableAfterMs } from './sync-bot.ts'

type Deps = {
  meetings: Pick<MeetingStore, 'listActive'>
  vendor: Pick<VendorBots, 'listActiveBots'>
  queue: Pick<JobQueue, 'enqueueMany'>
  now: Clock
}

export type SyncBotStatusesResult = { active: number; listCalls: number; changed: number }

const batchSize = 1_000
/** Enough for 100,000 running bots. The largest plan starts 3,000 in a day (meetingbaas.md §4). */
const mostPages = 400

/**
 * Compares our active bots with the vendor's list of bots that have not ended. For bots that differ (another status, or
 * not in the list) it asks for details (sync-bot). Costs one call per 250 active bots of the account. A meeting that
 * changed after the list was begun is left to the next run, because the list may be older than what Seer knows.
 */
export async function syncBotStatuses(deps: Deps, { signal }: { signal: AbortSignal }): Promise<SyncBotStatusesResult> {
  const startedAt = deps.now()
  const result = { active: 0, listCalls: 0, changed: 0 }
  let batch = await deps.meetings.listActive(startedAt, null, batchSize)
  if (batch.length === 0) return result
  const listed = await listAll(deps, result, signal).catch(async (error: unknown) => {
    signal.throwIfAborted()
    await syncOverdue(deps, startedAt)
    throw error
  })
  while (batch.length > 0) {
    signal.throwIfAborted()
    const changed = batch.filter((bot) => bot.updatedAt < startedAt && differs(bot, listed.get(bot.meetingBaasId)))
    if (changed.length > 0) await enqueueSyncs(deps, changed)
    result.active += batch.length
    result.changed += changed.length
    batch = await deps.meetings.listActive(startedAt, batch.at(-1)?.meetingId ?? null, batchSize)
  }
  await syncOverdue(deps, startedAt)
  return result
}

async function listAll({ vendor }: Deps, result: SyncBotStatusesResult, signal: AbortSignal) {
  const listed = new Map<string, VendorBot>()
  const pages = readPages((cursor) => vendor.listActiveBots(cursor), { of: 'active bots', mostPages, signal })
  for await (const { items } of pages) {
    result.listCalls += 1
    for (const bot of items) listed.set(bot.botId, bot)
  }
  return listed
}

function differs(bot: ActiveBot, listed: VendorBot | undefined): boolean {
  return listed === undefined || listed.status !== (bot.vendorStatus ?? 'queued')
}

/** Syncs each run that should have ended long ago, whatever the list says. */
async function syncOverdue(deps: Deps, now: Date): Promise<void> {
  const overdueBefore = new Date(now.getTime() - unreachableAfterMs)
  const overdue = await deps.meetings.listActive(overdueBefore, null, batchSize)
  if (overdue.length > 0) await enqueueSyncs(deps, overdue)
}

async function enqueueSyncs(deps: Deps, bots: ActiveBot[]): Promise<void> {
  await deps.queue.enqueueMany(
    'sync-bot',
    bots.map(({ meetingId }) => ({ meetingId })),
  )
}
