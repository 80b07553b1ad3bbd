import { isDeleted } from '../../meetings/deletion/data-deletion.ts'
import { isFinal, type Meeting } from '../../meetings/meeting.ts'
import { isOpen } from '../artifact.ts'
import type { Transcript } from './transcript.ts'

export type ChosenTranscript =
  | { outcome: 'found'; transcript: Transcript }
  /**
   * `meeting_goes_on`: there can be none before the end. `not_copied`: the vendor's file is still to be copied.
   * `being_made`: it will be there soon.
   */
  | { outcome: 'not_ready'; because: 'meeting_goes_on' | 'not_copied' | 'being_made' }
  | { outcome: 'failed'; transcript: Transcript }
  /**
   * `no_version`: there are others. `not_asked_for`, `not_made`: the vendor made none, and one can be made of the
   * recording. `nothing_recorded`: the bot has ended, and there is nothing to make one of.
   */
  | { outcome: 'none'; because: 'no_version' | 'not_asked_for' | 'not_made' | 'nothing_recorded' | 'deleted' }

type Chosen = Pick<Meeting, 'state' | 'artifacts' | 'delivery' | 'deletion' | 'botConfig'>

/**
 * The transcript that somebody reads, or why there is none.
 * @param versions all of the meeting's
 * @param version the one that is asked for; null for the current one
 */
export function chooseTranscript(
  meeting: Chosen,
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
  return withoutVersion(meeting)
}

/** What becomes of the vendor's transcription. Before the first grade only its link tells. */
function withoutVersion(meeting: Chosen): ChosenTranscript {
  const { artifacts, delivery } = meeting
  if (!delivery) {
    const hasLink = artifacts?.transcription || artifacts?.rawTranscription
    return hasLink ? { outcome: 'not_ready', because: 'being_made' } : { outcome: 'none', because: whyNone(meeting) }
  }
  const { transcription, raw_transcription: raw } = delivery.facts.artifacts
  const states = [transcription, raw]
  if (states.some((state) => state !== null && isOpen({ state })))
    return { outcome: 'not_ready', because: 'not_copied' }
  // A stored file is read within seconds. If it turned out to be no transcript, the grade says so.
  const isRead = delivery.reasons.includes('transcription_failed') || delivery.facts.words !== null
  if (states.includes('stored') && !isRead) return { outcome: 'not_ready', because: 'being_made' }
  return { outcome: 'none', because: whyNone(meeting) }
}

function whyNone({ delivery, botConfig }: Chosen): 'not_asked_for' | 'not_made' | 'nothing_recorded' {
  const { audio = null, video = null } = delivery?.facts.artifacts ?? {}
  const isAudible = [audio, video].some((state) => state !== null && (state === 'stored' || isOpen({ state })))
  if (!isAudible) return 'nothing_recorded'
  return botConfig.speechToText ? 'not_made' : 'not_asked_for'
}
