import { linkOf } from '../../calendars/event-link.ts'
import { notStarted } from '../../meetings/launch.ts'
import { opensMore } from '../../meetings/link/passcode.ts'
import type { Meeting } from '../../meetings/meeting.ts'
import type { Decision } from '../../rules/decision.ts'
import type { CalendarEvent } from '../../vendor/calendar-event.ts'
import { linkChooser } from '../choose-link.ts'
import type { OthersBot } from '../scheduling-store.ts'

type Input = {
  events: readonly CalendarEvent[]
  decisions: ReadonlyMap<string, Decision>
  meetings: readonly Meeting[]
  others: readonly OthersBot[]
}

/**
 * Finds bots that were sent without the passcode although the user has it, and gives the link with the passcode. Looks
 * at bots that record events without a booking for them: ordered by hand, or another user's. Pure.
 */
export function reconcileLinks({ events, decisions, meetings, others }: Input) {
  const bots = [...meetings, ...others.map(({ meeting }) => meeting)].filter(({ state }) => notStarted.includes(state))
  if (bots.length === 0) return []
  const byId = new Map(bots.map((bot) => [bot.id, bot]))
  const choose = linkChooser(events)
  return events.flatMap((event) => {
    const { willRecord, sharedWith } = decisions.get(event.id) ?? { willRecord: false, sharedWith: null }
    const bot = willRecord && sharedWith && 'meetingId' in sharedWith ? byId.get(sharedWith.meetingId) : undefined
    const own = bot && linkOf(event)
    const meetingUrl = own ? choose(event, own.url) : ''
    return bot && opensMore(meetingUrl, bot.joinUrl) ? [{ meetingId: bot.id, meetingUrl }] : []
  })
}
