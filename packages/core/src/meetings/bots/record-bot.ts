/** Writes down the bot that a creation has made or found. */
import type { Clock } from '../../basics/clock.ts'
import { noLease } from '../../basics/lease.ts'
import type { VendorBot } from '../../vendor/vendor-bots.ts'
import { changeMeeting } from '../change-meeting.ts'
import { lookForExtraBots } from '../debts.ts'
import type { Meeting } from '../meeting.ts'
import { withBot } from '../with-bot.ts'
import { isSameBooking } from './reschedule-bot.ts'

type Deps = Parameters<typeof changeMeeting>[0] & { now: Clock }

export type CreatedBot = Parameters<typeof withBot>[1] & {
  /** False when other bots of the meeting were told to leave, because they may still be there. */
  isAlone: boolean
  /** The row that the bot was made from. Null for a bot that was found, because it may be made from an older row. */
  sent: Meeting | null
}

/** A bot that the vendor had already, and others of the same meeting that were told to leave. */
export function botFound({ botId, status }: VendorBot, extra: VendorBot[]): CreatedBot {
  return { botId, isBooked: status === 'scheduled', adopted: true, isAlone: extra.length === 0, sent: null }
}

/** @returns `already_done` when the meeting has another bot by now; then this one is made to leave */
export async function recordBot(
  deps: Deps,
  meetingId: string,
  bot: CreatedBot,
): Promise<'created' | 'adopted' | 'already_done'> {
  const { botId, adopted } = bot
  const at = deps.now()
  const recorded = await changeMeeting(deps, meetingId, 'worker', (found) => {
    const before = { ...found, changeOwed: found.changeOwed && !isAsSent(found, bot) }
    const known = before.meetingBaasId
    if (known === botId && bot.isAlone) return { next: { ...before, ...noLease }, entries: [] }
    if (known !== null) return { next: { ...before, ...lookForExtraBots(before, at), ...noLease }, entries: [] }
    const { next, entries } = withBot(before, bot, at)
    return { next: bot.isAlone ? next : { ...next, ...lookForExtraBots(next, at) }, entries }
  })
  // A webhook brought another bot meanwhile. The look that is owed now makes this one leave.
  if (recorded && recorded.after.meetingBaasId !== botId) return 'already_done'
  return adopted ? 'adopted' : 'created'
}

/** Whether the bot was made with the meeting's present data. Then a change between two tries need not be told. */
function isAsSent(meeting: Meeting, { botId, sent }: CreatedBot): boolean {
  const isThisBot = meeting.meetingBaasId === null || meeting.meetingBaasId === botId
  return isThisBot && sent !== null && isSameBooking(meeting, sent)
}
