import type { AppliedWebhookEvent, ApplyDeps } from './apply-webhook-event.ts'
import { applyWebhookEvents, type Ending } from './apply-webhook-events.ts'

/**
 * Applies one stored event that failed in a job with others. Dedupe, state change and log entries are one transaction.
 * Safe to run any number of times, also at the same time: a second run finds the event processed or the meeting
 * changed, and decides again.
 */
export async function processWebhookEvent(
  deps: ApplyDeps,
  { webhookEventId }: { webhookEventId: string },
): Promise<AppliedWebhookEvent> {
  const endings: Ending[] = []
  await applyWebhookEvents(deps, [webhookEventId], (ending) => void endings.push(ending))
  const { webhookEventId: _, ...ending } = endings[0] as Ending
  if ('error' in ending) throw ending.error
  return ending
}
