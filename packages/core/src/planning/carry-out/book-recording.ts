import { asReadNow } from '../../calendars/event-link.ts'
import { planJobs } from '../../jobs/consequences.ts'
import { firstLookAt } from '../../meetings/look-times.ts'
import type { BookingTerms } from '../../meetings/meeting-store.ts'
import { newMeeting } from '../../meetings/new-meeting.ts'
import { shareBot } from '../../meetings/sharing/share-bot.ts'
import { writeClaim } from '../../meetings/write-change.ts'
import type { WantedBot } from './reconcile-bookings.ts'
import type { ScheduleDeps } from './schedule-deps.ts'
import { shareFor } from './share-for.ts'

type Deps = Pick<ScheduleDeps, 'meetings' | 'queue' | 'newId' | 'now'> & BookingTerms

/**
 * Books a bot for an event by a claim: a gathering gets one bot, even if several users ask at the same time. If there
 * is a bot already, it stays. If that bot is another user's, it is shared at once; the next plan, made soon, says so.
 * @returns `no_room` when the vendor's plan has no place for the bot any more; then nothing was booked
 */
export async function bookRecording(
  deps: Deps,
  userId: string,
  { event, link, joinUrl, joinAt, botName, botConfig }: WantedBot,
): Promise<'done' | 'no_room'> {
  const createdAt = deps.now()
  const meeting = {
    ...newMeeting({
      id: deps.newId(),
      userId,
      link: asReadNow(link),
      botName,
      botConfig,
      extra: null,
      joinAt: joinAt < createdAt ? createdAt : joinAt,
      createdAt,
      writeDueAt: firstLookAt(joinAt, createdAt),
    }),
    joinUrl,
    ...shareFor(event, link),
  }
  const data = { joinAt: meeting.joinAt, calendarEventId: event.id }
  const entry = { type: 'bot_requested' as const, occurredAt: createdAt, data, cause: 'worker' as const }
  const claim = await writeClaim(deps, () => deps.meetings.claimWithin(meeting, entry, deps))
  if (claim.outcome === 'no_room') return 'no_room'
  if (claim.outcome === 'others') {
    const subscriber = { userId, sharedSince: createdAt, extra: null, ...shareFor(event, link) }
    const seen = await shareBot(deps, claim.meeting.id, subscriber, 'worker')
    // The bot ended or was told to leave since it was found. Nothing was written, so nothing else starts a new plan.
    if (!seen) await deps.queue.wake(planJobs([userId]))
  }
  return 'done'
}
