import type { Clock } from '../../basics/clock.ts'
import { readPages } from '../../vendor/read-pages.ts'
import type { VendorBot, VendorBots } from '../../vendor/vendor-bots.ts'
import type { WriteLimits } from '../../vendor/vendor-write.ts'
import { type ChangeDeps, changeMeeting } from '../change-meeting.ts'
import type { Meeting } from '../meeting.ts'
import type { MeetingStore } from '../meeting-store.ts'
import { mayLearnMore } from '../status/inferred-end.ts'
import { withBot } from '../with-bot.ts'
import { syncBot } from './sync-bot.ts'

type Deps = {
  meetings: Pick<MeetingStore, 'find' | 'findForBot' | 'saveChange' | 'subscribers'>
  vendor: Pick<VendorBots, 'listBotsSince' | 'getBot' | 'getBotStatus' | 'findBots' | 'leaveBot'>
  limits: WriteLimits
  now: Clock
  /** Called after each page of the vendor's list. */
  progress: (result: BackfillResult) => void
}

export type BackfillResult = {
  /** The number of bots in the vendor's list, and how many of them are ours. */
  listed: number
  ours: number
  /** The number of meetings that changed. */
  changed: number
}

/** How many reads run at the same time. The vendor does not limit reads, but need not be flooded. */
const atATime = 8
/** 500,000 bots: more than the largest plan starts in the 90 days that the list reaches back (meetingbaas.md §4). */
const mostPages = 2_000

/** Starts no plans, because the next sweep plans for ended bots. */
const plansCome = { wake: async () => {} }

/**
 * Closes the gap after a disabled webhook endpoint or an outage of days. It goes through the vendor's list of all bots
 * since then, connects bots that carry our ids to their meetings, and reads the state of each run that Seer believes
 * unfinished. Safe to repeat, and to run beside workers.
 * @throws PermanentError, RetryableError VENDOR_… when the vendor cannot be read; what was found until then is kept
 */
export async function backfillBots(
  deps: Deps,
  { since, signal }: { since: Date; signal?: AbortSignal },
): Promise<BackfillResult> {
  const result = { listed: 0, ours: 0, changed: 0 }
  const pages = readPages((cursor) => deps.vendor.listBotsSince(since, cursor), { of: 'bots', mostPages, signal })
  for await (const { items } of pages) {
    for (let i = 0; i < items.length; i += atATime) {
      const outcomes = await Promise.all(items.slice(i, i + atATime).map((bot) => backfillBot(deps, bot)))
      result.ours += outcomes.filter((outcome) => outcome !== 'not_ours').length
      result.changed += outcomes.filter((outcome) => outcome === 'changed').length
    }
    result.listed += items.length
    deps.progress({ ...result })
  }
  return result
}

async function backfillBot(deps: Deps, bot: VendorBot): Promise<'not_ours' | 'unchanged' | 'changed'> {
  const meeting = await deps.meetings.findForBot(bot)
  if (!meeting) return 'not_ours'
  if (meeting.meetingBaasId !== null && !mayLearnMore(meeting)) return 'unchanged'
  const joined = meeting.meetingBaasId === null && (await join({ ...deps, queue: plansCome }, meeting, bot))
  const outcome = await syncBot({ ...deps, queue: plansCome }, { meetingId: meeting.id, evenIfEnded: true })
  return joined || outcome === 'changed' ? 'changed' : 'unchanged'
}

/** The answer to our create call was lost, and so were all webhooks. The list has the vendor's id. */
async function join(deps: ChangeDeps, { id }: Meeting, bot: VendorBot): Promise<boolean> {
  const joined = await changeMeeting(deps, id, 'sync', (before) => {
    if (before.meetingBaasId !== null) return null
    return withBot(before, { botId: bot.botId, isBooked: bot.status === 'scheduled', adopted: true }, deps.now())
  })
  return joined?.after.meetingBaasId === bot.botId
}
