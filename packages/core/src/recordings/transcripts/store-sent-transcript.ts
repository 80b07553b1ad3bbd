import { createHash } from 'node:crypto'
import type { NotATranscript } from './formats/read-outcome.ts'
import { readV1Transcript } from './formats/v1-transcript.ts'
import { type StoreDeps, storeTranscript } from './store-transcript.ts'
import type { Transcript } from './transcript.ts'
import type { TranscriptStore } from './transcript-store.ts'

export type SentDeps = StoreDeps & { transcripts: Pick<TranscriptStore, 'list'> }

export type SentTranscript = {
  meetingId: string
  /** As the webhook has it. */
  content: unknown
  receivedAt: Date
}

export type StoreSentOutcome = 'stored' | 'already_stored' | 'no_meeting' | 'not_newer' | NotATranscript

/**
 * Stores the transcript that a webhook of v1 carries inside. The same words again, in whatever webhook, are the same
 * transcript. A webhook tells what the run itself delivered. So one that comes after the transcript was made from files
 * or made again is not stored, because as the newest version it would become the current one.
 */
export async function storeSentTranscript(
  deps: SentDeps,
  { meetingId, content, receivedAt }: SentTranscript,
): Promise<StoreSentOutcome> {
  const read = readV1Transcript(content)
  if (read.outcome === 'not_a_transcript') return read.reason
  const versions = await deps.transcripts.list(meetingId)
  if (versions.some((version) => isNewer(version, receivedAt))) return 'not_newer'
  const sourceKey = sentKey + createHash('sha256').update(JSON.stringify(content)).digest('hex')
  const order = { meetingId, source: 'vendor' as const, sourceKey, transcript: read.transcript, createdAt: receivedAt }
  return (await storeTranscript(deps, order)).outcome
}

const sentKey = 'webhook '

function isNewer({ sourceKey, state, createdAt }: Transcript, receivedAt: Date): boolean {
  return state !== 'failed' && (!sourceKey.startsWith(sentKey) || createdAt > receivedAt)
}
