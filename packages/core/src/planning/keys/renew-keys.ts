import { batchesOf } from '../../basics/in-batches.ts'
import { type ChangeDeps, changeMeeting } from '../../meetings/change-meeting.ts'
import { parseMeetingUrl } from '../../meetings/link/meeting-url.ts'
import { isFinal } from '../../meetings/meeting.ts'
import type { MeetingStore, StoredKey } from '../../meetings/meeting-store.ts'

type Deps = ChangeDeps & { meetings: Pick<MeetingStore, 'listKeys'> }

const batchSize = 1_000

/**
 * Writes the join keys of all bots that are not over, as links are read now. An upgrade may change how links are read,
 * but claims and plans find other users' bots by the stored keys. Without this, a user who joins a gathering after an
 * upgrade would get a second bot, beside one that was ordered by hand or whose calendar is not synced any more.
 */
export async function renewKeys(deps: Deps, signal: AbortSignal): Promise<void> {
  const load = (after: StoredKey | null) => deps.meetings.listKeys(after, batchSize)
  for await (const batch of batchesOf(load, { size: batchSize, signal })) {
    for (const { id, joinUrl, joinKey: stored } of batch) {
      const joinKey = parseMeetingUrl(joinUrl)?.joinKey ?? stored
      if (joinKey !== stored) await writeKey(deps, { meetingId: id, stored, joinKey })
    }
  }
}

/** A bot that is not over, the join key that its row holds, and what its link is read as now. */
export type StaleKey = { meetingId: string; stored: string; joinKey: string }

/** Writes a key as it is read now, unless the bot has ended or moved meanwhile. */
export async function writeKey(deps: ChangeDeps, { meetingId, stored, joinKey }: StaleKey): Promise<void> {
  await changeMeeting(deps, meetingId, 'worker', (before) => {
    const isStale = before.joinKey === stored && !isFinal(before.state)
    return isStale ? { next: { ...before, joinKey }, entries: [] } : null
  })
}
