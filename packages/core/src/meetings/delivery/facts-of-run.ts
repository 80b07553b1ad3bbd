import type { ArtifactKind } from '../../vendor/artifact-kinds.ts'
import type { BotResults, BotRun, OrderedBot } from '../meeting.ts'
import type { Delivery, DeliveryFacts } from './delivery.ts'
import { grade } from './grade.ts'

type Run = OrderedBot & BotRun & BotResults

/** What a run tells of its delivery while there are no files. */
export function factsOfRun(run: Run): DeliveryFacts {
  return {
    artifacts: {
      video: null,
      audio: null,
      transcription: null,
      raw_transcription: null,
      diarization: null,
      chat: null,
    },
    videoWanted: isWanted(run, 'video'),
    transcriptWanted: isWanted(run, 'transcription'),
    presenceSeconds: presenceOf(run),
    videoSeconds: null,
    audioSeconds: null,
    videoReadable: true,
    audioReadable: true,
    videoWhole: true,
    audioWhole: true,
    transcriptionUnread: false,
    audioBytesPerMinute: null,
    words: null,
    speakers: null,
    people: run.participants?.length ?? null,
  }
}

/** Whether the bot was ordered to make such a file. */
export function isWanted({ botConfig }: OrderedBot, kind: ArtifactKind): boolean {
  if (kind === 'video') return botConfig.recordingMode !== 'audio_only'
  return botConfig.speechToText || (kind !== 'transcription' && kind !== 'raw_transcription')
}

/** The vendor's own duration counts first: it leaves out pauses. */
function presenceOf({ durationSeconds, recordingStartedAt, exitedAt }: Run): number | null {
  if (durationSeconds !== null) return durationSeconds
  if (!recordingStartedAt || !exitedAt) return null
  return Math.max(0, (exitedAt.getTime() - recordingStartedAt.getTime()) / 1_000)
}

/** Whether there is, or may be, something of a run that has ended. A bot that was never let in leaves nothing. */
export function mayHaveFiles({ artifacts, recordingStartedAt, state }: BotRun & BotResults): boolean {
  return artifacts !== null || recordingStartedAt !== null || state === 'completed'
}

/** The grade of a run that left nothing. */
export function nothingDelivered(run: Run): Delivery {
  return grade(factsOfRun(run))
}
