import { keepAll, type Retention, type RetentionStore } from '../../src/erasure/retention.ts'
import { isDeleted } from '../../src/meetings/deletion/data-deletion.ts'
import type { MemoryMeetingStore } from '../meetings/memory-meeting-store.ts'

const dayMs = 24 * 3_600_000

/** A RetentionStore without a database. `users`: their ids by name. Passes the same contract as the one in Postgres. */
export function memoryRetentionStore({
  meetings,
  users,
}: {
  meetings: Pick<MemoryMeetingStore, 'rows'>
  users: ReadonlyMap<string, string>
}): RetentionStore {
  const settings = new Map<string, Retention>()
  const nameOf = (userId: string) => [...users].find(([, id]) => id === userId)?.[0] ?? ''
  return {
    async listOver(scope, days, now, limit) {
      const found = meetings.rows().filter((meeting) => {
        const times = [settings.get(nameOf(meeting.userId))?.[scope], days].filter((time) => typeof time === 'number')
        const isEnded = meeting.finalAt !== null && meeting.state !== 'cancelled'
        if (!isEnded || times.length === 0 || meeting.hold || isDeleted(meeting, scope)) return false
        return Number(meeting.finalAt) < now.getTime() - Math.min(...times) * dayMs
      })
      return found.slice(0, limit).map(({ id, userId }) => ({ meetingId: id, userId }))
    },
    async summariseDeletions() {
      const owed = meetings.rows().filter(({ deleteDueAt }) => deleteDueAt !== null)
      const times = owed.map(({ deletion }) => Date.parse(deletion?.requestedAt ?? ''))
      return { open: owed.length, oldest: times.length > 0 ? new Date(Math.min(...times)) : null }
    },
    async ofUser(userName) {
      return users.has(userName) ? (settings.get(userName) ?? keepAll) : null
    },
    async setForUser(userName, retention) {
      if (users.has(userName)) settings.set(userName, { ...retention })
      return users.has(userName)
    },
  }
}
