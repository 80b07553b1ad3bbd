import { groupBy } from '../basics/group-by.ts'
import { opensMore, passcodeOf } from '../meetings/link/passcode.ts'
import type { CalendarEvent } from '../vendor/calendar-event.ts'
import { isSameGathering } from './same-gathering.ts'

/** Gives the link by which to join an event's gathering; `own` is the event's. */
export type LinkChooser = (event: CalendarEvent, own: string) => string

/**
 * Chooses among all links that a user has of a room the one that opens it: one with a passcode. Where several hold one,
 * that of an event of the same gathering counts before others of the room, then the organiser's, then that of the event
 * which came up last. Cancelled events count, too: their links still open the room.
 * @param events all of a user's
 */
export function linkChooser(events: readonly CalendarEvent[]): LinkChooser {
  const rooms = groupBy(events, ({ joinKey }) => joinKey)
  return (event, own) => {
    const room = (event.joinKey === null ? undefined : rooms.get(event.joinKey)) ?? []
    const others = room.filter(({ meetingUrl }) => meetingUrl !== event.meetingUrl)
    if (others.length === 0) return own
    const holders = [event, ...others].filter(({ meetingUrl }) => passcodeOf(meetingUrl ?? '') !== null)
    const best = holders.reduce<CalendarEvent | null>((a, b) => (a && compare(a, b, event) <= 0 ? a : b), null)
    return best && best !== event ? (best.meetingUrl ?? own) : own
  }
}

function compare(a: CalendarEvent, b: CalendarEvent, event: CalendarEvent): number {
  return (
    Number(isSameGathering(b, event)) - Number(isSameGathering(a, event)) ||
    Number(b.isOrganizer) - Number(a.isOrganizer) ||
    +b.createdAt - +a.createdAt ||
    (a.id < b.id ? -1 : 1)
  )
}

/** The better of a link and those of bots in the same gathering: what opens it is kept, whoever gave it. */
export function keptLink(link: string, bots: readonly { joinUrl: string }[]): string {
  return bots.find(({ joinUrl }) => opensMore(joinUrl, link))?.joinUrl ?? link
}
