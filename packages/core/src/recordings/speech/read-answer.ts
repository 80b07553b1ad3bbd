import type { ArtifactStore } from '../custody/artifact-store.ts'
import type { Storage } from '../storage.ts'
import { readDeepgram } from '../transcripts/formats/deepgram.ts'
import { readOpenai } from '../transcripts/formats/openai.ts'
import type { ReadOutcome } from '../transcripts/formats/read-outcome.ts'
import { readVendorFiles } from '../transcripts/formats/vendor-files.ts'
import { textOf } from '../transcripts/read-transcript.ts'
import { mergeSpeakers } from '../transcripts/speakers/merge-speakers.ts'
import { readDiarization } from '../transcripts/speakers/read-diarization.ts'
import type { TranscriptSource } from '../transcripts/transcript.ts'

type Deps = { artifacts: Pick<ArtifactStore, 'of'>; storage: Pick<Storage, 'read'> }
type Answer = { source: TranscriptSource; meetingId: string; content: unknown }

/**
 * Reads the answer of a speech service. Services that only listen cannot know names. They come from the vendor's
 * diarisation, which saw who spoke.
 */
export async function readAnswer(deps: Deps, { source, meetingId, content }: Answer): Promise<ReadOutcome> {
  const diarization = (await deps.artifacts.of(meetingId)).find(({ kind }) => kind === 'diarization')
  const turns = await textOf(deps.storage, diarization)
  if (source === 'vendor') {
    return readVendorFiles({ transcription: String(content), rawTranscription: null, diarization: turns })
  }
  const read = source === 'deepgram' ? readDeepgram(content) : readOpenai(content)
  if (read.outcome !== 'read' || turns === null) return read
  const utterances = mergeSpeakers(read.transcript.utterances, readDiarization(turns))
  return { ...read, transcript: { ...read.transcript, utterances } }
}
