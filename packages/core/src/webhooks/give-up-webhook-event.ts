import type { Clock } from '../basics/clock.ts'
import { RetryableError } from '../basics/errors.ts'
import type { Inbox } from './inbox.ts'

type Deps = { inbox: Pick<Inbox, 'load' | 'saveFailed'>; now: Clock }

/** So long an event is tried whose processing fails for reasons that may pass; most of what it tells is old news by then. */
const triedForMs = 24 * 3_600_000

/**
 * Decides what becomes of an event when its job has no attempt left. It was acknowledged, so what may still succeed stays
 * with the sweep, which finds its row due within two minutes. Only what cannot succeed becomes a dead letter, and what has
 * failed for a day.
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
    // Where the row cannot be read or written either, it is as it was, and due.
    if (problem instanceof RetryableError) return 'left_to_sweep'
    throw problem
  }
}

async function isOldNews(inbox: Pick<Inbox, 'load'>, webhookEventId: string, now: Date): Promise<boolean> {
  const receivedAt = (await inbox.load(webhookEventId))?.event.receivedAt
  return receivedAt !== undefined && now.getTime() - receivedAt.getTime() > triedForMs
}
