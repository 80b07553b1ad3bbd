import type { Clock } from '../../basics/clock.ts'
import type { ArtifactKind } from '../../vendor/artifact-kinds.ts'
import { type Artifact, isOpen } from '../artifact.ts'
import { type GradeDeps, gradeDelivery } from '../delivery/grade-delivery.ts'
import type { Storage } from '../storage.ts'
import type { NotATranscript } from './formats/read-outcome.ts'
import { readVendorFiles } from './formats/vendor-files.ts'
import { storeTranscript } from './store-transcript.ts'
import type { TranscriptStore } from './transcript-store.ts'

type Deps = GradeDeps & {
  transcripts: Pick<TranscriptStore, 'begin' | 'complete'>
  storage: Pick<Storage, 'read'>
  newId: () => string
  now: Clock
}

export type ReadTranscriptOutcome =
  | 'stored'
  | 'already_stored'
  | 'no_meeting'
  | 'no_transcription'
  | 'waiting'
  | NotATranscript

/** A file is read whole. The transcription of a whole day of talk has about 60 MB. */
const mostBytes = 256e6

/**
 * Makes the vendor's transcription the transcript of a meeting, from the copies in our storage. The raw transcription
 * stands in when there is no other, and the diarisation names the speakers then. Then the delivery is graded with it.
 */
export async function readTranscript(deps: Deps, { meetingId }: { meetingId: string }): Promise<ReadTranscriptOutcome> {
  const outcome = await readAndStore(deps, meetingId)
  await gradeDelivery(deps, meetingId, { wereRead: true })
  return outcome
}

async function readAndStore(deps: Deps, meetingId: string): Promise<ReadTranscriptOutcome> {
  const artifacts = await deps.artifacts.of(meetingId)
  const of = (kind: ArtifactKind) => artifacts.find((artifact) => artifact.kind === kind)
  const [transcription, raw, diarization] = [of('transcription'), of('raw_transcription'), of('diarization')]
  const source = [transcription, raw].find(isReadable)
  // The better file may still come.
  if (source !== transcription && transcription && isOpen(transcription)) return 'waiting'
  if (!source) return 'no_transcription'
  const read = readVendorFiles({
    transcription: await textOf(deps.storage, transcription),
    rawTranscription: await textOf(deps.storage, raw),
    diarization: await textOf(deps.storage, diarization),
  })
  if (read.outcome === 'not_a_transcript') return read.reason
  const order = {
    meetingId,
    source: 'vendor' as const,
    sourceKey: source.sha256 as string,
    transcript: read.transcript,
  }
  return (await storeTranscript(deps, order)).outcome
}

function isReadable(artifact: Artifact | undefined): artifact is Artifact {
  return artifact?.state === 'stored' && (artifact.bytes ?? 0) <= mostBytes
}

/** The whole text of a stored file; null for one that is not stored, or too large for any transcript. */
export async function textOf(storage: Deps['storage'], artifact: Artifact | undefined): Promise<string | null> {
  if (!isReadable(artifact)) return null
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of await storage.read(artifact.storageKey as string))
    text += decoder.decode(chunk, { stream: true })
  return text + decoder.decode()
}
