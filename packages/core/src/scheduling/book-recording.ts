import { newMeeting } from '../bots/new-meeting.ts'
import type { WantedBot } from './reconcile-bookings.ts'
import type { ScheduleDeps } from './schedule-recordings.ts'

/** A booking that no job has taken up by then is due for the sweep. */
const createDueAfterMs = 60_000

/**
 * Books a bot for an event: claims the meeting, so that it gets one bot whoever else asks for one at the same time, and
 * enqueues create-bot. A meeting that has a bot already keeps that one; the next plan finds it and shares it.
 * @returns `no_room` when the vendor's plan has no place for it any more; nothing was booked then
 */
export async function bookRecording(
  {
    meetings,
    queue,
    botsPerDay,
    newId,
    now,
    onEnqueueFailed,
  }: Pick<ScheduleDeps, 'meetings' | 'queue' | 'botsPerDay' | 'newId' | 'now' | 'onEnqueueFailed'>,
  userId: string,
  { event, link, joinAt, botName, botConfig }: WantedBot,
): Promise<'done' | 'no_room'> {
  const createdAt = now()
  const meeting = {
    ...newMeeting({
      id: newId(),
      userId,
      link,
      botName,
      botConfig,
      extra: null,
      joinAt: joinAt < createdAt ? createdAt : joinAt,
      createdAt,
      dueAt: new Date(createdAt.getTime() + createDueAfterMs),
    }),
    meetingBaasCalendarId: event.calendarId,
    calendarEventId: event.id,
    calendarProvider: event.provider,
    eventStartsAt: event.startTime,
    eventEndsAt: event.endTime,
  }
  const data = { joinAt: meeting.joinAt, calendarEventId: event.id }
  const entry = { type: 'bot_requested' as const, occurredAt: createdAt, data }
  const isLimited = botsPerDay !== null
  const claim = isLimited
    ? await meetings.claimWithin(meeting, entry, botsPerDay)
    : await meetings.claim(meeting, entry)
  if (claim.outcome === 'no_room') return 'no_room'
  if (claim.outcome !== 'created') return 'done'
  await queue.enqueue('create-bot', { meetingId: meeting.id, round: 0 }).catch(onEnqueueFailed)
  return 'done'
}
