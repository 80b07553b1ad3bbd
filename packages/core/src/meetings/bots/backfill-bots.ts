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
  /** Told after each page of the vendor's list. */
  progress: (result: BackfillResult) => void
}

export type BackfillResult = {
  /** Bots in the vendor's list, and those of them that are ours. */
  listed: number
  ours: number
  /** Meetings that learned something new. */
  changed: number
}

/** At the vendor, at a time; reads are not limited there, but need not be a flood either. */
const atATime = 8
/** 500,000 bots: more than the largest plan starts in the 90 days that the list reaches back (meetingbaas.md §4). */
const mostPages = 2_000

/** What ended bots leave to be planned is found by the next sweep. */
const plansCome = { wake: async () => {} }

/**
 * Closes the gap that a disabled webhook endpoint or an outage of days has left: goes through the vendor's list of all
 * bots since then, joins those that carry our ids to their meetings, and reads how each run stands that we believe
 * unfinished. Safe to repeat, and beside running workers.
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

/** The answer to our create call was lost, and so was every event: the list tells the vendor's id. */
async function join(deps: ChangeDeps, { id }: Meeting, bot: VendorBot): Promise<boolean> {
  const joined = await changeMeeting(deps, id, 'sync', (before) => {
    if (before.meetingBaasId !== null) return null
    return withBot(before, { botId: bot.botId, isBooked: bot.status === 'scheduled', adopted: true }, deps.now())
  })
  return joined?.after.meetingBaasId === bot.botId
}
