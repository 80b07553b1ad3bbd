import { linkOf } from '../../calendars/event-link.ts'
import type { Subscriber } from '../../meetings/meeting.ts'
import { isSameShare } from '../../meetings/sharing/share-bot.ts'
import type { Decision } from '../../rules/decision.ts'
import type { CalendarEvent } from '../../vendor/calendar-event.ts'
import { byStart } from '../same-gathering.ts'
import type { OthersBot } from '../scheduling-store.ts'
import { staysAnyway } from './bots-by-event.ts'
import { shareFor } from './share-for.ts'

/** What is to be done so that a user shares the bots of others as decided. */
export type SharingAction =
  | { kind: 'share'; meetingId: string; share: Omit<Subscriber, 'sharedSince' | 'sharedLate'> }
  | { kind: 'leave'; meetingId: string }

type Input = {
  userId: string
  events: readonly CalendarEvent[]
  decisions: ReadonlyMap<string, Decision>
  others: readonly OthersBot[]
  now: Date
}

/**
 * Compares the bots that a user shares with the bots that the decisions ask for. Pure. Once its actions are carried
 * out, it asks for nothing more. Bots that have ended stay as they are, and so do bots that the user ordered by hand.
 */
export function reconcileSharing({ userId, events, decisions, others, now }: Input): SharingAction[] {
  const active = others.filter(({ meeting }) => meeting.finalAt === null)
  if (active.length === 0) return []
  const wanting = eventsByBot(events, decisions)
  return active.flatMap(({ meeting, share }): SharingAction[] => {
    const wanted = wanting.get(meeting.id) ?? []
    const [first] = wanted
    if (share && share.calendarEventId === null) return []
    if (!first) return share && !isKept({ meeting, share }, events, decisions, now) ? [leave(meeting.id)] : []
    const event = wanted.find(({ id }) => id === share?.calendarEventId) ?? first
    const link = linkOf(event)
    if (!link) return []
    const next = { userId, extra: null, ...shareFor(event, link) }
    if (share && isSameShare(share, next)) return []
    return [{ kind: 'share', meetingId: meeting.id, share: next }]
  })
}

const leave = (meetingId: string): SharingAction => ({ kind: 'leave', meetingId })

/** The events that are to be recorded by a bot that is not their own, by that bot; the first to begin comes first. */
function eventsByBot(events: readonly CalendarEvent[], decisions: ReadonlyMap<string, Decision>) {
  const byBot = new Map<string, CalendarEvent[]>()
  for (const event of events) {
    const { willRecord, sharedWith } = decisions.get(event.id) ?? { willRecord: false, sharedWith: null }
    if (!willRecord || sharedWith === null || !('meetingId' in sharedWith)) continue
    byBot.set(sharedWith.meetingId, [...(byBot.get(sharedWith.meetingId) ?? []), event].sort(byStart))
  }
  return byBot
}

/** As with a bot of one's own, a gathering that runs late is not left when its event is over. */
function isKept(
  { meeting, share }: { meeting: OthersBot['meeting']; share: Subscriber },
  events: readonly CalendarEvent[],
  decisions: ReadonlyMap<string, Decision>,
  now: Date,
): boolean {
  const event = events.find(({ id }) => id === share.calendarEventId)
  const decision = event && decisions.get(event.id)
  const { state, joinAt } = meeting
  return event !== undefined && decision !== undefined && staysAnyway({ ...share, state, joinAt }, event, decision, now)
}
