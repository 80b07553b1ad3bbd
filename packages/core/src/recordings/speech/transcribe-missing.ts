import type { Clock } from '../../basics/clock.ts'
import type { JobQueue } from '../../jobs/job-queue.ts'
import { type Artifact, holdsWords, isOpen } from '../artifact.ts'
import type { TranscriptSource } from '../transcripts/transcript.ts'
import type { SpeechOrderStore } from './speech-orders.ts'
import { audibleOf } from './speech-source.ts'

export type MissingDeps = {
  /** The service that makes missing transcripts; null when none should. */
  transcribeMissing: Exclude<TranscriptSource, 'vendor'> | null
  speechOrders: Pick<SpeechOrderStore, 'order'>
  queue: Pick<JobQueue, 'wake'>
  newId: () => string
  now: Clock
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
  const order = { id, meetingId, source, sourceKey: `order ${id}`, requestedBy: null, sealedKey: null }
  const options = { language: null, model: null }
  const { outcome } = await deps.speechOrders.order({ ...order, options, createdAt: deps.now() }, true)
  if (outcome === 'ordered') await deps.queue.wake([{ name: 'retranscribe', payload: { transcriptId: id } }])
}

function mayHaveWords(artifacts: readonly Artifact[], wereRead: boolean): boolean {
  const words = artifacts.filter(({ kind }) => holdsWords(kind))
  return words.some((one) => isOpen(one) || (one.state === 'stored' && !wereRead && !one.settled))
}
