import { changedBooking } from '../../meetings/bots/change-booking.ts'
import { type ChangeDeps, changeMeeting } from '../../meetings/change-meeting.ts'
import { notStarted } from '../../meetings/launch.ts'
import { isFinal, type Meeting } from '../../meetings/meeting.ts'
import type { BookingTerms, MeetingChange } from '../../meetings/meeting-store.ts'
import type { WantedBot } from './reconcile-bookings.ts'
import type { ScheduleDeps } from './schedule-deps.ts'
import { shareFor } from './share-for.ts'

type Deps = Pick<ScheduleDeps, 'meetings' | 'queue' | 'now'> & BookingTerms

/**
 * Gives a bot that has not started its new time, link or configuration. If the vendor knows the bot, or may know it, a
 * job tells the vendor; until then the row says that this is owed.
 * @returns `taken` when the user already has a bot there or may share one, `no_room` when that day is full; in both
 * cases nothing was moved
 */
export async function moveRecording(
  { meetings, queue, now, ...terms }: Deps,
  planned: Meeting,
  wanted: WantedBot,
): Promise<'done' | 'taken' | 'no_room'> {
  const saveChange = async (change: MeetingChange): Promise<boolean | 'taken' | 'no_room'> => {
    if (isInItsPlace(change)) return await meetings.saveChange(change)
    const outcome = await meetings.move(change, terms)
    return outcome === 'taken' || outcome === 'no_room' ? outcome : outcome === 'moved'
  }
  const deps = { meetings: { ...meetings, saveChange }, queue, now }
  const changed = await changeMeeting(deps, planned.id, 'worker', (before) => {
    // The bot was started, called off or handed over meanwhile; the next plan sees that.
    const isOurs = before.userId === planned.userId && before.calendarEventId === planned.calendarEventId
    const mayMove = isOurs && notStarted.includes(before.state) && before.leaveRequestedAt === null
    return mayMove ? moved(before, wanted, now()) : null
  })
  return changed?.verdict ?? 'done'
}

/** Such a change takes no other bot's place. */
function isInItsPlace({ before, next }: MeetingChange): boolean {
  return before.joinKey === next.joinKey && before.joinAt?.getTime() === next.joinAt?.getTime()
}

/** Notes for which event a started bot is there from now on. Tells the vendor nothing. */
export async function keepRecording(
  deps: ChangeDeps,
  { id, userId, calendarEventId }: Meeting,
  { event, link }: WantedBot,
): Promise<void> {
  await changeMeeting(deps, id, 'worker', (before) => {
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
