import { PermanentError } from '../errors.ts'
import { urgency } from '../jobs/urgency.ts'
import type { MeetingProvider } from './meeting-provider.ts'
import { vendorWrite, type WriteLimits } from './vendor-write.ts'

type Deps = {
  provider: Pick<MeetingProvider, 'findBots' | 'leaveBot'>
  limits: WriteLimits
}

/**
 * The vendor's id of the bot that carries our meeting id; null when there is none. Should there be several, `keep` (or
 * the oldest) stays and the others are sent away.
 */
export async function findTheBot(deps: Deps, meetingId: string, keep: string | null): Promise<string | null> {
  const found = await deps.provider.findBots(meetingId)
  const bots = found.filter((bot) => bot.status !== 'cancelled')
  const kept = bots.find((bot) => bot.botId === keep) ?? bots[0]
  for (const bot of bots) {
    if (bot !== kept && !['completed', 'failed'].includes(bot.status)) await sendAway(deps, bot.botId)
  }
  return kept?.botId ?? null
}

/** Makes a bot leave that nobody wants. One that is gone already is fine. */
export async function sendAway(
  deps: Omit<Deps, 'provider'> & { provider: Pick<MeetingProvider, 'leaveBot'> },
  botId: string,
): Promise<void> {
  await vendorWrite(deps.limits, () => deps.provider.leaveBot(botId), urgency.leave).catch((error: unknown) => {
    if (!isGone(error)) throw error
  })
}

/** True for the vendor's answers that mean: there is nothing left to stop. */
export function isGone(error: unknown): boolean {
  return error instanceof PermanentError && ['PROVIDER_CONFLICT', 'PROVIDER_BOT_NOT_FOUND'].includes(error.code)
}
