import type { DueSource } from '../jobs/owed-job.ts'
import type { UserStore } from '../people/user-store.ts'

/** The users who are being deleted. Their job stays owed until they are gone, so no due time is postponed. */
export function deletedUsers(users: Pick<UserStore, 'listDeleted'>): DueSource {
  return {
    async claimDue(_now, limit) {
      const ids = await users.listDeleted(limit)
      const jobs = ids.map((userId) => ({ name: 'delete-user' as const, payload: { userId } }))
      return { rows: ids.length, jobs, more: false }
    },
  }
}
