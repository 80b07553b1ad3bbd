import { newMeeting } from '../bots/new-meeting.ts'
import type { WantedBot } from './reconcile-bookings.ts'
import type { ScheduleDeps } from './schedule-recordings.ts'

/** A booking that no job has taken up by then is due for the sweep. */
const createDueAfterMs = 60_000

/**
 * Books a bot for an event: claims the meeting, so that it gets one bot whoever else asks for one at the same time, and
 * enqueues create-bot. A meeting that has a bot already keeps that one; the next plan finds it and shares it.
 */
export async function bookRecording(
  {
    meetings,
    queue,
    newId,
    now,
    onEnqueueFailed,
  }: Pick<ScheduleDeps, 'meetings' | 'queue' | 'newId' | 'now' | 'onEnqueueFailed'>,
  userId: string,
  { event, link, joinAt, botName, botConfig }: WantedBot,
): Promise<void> {
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
  const claim = await meetings.claim(meeting, { type: 'bot_requested', occurredAt: createdAt, data })
  if (claim.outcome !== 'created') return
  await queue.enqueue('create-bot', { meetingId: meeting.id, round: 0 }).catch(onEnqueueFailed)
}
