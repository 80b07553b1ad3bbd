import type { LateAccess } from '../../meetings/sharing/sharing.ts'
import type { Platform } from '../../vendor/platform.ts'
import type { SearchQuery } from './search-query.ts'

/** `newest`: what was said last comes first. `best`: what matches best comes first. */
export const searchOrders = ['newest', 'best'] as const
export type SearchOrder = (typeof searchOrders)[number]

/** Which utterances are found. */
export type SearchFilter = {
  query: SearchQuery
  /** Folded. Either what the source calls the speaker, or the name that a user gave. */
  speaker?: string
  /** What was said at this time or later. */
  from?: Date
  /** What was said before this time. */
  to?: Date
  platform?: Platform
  /** Our id of the meeting, or the vendor's. */
  botId?: string
}

/** An utterance that matches, and the meeting in which it was said. */
export type Passage = {
  meetingId: string
  transcriptId: string
  version: number
  seq: number
  /** As the source calls the speaker. */
  originalSpeaker: string | null
  /** As users call the speaker. */
  speaker: string | null
  startMs: number
  endMs: number
  text: string
  language: string | null
  spokenAt: Date
  /** How well it matches; 0 when the newest come first. */
  rank: number
  platform: Platform
  /** The title of the user's calendar event; null without one. */
  title: string | null
  /** When the recording began, or else the bot's other times. */
  startedAt: Date
}

/** The last passage of a page; the next page begins after it. */
export type PassagePosition = Pick<Passage, 'rank' | 'spokenAt' | 'transcriptId' | 'seq'>

/** A search as one user sends it. */
export type Search = {
  userId: string
  /** What users see who came late to a bot. */
  lateAccess: LateAccess
  filter: SearchFilter
  order: SearchOrder
  after: PassagePosition | null
  limit: number
}

/** The search in all transcripts, in Postgres. */
export interface TranscriptSearch {
  /** Utterances of current transcripts that the user may see now, at most `limit`. */
  search(wanted: Search): Promise<Passage[]>
}
