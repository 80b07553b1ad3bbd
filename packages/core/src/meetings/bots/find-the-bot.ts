import { PermanentError } from '../../basics/errors.ts'
import { urgency } from '../../jobs/urgency.ts'
import type { VendorBot, VendorBots } from '../../vendor/vendor-bots.ts'
import { vendorWrite, type WriteLimits } from '../../vendor/vendor-write.ts'

type Deps = {
  vendor: Pick<VendorBots, 'findBots' | 'leaveBot'>
  limits: WriteLimits
}

/** The bot that stays, and other bots that have not ended. The others have been told to leave. */
export type FoundBots = { kept: VendorBot | null; extra: VendorBot[] }

/**
 * Finds the bot at the vendor that carries our meeting id. If there are several, `keep` (or the oldest) stays, and the
 * others are told to leave. An answered leave call does not mean that they have left, so look again.
 */
export async function findTheBot(deps: Deps, meetingId: string, keep: string | null): Promise<FoundBots> {
  const found = await deps.vendor.findBots(meetingId)
  const bots = found.filter((bot) => bot.status !== 'cancelled')
  const kept = bots.find((bot) => bot.botId === keep) ?? bots[0] ?? null
  const extra = bots.filter((bot) => bot !== kept && !hasEnded(bot))
  for (const bot of extra) await sendAway(deps, bot.botId)
  return { kept, extra }
}

const hasEnded = ({ status }: VendorBot): boolean => ['completed', 'failed'].includes(status)

/** Makes an unwanted bot leave. If it is gone already, that is fine. */
export async function sendAway(
  deps: Omit<Deps, 'provider'> & { vendor: Pick<VendorBots, 'leaveBot'> },
  botId: string,
): Promise<void> {
  await vendorWrite(deps.limits, () => deps.vendor.leaveBot(botId), urgency.leave).catch((error: unknown) => {
    if (!isGone(error)) throw error
  })
}

/** Whether the vendor's answer means that there is nothing left to stop. */
export function isGone(error: unknown): boolean {
  return error instanceof PermanentError && ['VENDOR_CONFLICT', 'VENDOR_BOT_NOT_FOUND'].includes(error.code)
}
