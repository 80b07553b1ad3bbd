/** A word with its time. Times count from the start of the recording, in whole milliseconds. */
export type Word = { text: string; startMs: number; endMs: number }

/** What one person said without a break: the normal form that all transcripts are read into. */
export type Utterance = {
  /** As the source calls the speaker: a name, or a label such as `Speaker 0`. Null when nobody knows. */
  speaker: string | null
  startMs: number
  endMs: number
  /** In Unicode's form NFC, without control characters, on one line. */
  text: string
  /** Empty when the source has no times for words. */
  words: Word[]
  /** A language tag such as `en` or `pt-BR`. */
  language: string | null
}

/** An utterance of a stored transcript, with its place in it, from 1. */
export type NumberedUtterance = Utterance & { seq: number }

/** UTF-16 code units. A longer utterance is split, so that a page of a transcript stays small. */
export const longestText = 2_000
/** No word lies later than this in a recording. It is far longer than a bot stays in a meeting. */
export const latestMs = 48 * 3_600_000
export const longestSpeaker = 200
/** Of one transcript. If a source has more, it is wrong; then the others cannot be named. */
export const mostSpeakers = 500
export const mostUtterances = 200_000
/** Of one utterance, before it is split. Only their times are lost. */
export const mostWords = 20_000
