import { planJobs } from '../../jobs/consequences.ts'
import { endBot } from '../../meetings/bots/end-bot.ts'
import type { MeetingStore } from '../../meetings/meeting-store.ts'
import type { Seen } from '../../meetings/views/bot-view.ts'
import { type SkipDeps, skipEvents } from './skip-events.ts'

type Deps = SkipDeps & Parameters<typeof endBot>[0] & { meetings: Pick<MeetingStore, 'findForUser'> }

export type EndByHandOutcome =
  /** See `endBot`; `seen` is the bot as it is shown to its user for this once or from now on. */
  { outcome: 'ended' | 'leaving' | 'left'; seen: Seen } | { outcome: 'not_found' }

/**
 * Ends a bot because its user says so. The events that it was for get the override `skip`; otherwise the next plan would
 * book another bot for them. They get it first: should the process die in between, the plan calls the bot off. Then the
 * user's recordings are decided on anew. Safe to repeat.
 */
export async function endByHand(deps: Deps, order: { userId: string; botId: string }): Promise<EndByHandOutcome> {
  const { userId } = order
  await skipEvents(deps, order)
  const ended = await endBot(deps, order)
  if (ended.outcome === 'not_found') return ended
  await deps.queue.wake(planJobs([userId]))
  const { outcome, meeting } = ended
  const seen = outcome === 'left' ? null : await deps.meetings.findForUser(userId, meeting.id)
  return { outcome, seen: seen ?? { meeting, role: 'left', others: 0 } }
}
