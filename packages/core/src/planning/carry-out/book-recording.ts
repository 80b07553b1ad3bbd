import { asReadNow } from '../../calendars/event-link.ts'
import { urgencyOfJoin } from '../../jobs/urgency.ts'
import { firstLookAt } from '../../meetings/look-times.ts'
import { newMeeting } from '../../meetings/new-meeting.ts'
import { shareBot } from '../../meetings/sharing/share-bot.ts'
import type { WantedBot } from './reconcile-bookings.ts'
import type { ScheduleDeps } from './schedule-deps.ts'
import { shareFor } from './share-for.ts'

type Deps = Pick<ScheduleDeps, 'meetings' | 'queue' | 'sharing' | 'botsPerDay' | 'newId' | 'now'>

/**
 * Books a bot for an event: claims the meeting, so that it gets one bot whoever else asks for one at the same time, and
 * enqueues create-bot. A meeting that has a bot already keeps that one: if it is another user's, it is shared at once, and
 * the next plan, which is made soon, says so.
 * @returns `no_room` when the vendor's plan has no place for it any more; nothing was booked then
 */
export async function bookRecording(
  { meetings, queue, sharing, botsPerDay, newId, now }: Deps,
  userId: string,
  { event, link, joinUrl, joinAt, botName, botConfig }: WantedBot,
): Promise<'done' | 'no_room'> {
  const createdAt = now()
  const meeting = {
    ...newMeeting({
      id: newId(),
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
  const claim =
    botsPerDay === null
      ? await meetings.claim(meeting, entry, sharing)
      : await meetings.claimWithin(meeting, entry, sharing, botsPerDay)
  if (claim.outcome === 'no_room') return 'no_room'
  if (claim.outcome === 'others') {
    const subscriber = { userId, sharedSince: createdAt, extra: null, ...shareFor(event, link) }
    const seen = await shareBot({ meetings }, claim.meeting.id, subscriber, 'worker')
    const isNews = seen === null || seen.sharedSince?.getTime() === createdAt.getTime()
    if (isNews) await queue.wake([{ name: 'schedule-recordings', payload: { userId } }])
  }
  if (claim.outcome !== 'created') return 'done'
  const payload = { meetingId: meeting.id, round: 0 }
  await queue.wake([{ name: 'create-bot', payload, urgency: urgencyOfJoin(meeting.joinAt, createdAt) }])
  return 'done'
}
