import { batchesOf } from '../basics/in-batches.ts'
import type { Inbox } from './inbox.ts'
import { eventsPerJob, handOver, type ProcessDeps, processWebhookEvents } from './process-webhook-events.ts'

type Deps = ProcessDeps & { inbox: Pick<Inbox, 'claimDue'> }

/** A claimed event is due again after this time, unless it has been applied by then. */
const againAfterMs = 120_000
/** An event that was claimed this often without effect may be ending its workers. It goes on in its own job. */
const claimsTogether = 3

/**
 * Applies all due events. Their jobs were lost, or gave up while the database was down. Events are claimed when this
 * job runs, not when the sweep enqueues it. So a standing queue does not collect jobs for events whose own jobs still
 * wait before this one.
 * @returns how many events were claimed
 */
export async function processDueWebhookEvents(
  deps: Deps,
  { signal }: { signal: AbortSignal },
): Promise<{ webhookEvents: number }> {
  let webhookEvents = 0
  const claim = () => {
    const now = deps.now()
    return deps.inbox.claimDue(now, new Date(now.getTime() + againAfterMs), eventsPerJob)
  }
  for await (const due of batchesOf(claim, { size: eventsPerJob, signal })) {
    const isTried = ({ round }: { round: number }) => round > claimsTogether
    await handOver(
      deps.queue,
      due.filter(isTried).map(({ id }) => id),
    )
    const webhookEventIds = due.filter((event) => !isTried(event)).map(({ id }) => id)
    await processWebhookEvents(deps, { webhookEventIds })
    webhookEvents += due.length
  }
  return { webhookEvents }
}
