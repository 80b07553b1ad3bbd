import type { Consequences } from '../jobs/consequences.ts'
import type { OwedJob } from '../jobs/owed-job.ts'
import { debtsOf, isVendorWrite, writeOwed } from './debts.ts'
import { isFinal, type Meeting } from './meeting.ts'
import type { MeetingChange } from './meeting-store.ts'
import { jobFor, urgencyOf } from './owed-jobs.ts'
import { endsOtherwise } from './status/inferred-end.ts'

/** A change of a meeting, or a new meeting (`before` is null), and who begins or stops sharing the bot. */
export type MeetingNews = { before: Meeting | null; next: Meeting } & Pick<MeetingChange, 'subscribe' | 'unsubscribe'>

/**
 * What follows from a change of a meeting: the jobs that it owes now, and the users who are planned again. It does not
 * matter who made the change: a webhook, a look at the vendor, a job that gave up, or a user. Only this function
 * decides it.
 */
export function consequencesOf(news: MeetingNews, now: Date): Consequences {
  return { jobs: [...writesOwed(news, now), ...othersOwed(news, now)], plan: planOf(news) }
}

/**
 * The write at the vendor that is owed now: the one that `oweNow` made due, or a creation. A creation is owed for a new
 * meeting, and again for a waiting one that has become more urgent. A change is told before the old and the new join
 * time.
 */
function writesOwed({ before, next }: MeetingNews, now: Date): OwedJob[] {
  const kind = writeOwed(next)
  if (!kind) return []
  const job = jobFor(kind, next, now)
  if (!before) return [job]
  const standing = urgencyOf(kind, before, now)
  if (next.round > before.round) return [{ ...job, urgency: Math.min(job.urgency, standing) }]
  return kind === 'create' && job.urgency < standing ? [job] : []
}

/** The other debts that are due now, such as a look at the vendor. The sweep starts later ones. */
function othersOwed({ before, next }: MeetingNews, now: Date): OwedJob[] {
  const kindsDue = (meeting: Meeting) =>
    debtsOf(meeting).flatMap(({ kind, dueAt }) => (!isVendorWrite(kind) && dueAt <= now ? [kind] : []))
  const wereDue = before ? kindsDue(before) : []
  return kindsDue(next).flatMap((kind) => (wereDue.includes(kind) ? [] : [jobFor(kind, next, now)]))
}

function planOf({ before, next, subscribe, unsubscribe }: MeetingNews): Consequences['plan'] {
  if (!before) return { users: [] }
  // The events of all users of this bot may need another bot, or count as recorded.
  if (endsOtherwise(before, next)) return { users: [next.userId], sharers: true }
  // When an ended bot is handed over, no plan changes.
  if (isFinal(next.state)) return { users: [] }
  const users = new Set<string>()
  // A user who lost the bot may need another one. A user who got it needs no bot of their own.
  if (before.userId !== next.userId) users.add(before.userId).add(next.userId)
  if (subscribe) users.add(subscribe.userId)
  if (unsubscribe) users.add(unsubscribe)
  // A bot that was ordered by hand counts for its user's events once it exists.
  if (hasBotByHand(next) && !hasBotByHand(before)) users.add(next.userId)
  // Users who share a bot that now goes elsewhere may need a bot at the old place.
  return isElsewhere(before, next) ? { users: [...users], sharers: true } : { users: [...users] }
}

const hasBotByHand = ({ meetingBaasId, calendarEventId }: Meeting): boolean =>
  meetingBaasId !== null && calendarEventId === null

/**
 * Whether the time or the meeting changed. After an upgrade that reads links differently, only the join key changes.
 */
function isElsewhere(before: Meeting, next: Meeting): boolean {
  if (before.joinAt?.getTime() !== next.joinAt?.getTime()) return true
  return before.joinKey !== next.joinKey && before.joinUrl !== next.joinUrl
}
