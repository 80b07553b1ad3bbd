import type { Phrase, SearchQuery } from '@seer/core/recordings/search/search-query'
import type { Passage, Search, SearchFilter, TranscriptSearch } from '@seer/core/recordings/search/transcript-search'
import type pg from 'pg'
import { isHiddenFrom } from '../meetings/meeting-row.ts'
import { type Bind, composed, returns } from '../statement.ts'
import { startOfMeeting } from './make-transcript.ts'

/** Search in Postgres, by one index on the users who may see an utterance and the words in it. */
export function openTranscriptSearch(pool: pg.Pool): TranscriptSearch {
  return { search: (wanted) => search.all(pool, wanted) }
}

/** Words are made of letters, marks and digits only, so there is nothing to escape. */
export function toTsquery({ wanted, excluded }: SearchQuery): string {
  const phrase = (words: Phrase) => `(${words.map((word) => `'${word}'`).join(' <-> ')})`
  return [...wanted.map(phrase), ...excluded.map((words) => `!${phrase(words)}`)].join(' & ')
}

/** Who may see it is looked up in the tables of meetings each time. `viewers` only narrows the search. */
function mayShow(user: string, hidesLate: string): string {
  return `(m.user_id = ${user} AND NOT (${hidesLate} AND ${isHiddenFrom('m', 'm')})
    OR s.user_id IS NOT NULL AND NOT (${hidesLate} AND ${isHiddenFrom('s', 'm')}))`
}

const shownSpeaker = 'coalesce(names.name, u.speaker)'

function conditionsOf({ speaker, from, to, platform, botId }: SearchFilter, bind: Bind): string[] {
  return [
    ...(from ? [`u.spoken_at >= ${bind(from)}`] : []),
    ...(to ? [`u.spoken_at < ${bind(to)}`] : []),
    ...(platform ? [`m.platform = ${bind(platform)}`] : []),
    ...(botId ? [`(m.id = ${bind(botId)}::uuid OR m.meeting_baas_id = ${bind(botId)}::text)`] : []),
    ...(speaker ? [`${bind(speaker)}::text IN (u.folded_speaker, names.folded_name)`] : []),
  ]
}

/** Bots of older versions may have ids of events that are no UUIDs. */
const eventId = `CASE WHEN found.event_id ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN found.event_id::uuid END`

const epoch = new Date(0)
const anyQuery: SearchQuery = { wanted: [['A', 'B']], excluded: [['C']] }

const search = composed<Search, Passage>(
  'transcript-search',
  ({ userId, lateAccess, filter, order, after, limit }, bind) => {
    const [user, query] = [bind(userId), bind(toTsquery(filter.query))]
    const rank = order === 'best' ? `ts_rank(u.search_words, ${query}::tsquery)::float8` : '0::float8'
    const hidesLate = `${bind(lateAccess === 'status')}::boolean`
    const place = [...(order === 'best' ? [rank] : []), 'u.spoken_at', 'u.transcript_id', 'u.seq']
    const conditions = conditionsOf(filter, bind)
    if (after) {
      const ranked = order === 'best' ? [`${bind(after.rank)}::float8`] : []
      const last = [...ranked, bind(after.spokenAt), `${bind(after.transcriptId)}::uuid`, bind(after.seq)]
      conditions.push(`(${place.join(', ')}) < (${last.join(', ')})`)
    }
    return `WITH found AS (
      SELECT u.meeting_id, u.transcript_id, t.version, u.seq, u.speaker, ${shownSpeaker} AS shown, u.start_ms, u.end_ms,
        u.text, u.language, u.spoken_at, ${rank} AS rank, m.platform, ${startOfMeeting} AS started_at,
        CASE WHEN s.user_id IS NULL THEN m.calendar_event_id ELSE s.calendar_event_id END AS event_id
      FROM utterances u
      JOIN transcripts t ON t.id = u.transcript_id AND t.is_current
      JOIN meetings m ON m.id = u.meeting_id
      LEFT JOIN meeting_subscribers s ON s.meeting_id = m.id AND s.user_id = ${user}
      LEFT JOIN speaker_names names ON names.meeting_id = u.meeting_id AND names.label = u.speaker
      WHERE u.viewers @> ARRAY[${user}::uuid] AND u.search_words @@ ${query}::tsquery AND ${mayShow(user, hidesLate)}
        AND NOT m.transcripts_deleted
        ${conditions.map((condition) => ` AND ${condition}`).join('')}
      ORDER BY ${place.map((part) => `${part} DESC`).join(', ')} LIMIT ${bind(limit)})
    SELECT found.meeting_id AS "meetingId", found.transcript_id AS "transcriptId", found.version, found.seq,
      found.speaker AS "originalSpeaker", found.shown AS speaker, found.start_ms AS "startMs", found.end_ms AS "endMs",
      found.text, found.language, found.spoken_at AS "spokenAt", found.rank, found.platform,
      found.started_at AS "startedAt", events.title
    FROM found LEFT JOIN calendar_events events ON events.id = ${eventId} AND events.user_id = ${user}
    ORDER BY found.rank DESC, found.spoken_at DESC, found.transcript_id DESC, found.seq DESC`
  },
  {
    returns: returns<Passage>({
      meetingId: 'uuid',
      transcriptId: 'uuid',
      version: 'int',
      seq: 'int',
      originalSpeaker: 'text',
      speaker: 'text',
      startMs: 'int',
      endMs: 'int',
      text: 'text',
      language: 'text',
      spokenAt: 'timestamptz',
      rank: 'float8',
      platform: 'text',
      startedAt: 'timestamptz',
      title: 'text',
    }),
    examples: [
      {
        userId: '',
        lateAccess: 'status',
        filter: { query: anyQuery, speaker: 'A', from: epoch, to: epoch, platform: 'zoom', botId: '' },
        order: 'best',
        after: { rank: 0, spokenAt: epoch, transcriptId: '', seq: 0 },
        limit: 1,
      },
      { userId: '', lateAccess: 'recording', filter: { query: anyQuery }, order: 'newest', after: null, limit: 1 },
    ],
  },
)
