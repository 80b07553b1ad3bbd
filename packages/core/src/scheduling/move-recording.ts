import { changeMeeting } from '../bots/change-meeting.ts'
import { oweNow } from '../bots/debts.ts'
import { notStarted } from '../bots/launch.ts'
import type { Meeting } from '../bots/meeting.ts'
import { consequencesOf, enqueueAll } from '../bots/owed-job.ts'
import { isSameBooking } from '../bots/reschedule-bot.ts'
import type { WantedBot } from './reconcile-bookings.ts'
import type { ScheduleDeps } from './schedule-recordings.ts'

/**
 * Gives a bot that has not started its new time, link or configuration. Where the vendor knows the bot, or may know it, a
 * job tells it; until then the row says that this is owed.
 */
export async function moveRecording(
  { meetings, queue, now, onEnqueueFailed }: Pick<ScheduleDeps, 'meetings' | 'queue' | 'now' | 'onEnqueueFailed'>,
  planned: Meeting,
  wanted: WantedBot,
): Promise<void> {
  const { id } = planned
  let isMoved = false
  let before: Meeting | null = null
  const meeting = await changeMeeting(meetings, id, 'worker', (found) => {
    before = found
    // Started, called off or handed over meanwhile: the next plan sees that.
    const isOurs = found.userId === wanted.event.userId && found.calendarEventId === wanted.event.id
    isMoved = isOurs && notStarted.includes(found.state) && found.leaveRequestedAt === null
    return isMoved ? moved(found, wanted, now()) : null
  })
  if (!isMoved || !before || !meeting) return
  await enqueueAll(queue, consequencesOf(before, meeting, now())).catch(onEnqueueFailed)
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
  const owed = { ...next, changeOwed: true }
  // Without a bot, the job that creates it is under way: it looks after the change.
  return { next: before.meetingBaasId === null ? owed : oweNow(owed, at), entries: [] }
}
