import type { NewSpeechOrder, OrderOutcome } from '@seer/core/recordings/speech/speech-orders'
import type { Transcript } from '@seer/core/recordings/transcripts/transcript'
import type {
  BeginOutcome,
  CompleteOutcome,
  NewTranscript,
  TranscriptContent,
} from '@seer/core/recordings/transcripts/transcript-store'
import type pg from 'pg'
import { inLockedTransaction } from '../locked-transaction.ts'
import { type Named, type Queries, returns, statement } from '../statement.ts'
import { selectTranscript, transcriptTypes } from './transcript-row.ts'
import { type Around, insertUtterances, utteranceArrays } from './utterance-row.ts'

const aTranscript = returns<Transcript>(transcriptTypes)

/** Versions of one meeting are made one after the other. */
const lockOf = (meetingId: string) => `transcripts of ${meetingId}`

const findBySource = statement(
  'transcript-find-by-source',
  (p: Named<Pick<NewTranscript, 'meetingId' | 'source' | 'sourceKey'>>) => `SELECT ${selectTranscript} FROM transcripts
  WHERE meeting_id = ${p.meetingId} AND source = ${p.source} AND source_key = ${p.sourceKey}`,
  { returns: aTranscript },
)

/** A meeting whose transcripts are kept. The lock waits for a deletion that is being written. */
const keptMeeting = (id: string) => `SELECT id FROM meetings WHERE id = ${id} AND NOT transcripts_deleted FOR SHARE`

const insert = statement(
  'transcript-insert',
  (p: Named<NewTranscript>) => `
  WITH meeting AS (${keptMeeting(p.meetingId)})
  INSERT INTO transcripts (
    id, meeting_id, version, source, source_key, state, provider, model, language, speakers, requested_by, created_at)
  SELECT ${p.id}::uuid, meeting.id,
    (SELECT coalesce(max(version), 0) + 1 FROM transcripts WHERE meeting_id = ${p.meetingId}),
    ${p.source}, ${p.sourceKey}, 'making', ${p.service}, ${p.model}, ${p.language}, '{}', ${p.requestedBy}::uuid,
    ${p.createdAt}
  FROM meeting RETURNING ${selectTranscript}`,
  { returns: aTranscript },
)

type OrderParts = { options: string; sealedKey: string | null }

const insertOrder = statement(
  'speech-order-insert',
  (p: Named<Omit<NewTranscript, 'service' | 'model' | 'language'> & OrderParts>) => `
  WITH meeting AS (${keptMeeting(p.meetingId)})
  INSERT INTO transcripts (
    id, meeting_id, version, source, source_key, state, model, language, speakers, requested_by, options, sealed_key,
    due_at, created_at)
  SELECT ${p.id}::uuid, meeting.id,
    (SELECT coalesce(max(version), 0) + 1 FROM transcripts WHERE meeting_id = ${p.meetingId}),
    ${p.source}, ${p.sourceKey}, 'making', ${p.options}::jsonb ->> 'model', ${p.options}::jsonb ->> 'language', '{}',
    ${p.requestedBy}::uuid, ${p.options}::jsonb, ${p.sealedKey}, ${p.createdAt}::timestamptz, ${p.createdAt}
  FROM meeting RETURNING ${selectTranscript}`,
  { returns: aTranscript },
)

const newest = statement(
  'transcripts-newest',
  (p: Named<{ meetingId: string }>) => `SELECT ${selectTranscript}, (due_at IS NOT NULL) AS "isOwed" FROM transcripts
  WHERE meeting_id = ${p.meetingId} ORDER BY version DESC`,
  { returns: returns<Transcript & { isOwed: boolean }>({ ...transcriptTypes, isOwed: 'boolean' }) },
)

/** See `SpeechOrderStore.order`. */
export async function orderSpeech(pool: pg.Pool, wanted: NewSpeechOrder, isFirst: boolean): Promise<OrderOutcome> {
  const { meetingId, options, ...order } = wanted
  return inLockedTransaction(pool, lockOf(meetingId), async (client) => {
    const versions = await newest.all(client, { meetingId })
    if (isFirst && versions.length > 0) return { outcome: 'has_version' }
    const making = versions.find(({ state, isOwed }) => state === 'making' && isOwed)
    if (making) {
      const { isOwed: _, ...transcript } = making
      return { outcome: 'being_made', transcript }
    }
    const transcript = await insertOrder.first(client, { ...order, meetingId, options: JSON.stringify(options) })
    return transcript ? { outcome: 'ordered', transcript } : { outcome: 'no_meeting' }
  })
}

/** See `TranscriptStore.begin`. */
export async function beginTranscript(pool: pg.Pool, wanted: NewTranscript): Promise<BeginOutcome> {
  return inLockedTransaction(pool, lockOf(wanted.meetingId), async (client) => {
    const { meetingId, source, sourceKey } = wanted
    const known = await findBySource.first(client, { meetingId, source, sourceKey })
    if (known) return { outcome: 'existing', transcript: known }
    const transcript = await insert.first(client, wanted)
    return transcript ? { outcome: 'begun', transcript } : { outcome: 'no_meeting' }
  })
}

const find = statement(
  'transcript-find',
  (p: Named<{ id: string }>) => `SELECT ${selectTranscript} FROM transcripts WHERE id = ${p.id}`,
  { returns: aTranscript },
)

/** When the recording began, or else the bot's other times; for a row of meetings named `m`. */
export const startOfMeeting = 'coalesce(m.recording_started_at, m.joined_at, m.join_at, m.created_at)'

type LockedRow = Around & { state: string }

const lock = statement(
  'transcript-lock',
  (p: Named<{ id: string }>) => `
  SELECT t.id AS "transcriptId", t.meeting_id AS "meetingId", t.state, ${startOfMeeting} AS "startedAt",
    ARRAY(SELECT u.id FROM users u WHERE u.deleted_at IS NULL AND u.id IN (
      SELECT m.user_id UNION SELECT s.user_id FROM meeting_subscribers s WHERE s.meeting_id = m.id)) AS viewers
  FROM transcripts t JOIN meetings m ON m.id = t.meeting_id WHERE t.id = ${p.id} FOR UPDATE OF t`,
  {
    returns: returns<LockedRow>({
      transcriptId: 'uuid',
      meetingId: 'uuid',
      state: 'text',
      startedAt: 'timestamptz',
      viewers: 'uuid[]',
    }),
  },
)

const insertBatch = statement('transcript-insert-utterances', insertUtterances)

/** The current version steps back only for a later one. */
const stepBack = statement(
  'transcript-step-back',
  (p: Named<{ id: string }>) => `
  UPDATE transcripts SET is_current = false FROM transcripts made
  WHERE made.id = ${p.id} AND transcripts.meeting_id = made.meeting_id AND transcripts.is_current
    AND transcripts.version < made.version`,
)

type Finished = Omit<TranscriptContent, 'utterances' | 'problems'> & {
  id: string
  at: Date
  utterances: number
  problems: string
}

const finish = statement(
  'transcript-finish',
  (p: Named<Finished>) => `
  UPDATE transcripts SET state = 'complete', completed_at = ${p.at}, utterances = ${p.utterances}, words = ${p.words},
    speakers = ${p.speakers}, duration_ms = ${p.durationMs}, problems = ${p.problems}::jsonb,
    language = coalesce(${p.language}, language), provider = coalesce(${p.service}, provider), error_code = NULL,
    error_message = NULL, progress = NULL, sealed_key = NULL,
    is_current = NOT EXISTS (
      SELECT FROM transcripts other WHERE other.meeting_id = transcripts.meeting_id AND other.is_current)
  WHERE id = ${p.id} RETURNING ${selectTranscript}`,
  { returns: aTranscript },
)

const batchSize = 5_000

type Completion = { id: string; content: TranscriptContent; at: Date }

/** See `TranscriptStore.complete`. */
export async function completeTranscript(pool: pg.Pool, completion: Completion): Promise<CompleteOutcome> {
  const known = await find.first(pool, { id: completion.id })
  if (!known) return null
  return inLockedTransaction(pool, lockOf(known.meetingId), (client) => completeLocked(client, completion))
}

async function completeLocked(db: Queries, { id, content, at }: Completion): Promise<CompleteOutcome> {
  const locked = await lock.first(db, { id })
  if (!locked) return null
  const { state, ...around } = locked
  if (state === 'complete') return { outcome: 'existing', transcript: await find.only(db, { id }) }
  const { utterances, problems, ...facts } = content
  for (let from = 0; from < utterances.length; from += batchSize) {
    const batch = utterances.slice(from, from + batchSize)
    await insertBatch.count(db, { ...around, ...utteranceArrays(batch, from + 1) })
  }
  await stepBack.count(db, { id })
  const counted = { ...facts, utterances: utterances.length, problems: JSON.stringify(problems) }
  return { outcome: 'completed', transcript: await finish.only(db, { id, at, ...counted }) }
}
