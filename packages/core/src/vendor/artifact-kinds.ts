import type { Artifacts } from './facts.ts'

/** The files that a bot run may leave behind at the vendor (its page on artifacts). */
export const artifactKinds = ['video', 'audio', 'transcription', 'raw_transcription', 'diarization', 'chat'] as const
export type ArtifactKind = (typeof artifactKinds)[number]

/** The link to a kind of file among the vendor's links. */
export function linkOf(artifacts: Artifacts | null, kind: ArtifactKind): string | null {
  if (kind === 'raw_transcription') return artifacts?.rawTranscription ?? null
  return artifacts?.[kind] ?? null
}

/** How the names of the files end. */
export const fileExtensions: Record<ArtifactKind, string> = {
  video: 'mp4',
  audio: 'flac',
  transcription: 'json',
  raw_transcription: 'json',
  diarization: 'jsonl',
  chat: 'json',
}

/** The content types of the vendor's files, by its page on artifacts. Its servers do not always send them. */
export const contentTypes: Record<ArtifactKind, string> = {
  video: 'video/mp4',
  audio: 'audio/flac',
  transcription: 'application/json',
  raw_transcription: 'application/json',
  diarization: 'application/x-ndjson',
  chat: 'application/json',
}
