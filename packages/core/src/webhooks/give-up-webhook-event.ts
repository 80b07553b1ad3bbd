import type { Clock } from '../basics/clock.ts'
import { RetryableError } from '../basics/errors.ts'
import type { Inbox } from './inbox.ts'

type Deps = { inbox: Pick<Inbox, 'load' | 'saveFailed'>; now: Clock }

/** How long an event is tried while its failures may be temporary. Later, most of it is old news. */
const triedForMs = 24 * 3_600_000

/**
 * Decides what becomes of an event when its job has no attempt left. The event was acknowledged, so while it may still
 * succeed the sweep keeps it: its row is due within two minutes. It becomes a dead letter only if it cannot succeed, or
 * has failed for a day.
 */
export async function giveUpWebhookEvent(
  { inbox, now }: Deps,
  { webhookEventId }: { webhookEventId: string },
  error: Error,
): Promise<'left_to_sweep' | 'dead_letter'> {
  try {
    if (error instanceof RetryableError && !(await isOldNews(inbox, webhookEventId, now()))) return 'left_to_sweep'
    await inbox.saveFailed(webhookEventId, error.message)
    return 'dead_letter'
  } catch (problem) {
    // If the row cannot be read or written, it is unchanged and due.
    if (problem instanceof RetryableError) return 'left_to_sweep'
    throw problem
  }
}

async function isOldNews(inbox: Pick<Inbox, 'load'>, webhookEventId: string, now: Date): Promise<boolean> {
  const receivedAt = (await inbox.load(webhookEventId))?.event.receivedAt
  return receivedAt !== undefined && now.getTime() - receivedAt.getTime() > triedForMs
}
