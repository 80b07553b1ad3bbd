import type { Cause } from '../../log/entry.ts'
import { type ChangeDeps, changeMeeting, type Decided, type DecidedWith } from '../change-meeting.ts'
import { isFinal, type Meeting, type Subscriber } from '../meeting.ts'

/** How a user sees another user's bot. */
export const seenBy = (meeting: Meeting, subscriber: Subscriber): Meeting => ({ ...meeting, ...subscriber })

/**
 * Makes a user share another user's bot. If the user shares it already, only the event changes. A bot that has ended or
 * is about to leave cannot be shared.
 * @returns the bot as the user sees it; null when it cannot be shared
 */
export async function shareBot(
  deps: ChangeDeps,
  meetingId: string,
  order: Omit<Subscriber, 'sharedLate'>,
  cause: Cause,
): Promise<Meeting | null> {
  type Verdict = 'own' | Subscriber
  const shared = await changeMeeting(deps, meetingId, cause, async (before): Promise<DecidedWith<Verdict>> => {
    if (isFinal(before.state) || before.leaveRequestedAt !== null || before.exitedAt !== null) return null
    const wanted = { ...order, sharedLate: before.recordingStartedAt !== null }
    if (before.userId === wanted.userId) return { verdict: 'own' }
    const known = (await deps.meetings.subscribers(meetingId)).find(({ userId }) => userId === wanted.userId)
    const subscriber = known ? renewed(known, wanted) : wanted
    if (known && isSameShare(known, subscriber)) return { verdict: subscriber }
    const entries = known ? [] : [{ type: 'subscriber_joined' as const, occurredAt: wanted.sharedSince, data: {} }]
    return { next: before, entries, subscribe: subscriber, verdict: subscriber }
  })
  if (!shared?.verdict) return null
  return shared.verdict === 'own' ? shared.after : seenBy(shared.after, shared.verdict)
}

/** The share for another event. A share that was ordered by hand stays so, and no change of an event ends it. */
function renewed(known: Subscriber, wanted: Subscriber): Subscriber {
  if (known.calendarEventId === null) return known
  const { sharedSince, sharedLate, extra } = known
  return { ...wanted, sharedSince, sharedLate, extra: wanted.extra ?? extra }
}

type EventTimes = Pick<Subscriber, 'calendarEventId' | 'eventStartsAt' | 'eventEndsAt' | 'meetingUrl'>

/** Whether two shares of one user are for the same event with the same link at the same time. */
export function isSameShare(a: EventTimes, b: EventTimes): boolean {
  return (
    a.calendarEventId === b.calendarEventId &&
    a.meetingUrl === b.meetingUrl &&
    a.eventStartsAt?.getTime() === b.eventStartsAt?.getTime() &&
    a.eventEndsAt?.getTime() === b.eventEndsAt?.getTime()
  )
}

/**
 * Ends a user's share of a bot. The bot itself does not change. A share of an ended bot stays.
 * @returns false when there was nothing to leave
 */
export async function leaveShare(
  deps: ChangeDeps,
  { meetingId, userId, cause, at }: { meetingId: string; userId: string; cause: Cause; at: Date },
): Promise<boolean> {
  const left = await changeMeeting(deps, meetingId, cause, async (before) => {
    if (isFinal(before.state)) return null
    const isShared = (await deps.meetings.subscribers(meetingId)).some((subscriber) => subscriber.userId === userId)
    if (!isShared) return null
    const entries = [{ type: 'subscriber_left' as const, occurredAt: at, data: {} }]
    return { next: before, entries, unsubscribe: userId, verdict: 'left' }
  })
  return left?.verdict === 'left'
}

/** Hands the bot over to the user who has shared it longest. */
export function handedOver(before: Meeting, heir: Subscriber, at: Date): NonNullable<Decided> {
  const entries = [{ type: 'bot_handed_over' as const, occurredAt: at, data: {} }]
  return { next: { ...before, ...heir }, entries, unsubscribe: heir.userId }
}
