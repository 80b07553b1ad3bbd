import { changedBooking } from '../bots/change-booking.ts'
import { changeMeeting } from '../bots/change-meeting.ts'
import { notStarted } from '../bots/launch.ts'
import { isFinal, type Meeting } from '../bots/meeting.ts'
import { consequencesOf, enqueueAll } from '../bots/owed-job.ts'
import { shareFor } from './book-recording.ts'
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
    const isOurs = found.userId === planned.userId && found.calendarEventId === planned.calendarEventId
    isMoved = isOurs && notStarted.includes(found.state) && found.leaveRequestedAt === null
    return isMoved ? moved(found, wanted, now()) : null
  })
  if (!isMoved || !before || !meeting) return
  await enqueueAll(queue, consequencesOf(before, meeting, now())).catch(onEnqueueFailed)
}

/** Notes of a bot that has started for which event it is there from now on. Nothing is told to the vendor. */
export async function keepRecording(
  { meetings }: Pick<ScheduleDeps, 'meetings'>,
  { id, userId, calendarEventId }: Meeting,
  { event, link }: WantedBot,
): Promise<void> {
  await changeMeeting(meetings, id, 'worker', (before) => {
    const isOurs = before.userId === userId && before.calendarEventId === calendarEventId
    if (!isOurs || isFinal(before.state)) return null
    return { next: { ...before, ...shareFor(event, link) }, entries: [] }
  })
}

function moved(before: Meeting, { event, link, joinUrl, joinAt, botName, botConfig }: WantedBot, at: Date) {
  const { platform, joinKey } = link
  const next = { ...before, ...shareFor(event, link), joinUrl, platform, joinKey, joinAt, botName, botConfig }
  return changedBooking(before, next, at)
}
