import type { Transcript } from '@seer/core/recordings/transcripts/transcript'
import { bool, type Column, type ColumnsOf, float, int, json, text, textList, time, typesOf, uuid } from '../columns.ts'

/** The fields of a transcript and their columns. */
const columns: ColumnsOf<Transcript> = {
  id: uuid('id'),
  meetingId: uuid('meeting_id'),
  version: int('version'),
  source: text('source'),
  sourceKey: text('source_key'),
  state: text('state'),
  isCurrent: bool('is_current'),
  service: text('provider'),
  model: text('model'),
  language: text('language'),
  utterances: int('utterances'),
  words: int('words'),
  speakers: textList('speakers'),
  durationMs: int('duration_ms'),
  problems: json('problems'),
  errorCode: text('error_code'),
  errorMessage: text('error_message'),
  lastProblem: text('last_problem'),
  requestedBy: uuid('requested_by'),
  progress: float('progress'),
  createdAt: time('created_at'),
  completedAt: time('completed_at'),
}

/** A select list that makes rows in the shape of `Transcript`. */
export const selectTranscript = Object.entries<Column>(columns)
  .map(([field, { name }]) => `transcripts.${name} AS "${field}"`)
  .join(', ')

/** What `selectTranscript` returns. */
export const transcriptTypes = typesOf(columns)
