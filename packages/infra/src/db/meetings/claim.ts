import type { CausedEntry } from '@seer/core/log/entry'
import type { Meeting } from '@seer/core/meetings/meeting'
import type { SharingScope } from '@seer/core/meetings/sharing/sharing'

/** A meeting for which somebody wants a bot. */
export type Claim = {
  meeting: Meeting
  entry: CausedEntry<'bot'>
  scope: SharingScope
  /** How many bots may join within 24 hours; null when no limit applies to the claim. */
  botsPerDay: number | null
}
