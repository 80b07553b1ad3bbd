/** What the files of a meeting are like, as far as a rule can choose it. */

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
export const artifacts = Object.keys(artifactFiles) as Artifact[]

/** English is also what the audio file speaks. */
export const languages = ['en', 'de', 'ja', 'ar'] as const
export type Language = (typeof languages)[number]

/**
 * What is in the two transcription files:
 * - usual: what was said.
 * - empty: nobody spoke, says the speech service.
 * - not_json: a text.
 * - cut_off: the first half of the JSON.
 * - wrong_shape: JSON that is no transcript.
 * - odd_times: times that overlap, run backwards, are negative, absurd or missing, and lines in the wrong order.
 * - unknown_speakers: nobody knows who spoke, and the diarization is empty.
 */
export const transcripts = [
  'usual',
  'empty',
  'not_json',
  'cut_off',
  'wrong_shape',
  'odd_times',
  'unknown_speakers',
] as const
export type TranscriptKind = (typeof transcripts)[number]

/**
 * What is wrong with a file:
 * - missing: the vendor has no link to it.
 * - empty: it has no bytes.
 * - truncated: only its first half was stored.
 * - html: it is a page that tells of an error.
 */
export const fileStates = ['missing', 'empty', 'truncated', 'html'] as const
type FileState = (typeof fileStates)[number]

export type Results = {
  /** The first person speaks the first language, the second the second, and so on. */
  languages: Language[]
  transcript: TranscriptKind
  files: Partial<Record<Artifact, FileState>>
  /** Fills the video up to this size, if it is smaller. It still plays. */
  videoBytes: number
}

export const usualResults: Results = { languages: ['en'], transcript: 'usual', files: {}, videoBytes: 0 }
