import type { CausedEntry } from '@seer/core/log/entry'
import type { Meeting } from '@seer/core/meetings/meeting'
import type { SharingScope } from '@seer/core/meetings/sharing/sharing'

/** A meeting that somebody wants to have a bot. */
export type Claim = {
  meeting: Meeting
  entry: CausedEntry<'bot'>
  scope: SharingScope
  /** Bots that may join within 24 hours; null for a claim that no limit holds back. */
  botsPerDay: number | null
}
