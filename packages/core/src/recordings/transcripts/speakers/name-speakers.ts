import type { Clock } from '../../../basics/clock.ts'
import { fold } from '../../../rules/fold.ts'
import type { Speaker, TranscriptStore } from '../transcript-store.ts'

type Deps = { transcripts: Pick<TranscriptStore, 'speakers' | 'nameSpeakers'>; now: Clock }

export type NameSpeakersOutcome =
  | { outcome: 'named'; speakers: Speaker[] }
  /** Nothing was written. */
  | { outcome: 'unknown_speakers'; unknown: string[]; known: string[] }

/**
 * Names speakers of a meeting, in all versions of its transcript.
 * @param names by label; null takes a name back
 */
export async function nameSpeakers(
  { transcripts, now }: Deps,
  { meetingId, names }: { meetingId: string; names: Record<string, string | null> },
): Promise<NameSpeakersOutcome> {
  const known = (await transcripts.speakers(meetingId)).map(({ label }) => label)
  const unknown = Object.keys(names).filter((label) => !known.includes(label))
  if (unknown.length > 0) return { outcome: 'unknown_speakers', unknown, known }
  const given = Object.entries(names).map(([label, name]) => ({ label, name, foldedName: name && fold(name) }))
  await transcripts.nameSpeakers(meetingId, given, now())
  return { outcome: 'named', speakers: await transcripts.speakers(meetingId) }
}
