import { groupBy } from '../basics/group-by.ts'
import { opensMore, passcodeOf } from '../meetings/link/passcode.ts'
import type { CalendarEvent } from '../vendor/calendar-event.ts'
import { isSameGathering } from './same-gathering.ts'

/** Gives the link for joining an event's gathering; `own` is the event's own link. */
export type LinkChooser = (event: CalendarEvent, own: string) => string

/**
 * Chooses the link that opens a room among all links that the user has for it: a link with a passcode. If several have
 * a passcode, a link of the same gathering comes first, then the organiser's, then the link of the newest event.
 * Cancelled events count, too: their links still open the room.
 * @param events all events of a user
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

/** The better of this link and the links of bots in the same gathering: a link that opens the room is kept. */
export function keptLink(link: string, bots: readonly { joinUrl: string }[]): string {
  return bots.find(({ joinUrl }) => opensMore(joinUrl, link))?.joinUrl ?? link
}
