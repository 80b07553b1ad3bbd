import { isFinal, type Meeting, type TimelineEntry } from '../bots/meeting.ts'
import { type MeetingStore, sameMeetingWindowMs } from '../bots/meeting-store.ts'
import { hasRoom, joinTimesAround } from '../scheduling/admit.ts'
import { joinTimesOf } from './memory-capacity-store.ts'

export type MemoryMeetingStore = MeetingStore & {
  /** Those of all users, for other stores in memory. */
  all(): Meeting[]
}

/** A MeetingStore without a database. Passes the same contract suite as the one in Postgres. */
export function memoryMeetingStore(): MemoryMeetingStore {
  const meetings = new Map<string, Meeting>()
  const entries = new Map<string, TimelineEntry[]>()
  const copy = (meeting: Meeting | undefined) => (meeting ? structuredClone(meeting) : null)
  const startOf = (meeting: Meeting) => (meeting.joinAt ?? meeting.createdAt).getTime()

  function append(meetingId: string, added: Omit<TimelineEntry, 'seq' | 'recordedAt'>[]): void {
    const log = entries.get(meetingId) ?? []
    for (const entry of added) log.push({ ...structuredClone(entry), seq: log.length + 1, recordedAt: new Date() })
    entries.set(meetingId, log)
  }

  function findActive(wanted: Meeting): Meeting | undefined {
    const now = wanted.createdAt.getTime()
    const wantsNow = startOf(wanted) <= now + sameMeetingWindowMs
    return [...meetings.values()].find(
      (meeting) =>
        meeting.userId === wanted.userId &&
        meeting.joinKey === wanted.joinKey &&
        !isFinal(meeting.state) &&
        !meeting.leaveRequestedAt &&
        !meeting.exitedAt &&
        (Math.abs(startOf(meeting) - startOf(wanted)) <= sameMeetingWindowMs || (wantsNow && startOf(meeting) <= now)),
    )
  }

  return {
    all: () => structuredClone([...meetings.values()]),
    async claim(meeting, entry) {
      const existing = meetings.get(meeting.id) ?? findActive(meeting)
      if (existing && existing.userId !== meeting.userId) return { outcome: 'id_taken' }
      if (existing) return { outcome: 'existing', meeting: structuredClone(existing) }
      const claimed = { ...structuredClone(meeting), lastSeq: 1 }
      meetings.set(meeting.id, claimed)
      append(meeting.id, [{ ...entry, cause: 'api' }])
      return { outcome: 'created', meeting: structuredClone(claimed) }
    },
    async claimWithin(meeting, entry, botsPerDay) {
      const joinsAt = new Date(startOf(meeting))
      const taken = joinTimesOf([...meetings.values()], joinTimesAround([joinsAt]))
      const isNew = !meetings.has(meeting.id) && !findActive(meeting)
      if (isNew && !hasRoom([joinsAt], { botsPerDay, taken })[0]) return { outcome: 'no_room' }
      return await this.claim(meeting, entry)
    },
    async find(meetingId) {
      return copy(meetings.get(meetingId))
    },
    async findForBot({ botId, meetingId }) {
      const byBot = () => [...meetings.values()].find((m) => m.meetingBaasId === botId)
      return copy((meetingId === null ? undefined : meetings.get(meetingId)) ?? byBot())
    },
    async findForUser(userId, id) {
      const found = [...meetings.values()].find((m) => m.userId === userId && (m.id === id || m.meetingBaasId === id))
      return copy(found)
    },
    async bookedFor(userId, eventIds) {
      const isBooked = (m: Meeting) => m.userId === userId && !m.finalAt && !m.leaveRequestedAt
      const booked = [...meetings.values()].filter((m) => isBooked(m) && eventIds.includes(m.calendarEventId ?? ''))
      return new Map(booked.map(({ calendarEventId, id }) => [calendarEventId as string, id]))
    },
    async list(userId, filter, after, limit) {
      return [...meetings.values()]
        .filter((m) => m.userId === userId)
        .filter((m) => !filter.states || filter.states.includes(m.state))
        .filter((m) => !filter.platform || m.platform === filter.platform)
        .filter((m) => !filter.joinKey || m.joinKey === filter.joinKey)
        .filter((m) => !filter.createdAfter || m.createdAt >= filter.createdAfter)
        .filter((m) => !filter.createdBefore || m.createdAt < filter.createdBefore)
        .sort(newestFirst)
        .filter((m) => !after || newestFirst(after, m) < 0)
        .slice(0, limit)
        .map((m) => structuredClone(m))
    },
    async timeline(meetingId, afterSeq, limit) {
      const log = entries.get(meetingId) ?? []
      return structuredClone(log.filter((entry) => entry.seq > afterSeq).slice(0, limit))
    },
    async saveChange({ before, next, entries: added, cause }) {
      const stored = meetings.get(before.id)
      if (stored?.version !== before.version) return false
      const lastSeq = before.lastSeq + added.length
      meetings.set(before.id, {
        ...structuredClone(next),
        lastSeq,
        version: before.version + 1,
        updatedAt: new Date(),
      })
      append(
        before.id,
        added.map((entry) => ({ ...entry, cause })),
      )
      return true
    },
    async claimDue(now, nextDueAt, limit) {
      const due = [...meetings.values()].filter((m) => m.dueAt && m.dueAt <= now)
      due.sort((a, b) => (a.dueAt as Date).getTime() - (b.dueAt as Date).getTime())
      return due.slice(0, limit).map((meeting) => {
        Object.assign(meeting, { dueAt: nextDueAt, round: meeting.round + 1, version: meeting.version + 1 })
        return structuredClone(meeting)
      })
    },
    async listActive(now, afterId, limit) {
      return [...meetings.values()]
        .filter((m) => !isFinal(m.state) && m.meetingBaasId && startOf(m) <= now.getTime())
        .filter((m) => afterId === null || m.id > afterId)
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, limit)
        .map(({ id, meetingBaasId, vendorStatus, updatedAt }) => ({
          meetingId: id,
          meetingBaasId: meetingBaasId as string,
          vendorStatus,
          updatedAt,
        }))
    },
  }
}

type Position = { createdAt: Date; id: string }

function newestFirst(a: Position, b: Position): number {
  return b.createdAt.getTime() - a.createdAt.getTime() || b.id.localeCompare(a.id)
}
