import type { CausedEntry } from '@seer/core/log/entry'
import type { Meeting } from '@seer/core/meetings/meeting'
import type { BookingTerms } from '@seer/core/meetings/meeting-store'

/** A meeting for which somebody wants a bot. */
export type Claim = { meeting: Meeting; entry: CausedEntry<'bot'>; terms: BookingTerms }
