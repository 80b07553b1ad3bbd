import { isUnavailable } from '../basics/errors.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import { handOver } from './process-webhook-events.ts'

/**
 * Decides what becomes of events when their common job has no attempt left. While the database is down, the sweep keeps
 * them. Otherwise one of the events is to blame; it may even end every worker that takes it. So each goes on in its own
 * job, and only the bad one becomes a dead letter in the inbox.
 */
export async function giveUpWebhookEvents(
  { queue }: { queue: Pick<JobQueue, 'enqueueMany'> },
  { webhookEventIds }: { webhookEventIds: readonly string[] },
  error: Error,
): Promise<'left_to_sweep' | 'dead_letter'> {
  if (isUnavailable(error)) return 'left_to_sweep'
  await handOver(queue, webhookEventIds)
  return 'dead_letter'
}
