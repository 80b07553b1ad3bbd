import type { Bot } from '../bots/bot.ts'
import { type Artifact, artifactFiles, artifacts } from '../bots/results.ts'
import type { Presigner } from './presign.ts'

export type SignedArtifacts = Record<Artifact, string | null>

/** One screenshot for this many recorded seconds. The vendor only says "periodically". */
const screenshotEverySeconds = 30

/** Whether the bot has this file now. */
export function hasArtifact(bot: Bot, artifact: Artifact): boolean {
  if (bot.artifactsDeleted || !bot.recording.available) return false
  if (bot.plan.results.files[artifact] === 'missing') return false
  if (artifact === 'video') return bot.config.recording_mode !== 'audio_only'
  if (artifact === 'transcription' || artifact === 'raw_transcription') return bot.recording.transcribed
  return true
}

/** Fresh URLs of all files of the bot; null for files that it does not have. `now` is virtual ms. */
export function signArtifacts(bot: Bot, presigner: Presigner, now: number): SignedArtifacts {
  const signed = artifacts.map((name) => {
    return [name, hasArtifact(bot, name) ? presigner.sign(pathOf(bot, name), now) : null]
  })
  return Object.fromEntries(signed)
}

/** Where a file is, without the signature. */
export const pathOf = (bot: Bot, artifact: Artifact): string => `/files/${bot.id}/${artifactFiles[artifact]}`

/** How many screenshots the bot took. None on Zoom and none without video (openapi-v2.json, getBotScreenshots). */
export function screenshotCount(bot: Bot, recordedSeconds: number | null): number {
  if (bot.artifactsDeleted || bot.platform === 'zoom' || bot.config.recording_mode === 'audio_only') return 0
  return Math.floor((recordedSeconds ?? 0) / screenshotEverySeconds)
}
