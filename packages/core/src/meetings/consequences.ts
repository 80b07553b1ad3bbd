import type { Consequences } from '../jobs/consequences.ts'
import type { OwedJob } from '../jobs/owed-job.ts'
import { debtsOf, isVendorWrite, writeOwed } from './debts.ts'
import { isFinal, type Meeting } from './meeting.ts'
import type { MeetingChange } from './meeting-store.ts'
import { jobFor, urgencyOf } from './owed-jobs.ts'
import { endsOtherwise } from './status/inferred-end.ts'

/**
 * A change of one meeting, or a new one (`before` is null then), with who comes to share the bot or shares it no more.
 */
export type MeetingNews = { before: Meeting | null; next: Meeting } & Pick<MeetingChange, 'subscribe' | 'unsubscribe'>

/**
 * What follows from a change of a meeting: the jobs that it owes now, and who is planned again. Who made the change
 * makes no difference: a webhook, a look at the vendor, a job that gave up, or a user. This is the only place that says
 * so.
 */
export function consequencesOf(news: MeetingNews, now: Date): Consequences {
  return { jobs: [...writesOwed(news, now), ...othersOwed(news, now)], plan: planOf(news) }
}

/**
 * The write at the vendor that `oweNow` made due, or a creation: of a new meeting, or one that has become more urgent
 * while it stands in the line. A change is told before the bot joins at its old time, and at its new one.
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

/** What else is due from now on, such as a look at the vendor. What is due later is started by the sweep. */
function othersOwed({ before, next }: MeetingNews, now: Date): OwedJob[] {
  const kindsDue = (meeting: Meeting) =>
    debtsOf(meeting).flatMap(({ kind, dueAt }) => (!isVendorWrite(kind) && dueAt <= now ? [kind] : []))
  const wereDue = before ? kindsDue(before) : []
  return kindsDue(next).flatMap((kind) => (wereDue.includes(kind) ? [] : [jobFor(kind, next, now)]))
}

function planOf({ before, next, subscribe, unsubscribe }: MeetingNews): Consequences['plan'] {
  if (!before) return { users: [] }
  // Their events may want another bot, or count as recorded: those of everybody who had this one.
  if (endsOtherwise(before, next)) return { users: [next.userId], sharers: true }
  // What a bot has left behind is handed over as well. No plan depends on that.
  if (isFinal(next.state)) return { users: [] }
  const users = new Set<string>()
  // Whoever has the bot no more may want another one, and whoever has come to have it needs none of their own.
  if (before.userId !== next.userId) users.add(before.userId).add(next.userId)
  if (subscribe) users.add(subscribe.userId)
  if (unsubscribe) users.add(unsubscribe)
  // An order by hand counts for its user's events once there is a bot.
  if (hasBotByHand(next) && !hasBotByHand(before)) users.add(next.userId)
  // Those who share a bot that goes elsewhere may want one where it was.
  return isElsewhere(before, next) ? { users: [...users], sharers: true } : { users: [...users] }
}

const hasBotByHand = ({ meetingBaasId, calendarEventId }: Meeting): boolean =>
  meetingBaasId !== null && calendarEventId === null

/** Another time or another room. When links are read otherwise after an upgrade, only the join key changes. */
function isElsewhere(before: Meeting, next: Meeting): boolean {
  if (before.joinAt?.getTime() !== next.joinAt?.getTime()) return true
  return before.joinKey !== next.joinKey && before.joinUrl !== next.joinUrl
}
