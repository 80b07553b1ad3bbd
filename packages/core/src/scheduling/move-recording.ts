import { changeMeeting } from '../bots/change-meeting.ts'
import { notStarted } from '../bots/launch.ts'
import type { Meeting } from '../bots/meeting.ts'
import { isSameBooking } from '../bots/reschedule-bot.ts'
import { urgencyOfJoin } from '../jobs/urgency.ts'
import type { WantedBot } from './reconcile-bookings.ts'
import type { ScheduleDeps } from './schedule-recordings.ts'

/**
 * Gives a bot that has not started its new time, link or configuration. Where the vendor knows the bot, or may know it, a
 * job tells it; until then the row says that this is owed.
 */
export async function moveRecording(
  { meetings, queue, now, onEnqueueFailed }: Pick<ScheduleDeps, 'meetings' | 'queue' | 'now' | 'onEnqueueFailed'>,
  { id }: Meeting,
  wanted: WantedBot,
): Promise<void> {
  let isMoved = false
  let joinAtBefore: Date | null = null
  const meeting = await changeMeeting(meetings, id, 'worker', (before) => {
    // Started, called off or handed over meanwhile: the next plan sees that.
    const isOurs = before.userId === wanted.event.userId && before.calendarEventId === wanted.event.id
    isMoved = isOurs && notStarted.includes(before.state) && before.leaveRequestedAt === null
    joinAtBefore = before.joinAt
    return isMoved ? moved(before, wanted, now()) : null
  })
  if (!isMoved || !meeting) return
  const [before, after] = [urgencyOfJoin(joinAtBefore, now()), urgencyOfJoin(meeting.joinAt, now())]
  const payload = { meetingId: id, round: meeting.round }
  if (meeting.changeOwed && meeting.meetingBaasId) {
    // Told before it joins at its old time, and before it joins at the new one.
    const inLine = { urgency: Math.min(before, after) }
    await queue.enqueue('reschedule-bot', payload, inLine).catch(onEnqueueFailed)
  } else if (meeting.state === 'pending' && after < before) {
    // It waits to be created, and stands in the line by its old time.
    await queue.enqueue('create-bot', payload, { urgency: after }).catch(onEnqueueFailed)
  }
}

function moved(before: Meeting, { event, link, joinAt, botName, botConfig }: WantedBot, at: Date) {
  const next = {
    ...before,
    meetingUrl: link.url,
    platform: link.platform,
    joinKey: link.joinKey,
    joinAt,
    botName,
    botConfig,
    eventStartsAt: event.startTime,
    eventEndsAt: event.endTime,
  }
  if (isSameBooking(before, next)) return { next, entries: [] }
  if (before.meetingBaasId === null && before.createAttempts === 0) {
    const data = { joinAt, meetingUrl: link.url }
    return { next, entries: [{ type: 'bot_rescheduled' as const, occurredAt: at, data }] }
  }
  return { next: { ...next, changeOwed: true, dueAt: at, round: before.round + 1 }, entries: [] }
}
