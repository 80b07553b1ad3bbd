/** The results of a finished run: links, people, times. Final webhooks and bot details have the same fields. */
import type { Artifacts, CompletedFact } from '@seer/core/vendor/facts'
import { z } from 'zod'
import { instantOrNull } from '../wire/fields.ts'
import { people } from './people.ts'

/** A link to a file. API v1 sends an empty text when there is no file. */
export const linkOrNull = z
  .string()
  .max(8_192)
  .refine((text) => text === '' || isHttpUrl(text), { message: 'expected an http(s) URL' })
  .nullish()
  .transform((text) => text || null)

function isHttpUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text)
}

/** The fields of a final webhook or of bot details, under the vendor's names. Each may be missing. */
export const resultFields = {
  video: linkOrNull,
  /** The name of the video in the text of the vendor's webhook guide. */
  mp4: linkOrNull,
  audio: linkOrNull,
  diarization: linkOrNull,
  transcription: linkOrNull,
  raw_transcription: linkOrNull,
  /** Newer than SDK 6.0.5. */
  chat_messages: linkOrNull,
  participants: people,
  speakers: people,
  duration_seconds: z.number().min(0).nullish(),
  joined_at: instantOrNull,
  exited_at: instantOrNull,
}
const results = z.object(resultFields)

/** @param signedAt when the vendor made the links; used for links that do not say so themselves */
export function toResults(fields: z.output<typeof results>, signedAt: Date | null): Omit<CompletedFact, 'kind' | 'at'> {
  const artifacts: Artifacts = {
    video: fields.video ?? fields.mp4,
    audio: fields.audio,
    diarization: fields.diarization,
    transcription: fields.transcription,
    rawTranscription: fields.raw_transcription,
    chat: fields.chat_messages,
  }
  return {
    artifacts,
    artifactsExpireAt: expiryOf(artifacts, signedAt),
    participants: fields.participants.people,
    speakers: fields.speakers.people,
    durationSeconds: fields.duration_seconds ?? null,
    joinedAt: fields.joined_at,
    exitedAt: fields.exited_at,
  }
}

/** Links of API v2 live 4 hours (openapi-v2.json and the vendor's artifacts page). */
const linkLifeMs = 4 * 3_600_000

/** When the first link expires: by `X-Amz-Date` and `X-Amz-Expires` in a link, or else 4 hours after `signedAt`. */
export function expiryOf(artifacts: Artifacts, signedAt: Date | null): Date | null {
  const links = Object.values(artifacts).filter((link) => link !== null)
  const told = links.map(signedUntil).filter((at) => at !== null)
  if (told.length > 0) return new Date(Math.min(...told))
  return links.length > 0 && signedAt ? new Date(signedAt.getTime() + linkLifeMs) : null
}

function signedUntil(link: string): number | null {
  const query = new URL(link).searchParams
  const date = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(query.get('X-Amz-Date') ?? '')
  const seconds = Number(query.get('X-Amz-Expires') || Number.NaN)
  if (!date || !(seconds > 0 && seconds <= 604_800)) return null
  const [year, month, day, hour, minute, second] = date.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  return Date.UTC(year, month - 1, day, hour, minute, second) + seconds * 1_000
}
