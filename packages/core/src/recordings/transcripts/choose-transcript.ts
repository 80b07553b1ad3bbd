import { isDeleted } from '../../meetings/deletion/data-deletion.ts'
import type { ArtifactState } from '../../meetings/delivery/delivery.ts'
import { isFinal, type Meeting } from '../../meetings/meeting.ts'
import { isOpen } from '../artifact.ts'
import type { Transcript } from './transcript.ts'

export type ChosenTranscript =
  | { outcome: 'found'; transcript: Transcript }
  /** `meeting_goes_on`: there can be none before the end. `being_made`: the end has come, and it will be there soon. */
  | { outcome: 'not_ready'; because: 'meeting_goes_on' | 'being_made' }
  | { outcome: 'failed'; transcript: Transcript }
  /** `no_version`: there are others. `nothing_recorded`: the bot has ended and left nothing to make one of. */
  | { outcome: 'none'; because: 'no_version' | 'nothing_recorded' | 'deleted' }

/**
 * The transcript that somebody reads, or why there is none.
 * @param versions all of the meeting's
 * @param version the one that is asked for; null for the current one
 */
export function chooseTranscript(
  meeting: Pick<Meeting, 'state' | 'artifacts' | 'delivery' | 'deletion'>,
  versions: readonly Transcript[],
  version: number | null,
): ChosenTranscript {
  if (isDeleted(meeting, 'transcripts')) return { outcome: 'none', because: 'deleted' }
  const newest = versions.toSorted((a, b) => b.version - a.version)
  const wanted = version === null ? newest : newest.filter((one) => one.version === version)
  const complete = wanted.find((one) => (version === null ? one.isCurrent : one.state === 'complete'))
  if (complete) return { outcome: 'found', transcript: complete }
  const [last] = wanted
  if (last?.state === 'making') return { outcome: 'not_ready', because: 'being_made' }
  if (last) return { outcome: 'failed', transcript: last }
  if (versions.length > 0) return { outcome: 'none', because: 'no_version' }
  if (!isFinal(meeting.state)) return { outcome: 'not_ready', because: 'meeting_goes_on' }
  return isComing(meeting)
    ? { outcome: 'not_ready', because: 'being_made' }
    : { outcome: 'none', because: 'nothing_recorded' }
}

/** Whether a transcription of the vendor may still become a transcript. Before the first grade only its link tells. */
function isComing({ artifacts, delivery }: Pick<Meeting, 'artifacts' | 'delivery'>): boolean {
  if (!delivery) return Boolean(artifacts?.transcription || artifacts?.rawTranscription)
  const { transcription, raw_transcription: raw } = delivery.facts.artifacts
  // A stored file is read within seconds. If it turned out to be no transcript, the grade says so.
  const isRead = delivery.reasons.includes('transcription_failed') || delivery.facts.words !== null
  const mayCome = (state: ArtifactState | null) =>
    state !== null && (isOpen({ state }) || (state === 'stored' && !isRead))
  return mayCome(transcription) || mayCome(raw)
}
