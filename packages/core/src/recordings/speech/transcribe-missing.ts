import { type Artifact, holdsWords, isOpen, isUnread } from '../artifact.ts'
import type { TranscriptSource } from '../transcripts/transcript.ts'
import { type PlaceDeps, placeOrder } from './place-order.ts'
import { audibleOf } from './speech-source.ts'

export type MissingDeps = PlaceDeps & {
  /** The service that makes missing transcripts; null when none should. */
  transcribeMissing: Exclude<TranscriptSource, 'vendor'> | null
  newId: () => string
}

/**
 * Orders a transcript for a recording that has none, because the vendor made none or a useless one. A meeting gets such
 * an order only once.
 * @param wereRead whether the vendor's transcription, if it is stored, was looked at
 */
export async function transcribeMissing(
  deps: MissingDeps,
  meetingId: string,
  { artifacts, wereRead }: { artifacts: readonly Artifact[]; wereRead: boolean },
): Promise<void> {
  const source = deps.transcribeMissing
  if (source === null || !audibleOf(artifacts) || mayHaveWords(artifacts, wereRead)) return
  const id = deps.newId()
  const options = { language: null, model: null }
  await placeOrder(deps, { id, meetingId, source, requestedBy: null, sealedKey: null, options }, { isFirst: true })
}

function mayHaveWords(artifacts: readonly Artifact[], wereRead: boolean): boolean {
  return artifacts.some((one) => (holdsWords(one.kind) && isOpen(one)) || (!wereRead && isUnread(one)))
}
