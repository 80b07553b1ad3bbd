import { untilWritten } from '../basics/change-row.ts'
import { type AppliedWebhookEvent, type ApplyDeps, applyWebhookEvent } from './apply-webhook-event.ts'
import type { LoadedInboxEvent } from './inbox.ts'

/** How one of several events ended. `error` says why it could not be applied. */
export type Ending = { webhookEventId: string } & (AppliedWebhookEvent | { error: unknown })

type Loaded = { webhookEventId: string; loaded: LoadedInboxEvent | null }

/**
 * Applies events in turns. A turn has one event for each meeting, the first one. All are loaded at once, decided, and
 * written at once, with one statement for each step. The next event of a meeting is decided in the next turn, on what
 * the first one left. If somebody else changed a meeting meanwhile, its event is loaded and decided again. An event
 * that fails does not affect the others.
 * @param onEnded called for each event as soon as it has ended
 */
export async function applyWebhookEvents(
  deps: ApplyDeps,
  webhookEventIds: readonly string[],
  onEnded: (ending: Ending) => void,
): Promise<void> {
  async function load(webhookEventId: string): Promise<Loaded | null> {
    try {
      return { webhookEventId, loaded: await deps.inbox.load(webhookEventId) }
    } catch (error) {
      onEnded({ webhookEventId, error })
      return null
    }
  }

  async function apply({ webhookEventId, loaded }: Loaded): Promise<void> {
    try {
      const applied = await untilWritten('The meeting of this event', async (attemptsBefore) => {
        const current = attemptsBefore === 0 ? loaded : await deps.inbox.load(webhookEventId)
        return (await applyWebhookEvent(deps, current)) ?? 'overtaken'
      })
      onEnded({ webhookEventId, ...applied })
    } catch (error) {
      onEnded({ webhookEventId, error })
    }
  }

  let open = [...new Set(webhookEventIds)]
  while (open.length > 0) {
    const loaded = await Promise.all(open.map(load))
    const { turn, later } = firstOfEachMeeting(loaded.filter((each) => each !== null))
    await Promise.all(turn.map(apply))
    open = later
  }
}

/** Events about no meeting of ours need no turns. */
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
