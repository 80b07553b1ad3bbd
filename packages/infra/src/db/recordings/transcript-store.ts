import type { Transcript } from '@seer/core/recordings/transcripts/transcript'
import type {
  NewTranscript,
  RemovedTranscripts,
  Speaker,
  TranscriptStore,
} from '@seer/core/recordings/transcripts/transcript-store'
import type pg from 'pg'
import { type Named, type Queries, returns, statement } from '../statement.ts'
import { beginTranscript, completeTranscript } from './make-transcript.ts'
import { selectTranscript, transcriptTypes } from './transcript-row.ts'
import { selectUtterance, toUtterance, type UtteranceRow, utteranceTypes } from './utterance-row.ts'

/** Transcripts in Postgres. Plain SQL, because a transcript has thousands of utterances. */
export function openTranscriptStore(pool: pg.Pool): TranscriptStore {
  return {
    begin: (transcript: NewTranscript) => beginTranscript(pool, transcript),
    complete: (id, content, at) => completeTranscript(pool, { id, content, at }),
    fail: async (id, { code, message }, at) => (await fail.count(pool, { id, code, message, at })) > 0,
    list: (meetingId) => list.all(pool, { meetingId }),
    utterances: async (transcriptId, afterSeq, limit) =>
      (await readUtterances.all(pool, { transcriptId, afterSeq, limit })).map(toUtterance),
    speakers: (meetingId) => speakers.all(pool, { meetingId }),
    nameSpeakers: async (meetingId, names, at) => {
      await nameSpeakers.count(pool, {
        meetingId,
        at,
        labels: names.map(({ label }) => label),
        names: names.map(({ name }) => name),
        foldedNames: names.map(({ foldedName }) => foldedName),
      })
    },
    forgetViewer: (userId, limit) => forgetViewer.count(pool, { userId, limit }),
    removeOf: (meetingId) => removeTranscripts(pool, meetingId),
  }
}

type Of = { meetingId: string }

const list = statement(
  'transcript-list',
  (p: Named<Of>) =>
    `SELECT ${selectTranscript} FROM transcripts WHERE meeting_id = ${p.meetingId} ORDER BY version DESC`,
  { returns: returns<Transcript>(transcriptTypes) },
)

const fail = statement(
  'transcript-fail',
  (p: Named<{ id: string; code: string; message: string | null; at: Date }>) => `
  UPDATE transcripts SET state = 'failed', error_code = ${p.code}, error_message = ${p.message}, completed_at = ${p.at},
    progress = NULL, sealed_key = NULL
  WHERE id = ${p.id} AND state = 'making'`,
)

const readUtterances = statement(
  'transcript-utterances',
  (p: Named<{ transcriptId: string; afterSeq: number; limit: number }>) => `SELECT ${selectUtterance} FROM utterances
  WHERE transcript_id = ${p.transcriptId} AND seq > ${p.afterSeq} ORDER BY seq LIMIT ${p.limit}`,
  { returns: returns<UtteranceRow>(utteranceTypes) },
)

const forgetViewer = statement(
  'transcript-forget-viewer',
  (p: Named<{ userId: string; limit: number }>) => `
  UPDATE utterances SET viewers = array_remove(utterances.viewers, ${p.userId}::uuid)
  FROM (
    SELECT transcript_id, seq FROM utterances u WHERE viewers @> ARRAY[${p.userId}::uuid]
      AND NOT EXISTS (SELECT FROM meetings m WHERE m.id = u.meeting_id AND m.user_id = ${p.userId}::uuid)
    LIMIT ${p.limit}) AS seen
  WHERE utterances.transcript_id = seen.transcript_id AND utterances.seq = seen.seq`,
  { isPrepared: false },
)

const speakers = statement(
  'transcript-speakers',
  (p: Named<Of>) => `
  SELECT known.label, names.name
  FROM (SELECT DISTINCT unnest(speakers) AS label FROM transcripts WHERE meeting_id = ${p.meetingId}) AS known
  LEFT JOIN speaker_names names ON names.meeting_id = ${p.meetingId} AND names.label = known.label
  ORDER BY known.label COLLATE "C"`,
  { returns: returns<Speaker>({ label: 'text', name: 'text' }) },
)

type Names = { meetingId: string; at: Date; labels: string[]; names: (string | null)[]; foldedNames: (string | null)[] }

const nameSpeakers = statement(
  'transcript-name-speakers',
  (p: Named<Names>) => `
  WITH given AS (
    SELECT * FROM unnest(${p.labels}::text[], ${p.names}::text[], ${p.foldedNames}::text[]) AS given (label, name, folded)),
  taken AS (
    DELETE FROM speaker_names USING given
    WHERE meeting_id = ${p.meetingId} AND speaker_names.label = given.label AND given.name IS NULL)
  INSERT INTO speaker_names (meeting_id, label, name, folded_name, updated_at)
  SELECT ${p.meetingId}::uuid, label, name, folded, ${p.at}::timestamptz FROM given WHERE name IS NOT NULL ORDER BY label
  ON CONFLICT (meeting_id, label)
    DO UPDATE SET name = excluded.name, folded_name = excluded.folded_name, updated_at = excluded.updated_at`,
)

/** The utterances are counted before, because a foreign key removes them. */
const removeOf = statement(
  'transcript-remove',
  (p: Named<Of>) => `
  WITH counted AS (
    SELECT count(*)::int AS n FROM utterances WHERE transcript_id IN (SELECT id FROM transcripts WHERE meeting_id = ${p.meetingId})),
  gone AS (DELETE FROM transcripts WHERE meeting_id = ${p.meetingId} RETURNING id),
  unnamed AS (DELETE FROM speaker_names WHERE meeting_id = ${p.meetingId} RETURNING label)
  SELECT (SELECT count(*)::int FROM gone) AS transcripts, (SELECT n FROM counted) AS utterances,
    (SELECT count(*)::int FROM unnamed) AS "speakerNames"`,
  { returns: returns<RemovedTranscripts>({ transcripts: 'int', utterances: 'int', speakerNames: 'int' }) },
)

async function removeTranscripts(db: Queries, meetingId: string): Promise<RemovedTranscripts> {
  return await removeOf.only(db, { meetingId })
}
