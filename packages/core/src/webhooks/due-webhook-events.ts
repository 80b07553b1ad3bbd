import type { DueSource } from '../jobs/owed-job.ts'
import type { Inbox } from './inbox.ts'

/** Webhooks that were stored and not processed, and whose own jobs are overdue. One job applies them all. */
export function dueWebhookEvents(inbox: Pick<Inbox, 'countDue'>): DueSource {
  return {
    async claimDue(now, limit) {
      const rows = await inbox.countDue(now, limit)
      return { rows, jobs: rows > 0 ? [{ name: 'process-due-webhook-events', payload: {} }] : [], more: false }
    },
  }
}
