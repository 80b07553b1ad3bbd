import type { Speaker, TranscriptStore } from '../transcript-store.ts'
import { type ExportFormat, transcriptWriter } from './writers.ts'

const pageSize = 500

/** A transcript as a file, piece by piece, with speakers as users call them. No more than a page is in memory. */
export async function* exportTranscript(
  { transcripts }: { transcripts: Pick<TranscriptStore, 'utterances'> },
  { transcriptId, speakers, format }: { transcriptId: string; speakers: readonly Speaker[]; format: ExportFormat },
): AsyncGenerator<string> {
  const nameOf = new Map(speakers.map(({ label, name }) => [label, name ?? label]))
  const writer = transcriptWriter(format)
  yield writer.head
  for (let after = 0; ; ) {
    const page = await transcripts.utterances(transcriptId, after, pageSize)
    const shown = page.map((one) => ({ ...one, speaker: one.speaker && (nameOf.get(one.speaker) ?? one.speaker) }))
    yield shown.map((utterance) => writer.add(utterance)).join('')
    if (page.length < pageSize) break
    after = page.at(-1)?.seq ?? after
  }
  yield writer.end()
}
