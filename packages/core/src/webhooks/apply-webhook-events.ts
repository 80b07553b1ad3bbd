import { RetryableError } from '../basics/errors.ts'
import { type AppliedWebhookEvent, type ApplyDeps, applyWebhookEvent } from './apply-webhook-event.ts'
import type { LoadedInboxEvent } from './inbox.ts'

/** How one event of several ended. `error` says why it could not be applied. */
export type Ending = { webhookEventId: string } & (AppliedWebhookEvent | { error: unknown })

/** How often an event may find that its meeting was changed by somebody else meanwhile. */
const conflictsAtMost = 20

type Loaded = { webhookEventId: string; loaded: LoadedInboxEvent | null }

/**
 * Applies events in turns. In each turn every meeting has one event, the one that came first: all are loaded at once,
 * decided, and written at once, which the inbox makes one statement each. The next event of a meeting is decided in the
 * next turn, on what the first one left; so is one whose meeting was changed by somebody else. An event that fails leaves
 * the others alone.
 * @param onEnded told of each event as soon as it has ended
 */
export async function applyWebhookEvents(
  deps: ApplyDeps,
  webhookEventIds: readonly string[],
  onEnded: (ending: Ending) => void,
): Promise<void> {
  const conflicts = new Map<string, number>()

  async function load(webhookEventId: string): Promise<Loaded | null> {
    try {
      return { webhookEventId, loaded: await deps.inbox.load(webhookEventId) }
    } catch (error) {
      onEnded({ webhookEventId, error })
      return null
    }
  }

  /** @returns whether the event must have another turn */
  async function apply({ webhookEventId, loaded }: Loaded): Promise<boolean> {
    try {
      const applied = await applyWebhookEvent(deps, loaded)
      if (applied) onEnded({ webhookEventId, ...applied })
      else countConflict(conflicts, webhookEventId)
      return applied === null
    } catch (error) {
      onEnded({ webhookEventId, error })
      return false
    }
  }

  let open = [...new Set(webhookEventIds)]
  while (open.length > 0) {
    const loaded = await Promise.all(open.map(load))
    const { turn, later } = firstOfEachMeeting(loaded.filter((each) => each !== null))
    const mustRepeat = await Promise.all(turn.map(apply))
    const again = turn.filter((_, i) => mustRepeat[i]).map(({ webhookEventId }) => webhookEventId)
    open = [...again, ...later]
  }
}

/** @throws RetryableError SERVICE_UNAVAILABLE when it has happened too often */
function countConflict(conflicts: Map<string, number>, webhookEventId: string): void {
  const count = (conflicts.get(webhookEventId) ?? 0) + 1
  conflicts.set(webhookEventId, count)
  if (count === conflictsAtMost) {
    throw new RetryableError('SERVICE_UNAVAILABLE', { detail: 'The meeting of this event changed too often.' })
  }
}

/** Events that are about no meeting of ours take no turns. */
function firstOfEachMeeting(events: Loaded[]): { turn: Loaded[]; later: string[] } {
  const receivedAt = ({ loaded }: Loaded) => loaded?.event.receivedAt.getTime() ?? 0
  const turns = new Map<string, Loaded>()
  const later: string[] = []
  for (const each of events.toSorted((a, b) => receivedAt(a) - receivedAt(b))) {
    const key = each.loaded?.meeting?.id ?? each.webhookEventId
    if (turns.has(key)) later.push(each.webhookEventId)
    else turns.set(key, each)
  }
  return { turn: [...turns.values()], later }
}
