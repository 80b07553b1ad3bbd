import type { Bot } from '../bots/bot.ts'
import type { Presigner } from './presign.ts'

/** File names in the artifact URLs, by the field of bot details that holds the URL. */
export const artifactFiles = {
  video: 'output.mp4',
  audio: 'output.flac',
  diarization: 'diarization.jsonl',
  raw_transcription: 'raw_transcription.json',
  transcription: 'output_transcription.json',
  chat_messages: 'chat_messages.json',
} as const
export type Artifact = keyof typeof artifactFiles

export type SignedArtifacts = Record<Artifact, string | null>

/** One screenshot for this many recorded seconds. The vendor only says "periodically". */
const screenshotEverySeconds = 30

/** Whether the bot has this file now. */
export function hasArtifact(bot: Bot, artifact: Artifact): boolean {
  if (bot.artifactsDeleted || !bot.recording.available) return false
  if (artifact === 'video') return bot.config.recording_mode !== 'audio_only'
  if (artifact === 'transcription' || artifact === 'raw_transcription') return bot.recording.transcribed
  return true
}

/** Fresh URLs of all files of the bot; null for files that it does not have. `now` is virtual ms. */
export function signArtifacts(bot: Bot, presigner: Presigner, now: number): SignedArtifacts {
  const names = Object.keys(artifactFiles) as Artifact[]
  const signed = names.map((name) => {
    const path = `/files/${bot.id}/${artifactFiles[name]}`
    return [name, hasArtifact(bot, name) ? presigner.sign(path, now) : null]
  })
  return Object.fromEntries(signed)
}

/** How many screenshots the bot took. None on Zoom and none without video (openapi-v2.json, getBotScreenshots). */
export function screenshotCount(bot: Bot, recordedSeconds: number | null): number {
  if (bot.artifactsDeleted || bot.platform === 'zoom' || bot.config.recording_mode === 'audio_only') return 0
  return Math.floor((recordedSeconds ?? 0) / screenshotEverySeconds)
}
