import type { DueSource } from '../jobs/owed-job.ts'
import type { UserStore } from '../people/user-store.ts'

/** Users who are to be deleted. Their job is owed until they are gone, so nothing is put off. */
export function deletedUsers(users: Pick<UserStore, 'listDeleted'>): DueSource {
  return {
    async claimDue(_now, limit) {
      const ids = await users.listDeleted(limit)
      const jobs = ids.map((userId) => ({ name: 'delete-user' as const, payload: { userId } }))
      return { rows: ids.length, jobs, more: false }
    },
  }
}
