/** Grades what a finished run delivered. Pure: the same facts always give the same grade, and the facts are shown. */
import type { ArtifactKind } from '../../vendor/artifact-kinds.ts'
import { type Delivery, type DeliveryFacts, type DeliveryGrade, type DeliveryReason, isOpenState } from './delivery.ts'

/**
 * A minute of speech takes about 800 kB in the vendor's FLAC files (16 kHz, mono), a minute of silence about 5 kB. So
 * audio below this is silent, or close to it.
 */
const silentBytesPerMinute = 60_000
/** A shorter file is not measured: its header weighs too much. */
const measuredFromSeconds = 10
/** Files may lack the seconds in which the recording started and stopped. */
const toleratedSeconds = 60
const toleratedShare = 0.8
/** One voice in a few words is no sign of lost speakers. */
const suspiciousFromWords = 50

export function grade(facts: DeliveryFacts): Delivery {
  const reasons = reasonsOf(facts)
  return { grade: gradeOf(facts, reasons), reasons, facts }
}

/**
 * Grades a run again. After a deletion the grade stays: it says what was delivered, and what is gone now was there.
 * Otherwise retention would turn every old meeting into one that somebody should look at.
 * @param isDeleted whether a part of it is deleted that the states of the files do not show
 */
export function gradeAgain(before: Delivery | null, facts: DeliveryFacts, isDeleted = false): Delivery {
  const isGone = isDeleted || Object.values(facts.artifacts).some((state) => state === 'deleted')
  if (!isGone || before === null || before.reasons.includes('not_stored_yet')) return grade(facts)
  const reasons = before.reasons.filter((reason) => reason !== 'data_deleted')
  return { grade: before.grade, reasons: [...reasons, 'data_deleted'], facts }
}

function reasonsOf(facts: DeliveryFacts): DeliveryReason[] {
  const states = Object.values(facts.artifacts)
  if (states.some((state) => state === 'deleted')) return ['data_deleted']
  if (states.every((state) => state === null)) return ['never_recorded']
  const checks: [boolean, DeliveryReason][] = [
    [isOutstanding(facts), 'not_stored_yet'],
    [facts.videoWanted && isLost(facts, 'video'), 'no_video_file'],
    [isLost(facts, 'audio'), 'no_audio_file'],
    [isStored(facts, 'video') && !facts.videoReadable, 'unreadable_video'],
    [isStored(facts, 'audio') && !facts.audioReadable, 'unreadable_audio'],
    [isStored(facts, 'video') && !facts.videoWhole, 'truncated_video'],
    [isStored(facts, 'audio') && !facts.audioWhole, 'truncated_audio'],
    [isSilent(facts), 'silent_audio'],
    [isShort(facts), 'shorter_than_presence'],
    [facts.transcriptWanted && facts.words === null && isTranscriptLost(facts), 'transcription_failed'],
    [facts.words === 0, 'no_words'],
    [isOneOfMany(facts), 'one_speaker_of_many'],
  ]
  return checks.flatMap(([holds, reason]) => (holds ? [reason] : []))
}

function gradeOf(facts: DeliveryFacts, reasons: readonly DeliveryReason[]): DeliveryGrade {
  if (reasons.length === 0) return 'good'
  if (reasons.includes('not_stored_yet')) return 'partial'
  const hasMedia = isStored(facts, 'video') || (isStored(facts, 'audio') && !reasons.includes('silent_audio'))
  const hasWords = facts.words !== null && facts.words > 0
  // A bot that was let in and heard nothing: the picture shows a meeting, and nobody can say what was said.
  const isDeaf = reasons.includes('silent_audio') && facts.words === 0
  return (hasMedia || hasWords) && !isDeaf ? 'partial' : 'empty'
}

const isStored = ({ artifacts }: DeliveryFacts, kind: ArtifactKind): boolean => artifacts[kind] === 'stored'

/** A transcription that nobody has read yet says as little about the words as one that is still to be copied. */
function isOutstanding({ artifacts, transcriptionUnread }: DeliveryFacts): boolean {
  const isAnyOpen = Object.values(artifacts).some((state) => state !== null && isOpenState(state))
  return isAnyOpen || transcriptionUnread
}

/** There is no such file, and none will come. */
function isLost({ artifacts }: DeliveryFacts, kind: ArtifactKind): boolean {
  return artifacts[kind] === 'missing' || artifacts[kind] === 'expired' || artifacts[kind] === null
}

/** The raw transcription stands in for the other. */
function isTranscriptLost({ artifacts, transcriptionUnread }: DeliveryFacts): boolean {
  const states = [artifacts.transcription, artifacts.raw_transcription]
  return !transcriptionUnread && !states.some((state) => state !== null && isOpenState(state))
}

function isSilent({ audioBytesPerMinute, audioSeconds }: DeliveryFacts): boolean {
  if (audioBytesPerMinute === null || (audioSeconds ?? 0) < measuredFromSeconds) return false
  return audioBytesPerMinute < silentBytesPerMinute
}

function isShort({ videoSeconds, audioSeconds, presenceSeconds }: DeliveryFacts): boolean {
  const longest = Math.max(videoSeconds ?? 0, audioSeconds ?? 0)
  if (longest === 0 || presenceSeconds === null) return false
  return longest < presenceSeconds * toleratedShare && presenceSeconds - longest > toleratedSeconds
}

function isOneOfMany({ words, speakers, people }: DeliveryFacts): boolean {
  return speakers === 1 && (people ?? 0) >= 2 && (words ?? 0) >= suspiciousFromWords
}
