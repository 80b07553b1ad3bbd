import { isUnavailable } from '../basics/errors.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import { handOver } from './process-webhook-events.ts'

/**
 * Decides what becomes of events when the job that they share has no attempt left. While the database is away the sweep
 * keeps them. Otherwise one of them is to blame, perhaps by ending every worker that takes it: each goes on by itself,
 * and only that one becomes a dead letter in the inbox.
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
