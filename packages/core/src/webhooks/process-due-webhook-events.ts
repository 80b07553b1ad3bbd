import type { Inbox } from './inbox.ts'
import { eventsPerJob, handOver, type ProcessDeps, processWebhookEvents } from './process-webhook-events.ts'

type Deps = ProcessDeps & { inbox: Pick<Inbox, 'claimDue'> }

/** What is claimed now is due again after this time, unless it has been applied by then. */
const againAfterMs = 120_000
/** An event that was claimed so often without effect may be the one that ends its workers: it goes on by itself. */
const claimsTogether = 3

/**
 * Applies all events that are due: those whose jobs were lost, or gave up while the database was away. The claim comes
 * when this job has its turn, not when the sweep asks for it. So a queue that stands still gathers no jobs for events
 * whose own jobs still wait in front of this one.
 * @returns how many events were claimed
 */
export async function processDueWebhookEvents(
  deps: Deps,
  { signal }: { signal: AbortSignal },
): Promise<{ webhookEvents: number }> {
  let webhookEvents = 0
  for (;;) {
    signal.throwIfAborted()
    const now = deps.now()
    const due = await deps.inbox.claimDue(now, new Date(now.getTime() + againAfterMs), eventsPerJob)
    const isTried = ({ round }: { round: number }) => round > claimsTogether
    await handOver(
      deps.queue,
      due.filter(isTried).map(({ id }) => id),
    )
    const webhookEventIds = due.filter((event) => !isTried(event)).map(({ id }) => id)
    await processWebhookEvents(deps, { webhookEventIds })
    webhookEvents += due.length
    if (due.length < eventsPerJob) return { webhookEvents }
  }
}
