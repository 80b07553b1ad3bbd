import type { IndexedUtterance } from '@seer/core/recordings/transcripts/transcript-store'
import type { NumberedUtterance, Word } from '@seer/core/recordings/transcripts/utterance'
import { int, json, rowSet, text } from '../columns.ts'
import type { Named, RowTypes } from '../statement.ts'

/** A word is stored as a triple, because the names of its fields would take up most of the table. */
type StoredWord = [text: string, startMs: number, endMs: number]
export type UtteranceRow = Omit<NumberedUtterance, 'words'> & { words: StoredWord[] }

export const selectUtterance = `utterances.seq, utterances.speaker, utterances.start_ms AS "startMs",
  utterances.end_ms AS "endMs", utterances.text, utterances.words, utterances.language`

export const utteranceTypes: RowTypes<UtteranceRow> = {
  seq: 'int',
  speaker: 'text',
  startMs: 'int',
  endMs: 'int',
  text: 'text',
  words: 'jsonb',
  language: 'text',
}

/** The utterance of a row, in which a word is `[text, startMs, endMs]`. */
export function toUtterance({ words, ...utterance }: UtteranceRow): NumberedUtterance {
  return { ...utterance, words: words.map(([word, startMs, endMs]): Word => ({ text: word, startMs, endMs })) }
}

const written = {
  seq: int('seq'),
  speaker: text('speaker'),
  foldedSpeaker: text('folded_speaker'),
  startMs: int('start_ms'),
  endMs: int('end_ms'),
  text: text('text'),
  words: json('words'),
  language: text('language'),
  searchWords: text('search_words'),
}
type Arrays = Record<keyof typeof written, unknown[]>

/** What all utterances of a transcript have in common. */
export type Around = { transcriptId: string; meetingId: string; startedAt: Date; viewers: string[] }

/** The text of a statement that inserts utterances from one array for each column. */
export function insertUtterances(p: Named<Around & Arrays>): string {
  const columns = Object.values(written)
  const fieldOf = Object.fromEntries(Object.entries(written).map(([field, { name }]) => [name, field]))
  const rows = rowSet(columns, (name) => p[fieldOf[name] as keyof Arrays])
  const selected = columns.map(({ name }) => (name === 'search_words' ? 'search_words::tsvector' : name))
  return `INSERT INTO utterances (transcript_id, meeting_id, viewers, spoken_at, ${rows.columns})
    SELECT ${p.transcriptId}::uuid, ${p.meetingId}::uuid, ${p.viewers}::uuid[],
      ${p.startedAt}::timestamptz + start_ms * interval '1 millisecond', ${selected.join(', ')}
    FROM ${rows.source} AS said (${rows.columns})`
}

/** The values of utterances, one array for each column. They are numbered from `firstSeq`. */
export function utteranceArrays(utterances: readonly IndexedUtterance[], firstSeq: number): Arrays {
  return {
    seq: utterances.map((_, i) => firstSeq + i),
    speaker: utterances.map(({ speaker }) => speaker),
    foldedSpeaker: utterances.map(({ foldedSpeaker }) => foldedSpeaker),
    startMs: utterances.map(({ startMs }) => startMs),
    endMs: utterances.map(({ endMs }) => endMs),
    text: utterances.map(({ text: said }) => said),
    words: utterances.map(({ words }) => JSON.stringify(words.map((word) => [word.text, word.startMs, word.endMs]))),
    language: utterances.map(({ language }) => language),
    searchWords: utterances.map(({ searchWords }) => toTsvector(searchWords)),
  }
}

/**
 * The words with their places, as PostgreSQL writes a tsvector. They are made of letters, marks and digits only, so
 * there is nothing to escape.
 */
function toTsvector(words: readonly string[]): string {
  const places = new Map<string, number[]>()
  for (const [i, word] of words.entries()) {
    const known = places.get(word)
    if (known) known.push(i + 1)
    else places.set(word, [i + 1])
  }
  return [...places].map(([word, at]) => `'${word}':${at.join(',')}`).join(' ')
}
