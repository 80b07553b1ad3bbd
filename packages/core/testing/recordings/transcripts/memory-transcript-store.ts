import { isDeleted } from '../../../src/meetings/deletion/data-deletion.ts'
import { hidesRecording } from '../../../src/meetings/views/bot-view.ts'
import { highlightsOf } from '../../../src/recordings/search/highlights.ts'
import type { Phrase } from '../../../src/recordings/search/search-query.ts'
import type { Passage, Search, TranscriptSearch } from '../../../src/recordings/search/transcript-search.ts'
import type { SpeechOrderStore } from '../../../src/recordings/speech/speech-orders.ts'
import type { Transcript } from '../../../src/recordings/transcripts/transcript.ts'
import type {
  IndexedUtterance,
  NewTranscript,
  SpeakerName,
  TranscriptStore,
} from '../../../src/recordings/transcripts/transcript-store.ts'
import type { MemoryMeetingStore } from '../../meetings/memory-meeting-store.ts'
import { memorySpeechOrders } from '../speech/memory-speech-orders.ts'

type Shared = { meetings: Pick<MemoryMeetingStore, 'rows' | 'findForUser'> }
type Row = { transcript: Transcript; lines: (IndexedUtterance & { seq: number })[] }

/** Transcripts and their search without a database. They pass the same contract suite as those in Postgres. */
export function memoryTranscriptStores({ meetings }: Shared): {
  transcripts: TranscriptStore
  transcriptSearch: TranscriptSearch
  speechOrders: SpeechOrderStore
} {
  const rows = new Map<string, Row>()
  const names = new Map<string, Map<string, SpeakerName>>()
  const of = (meetingId: string) => [...rows.values()].filter(({ transcript }) => transcript.meetingId === meetingId)
  const nameOf = (meetingId: string, label: string | null) => names.get(meetingId)?.get(label ?? '')

  async function passagesOf({ transcript, lines }: Row, wanted: Search): Promise<Passage[]> {
    const { userId, lateAccess, filter, order } = wanted
    const seen = await meetings.findForUser(userId, transcript.meetingId)
    if (!seen || !transcript.isCurrent || hidesRecording(seen.meeting, lateAccess)) return []
    if (isDeleted(seen.meeting, 'transcripts')) return []
    const { meeting } = seen
    const startedAt = meeting.recordingStartedAt ?? meeting.joinedAt ?? meeting.joinAt ?? meeting.createdAt
    return lines.flatMap(({ searchWords, foldedSpeaker, words: _words, ...line }) => {
      const name = nameOf(meeting.id, line.speaker)
      const spokenAt = new Date(+startedAt + line.startMs)
      const isFound =
        filter.query.wanted.every((phrase) => has(searchWords, phrase)) &&
        !filter.query.excluded.some((phrase) => has(searchWords, phrase)) &&
        (!filter.speaker || [foldedSpeaker, name?.foldedName].includes(filter.speaker)) &&
        (!filter.from || spokenAt >= filter.from) &&
        (!filter.to || spokenAt < filter.to) &&
        (!filter.platform || meeting.platform === filter.platform) &&
        (!filter.botId || [meeting.id, meeting.meetingBaasId].includes(filter.botId))
      if (!isFound) return []
      const passage = {
        ...line,
        meetingId: meeting.id,
        transcriptId: transcript.id,
        version: transcript.version,
        originalSpeaker: line.speaker,
        speaker: name?.name ?? line.speaker,
        spokenAt,
        rank: order === 'best' ? highlightsOf(line.text, filter.query).length : 0,
        platform: meeting.platform,
        title: null,
        startedAt,
      }
      return [passage]
    })
  }

  function add(wanted: NewTranscript): Transcript | null {
    const meeting = meetings.rows().find(({ id }) => id === wanted.meetingId)
    if (!meeting || isDeleted(meeting, 'transcripts')) return null
    const version = Math.max(0, ...of(wanted.meetingId).map(({ transcript }) => transcript.version)) + 1
    const transcript: Transcript = { ...wanted, version, ...unmade }
    rows.set(wanted.id, { transcript, lines: [] })
    return transcript
  }

  const all = () => [...rows.values()].map(({ transcript }) => transcript)
  const { speechOrders, forgetKey } = memorySpeechOrders({ transcripts: all, add })

  return {
    speechOrders,
    transcripts: {
      async begin(wanted) {
        const versions = of(wanted.meetingId)
        const known = versions.find(
          ({ transcript }) => transcript.source === wanted.source && transcript.sourceKey === wanted.sourceKey,
        )
        if (known) return { outcome: 'existing', transcript: structuredClone(known.transcript) }
        const transcript = add(wanted)
        return transcript ? { outcome: 'begun', transcript: structuredClone(transcript) } : { outcome: 'no_meeting' }
      },
      async complete(id, { utterances, language, service, ...facts }, at) {
        const row = rows.get(id)
        if (!row) return null
        const { transcript } = row
        if (transcript.state === 'complete') return { outcome: 'existing', transcript: structuredClone(transcript) }
        const current = of(transcript.meetingId).find((other) => other.transcript.isCurrent)?.transcript
        const isCurrent = !current || current.version < transcript.version
        if (current && isCurrent) current.isCurrent = false
        row.lines = structuredClone(utterances).map((utterance, i) => ({ ...utterance, seq: i + 1 }))
        Object.assign(transcript, {
          ...structuredClone(facts),
          ...unfailed,
          isCurrent,
          state: 'complete',
          utterances: utterances.length,
          language: language ?? transcript.language,
          service: service ?? transcript.service,
          completedAt: at,
        })
        forgetKey(id)
        return { outcome: 'completed', transcript: structuredClone(transcript) }
      },
      async fail(id, { code, message }, at) {
        const transcript = rows.get(id)?.transcript
        if (transcript?.state !== 'making') return false
        Object.assign(transcript, {
          state: 'failed',
          errorCode: code,
          errorMessage: message,
          completedAt: at,
          progress: null,
        })
        forgetKey(id)
        return true
      },
      async list(meetingId) {
        const versions = of(meetingId).map(({ transcript }) => structuredClone(transcript))
        return versions.sort((a, b) => b.version - a.version)
      },
      async utterances(transcriptId, afterSeq, limit) {
        const lines = rows.get(transcriptId)?.lines.filter(({ seq }) => seq > afterSeq) ?? []
        return structuredClone(lines.slice(0, limit)).map(
          ({ searchWords: _words, foldedSpeaker: _speaker, ...line }) => line,
        )
      },
      async speakers(meetingId) {
        const labels = new Set(of(meetingId).flatMap(({ transcript }) => transcript.speakers))
        return [...labels].sort().map((label) => ({ label, name: nameOf(meetingId, label)?.name ?? null }))
      },
      async nameSpeakers(meetingId, given) {
        const known = names.get(meetingId) ?? new Map<string, SpeakerName>()
        for (const name of given) {
          if (name.name === null) known.delete(name.label)
          else known.set(name.label, { ...name })
        }
        names.set(meetingId, known)
      },
      // Who sees what is looked up in the meetings each time.
      forgetViewer: async () => 0,
      async removeOf(meetingId) {
        const removed = of(meetingId)
        const speakerNames = names.get(meetingId)?.size ?? 0
        for (const { transcript } of removed) rows.delete(transcript.id)
        names.delete(meetingId)
        const utterances = removed.reduce((sum, { lines }) => sum + lines.length, 0)
        return { transcripts: removed.length, utterances, speakerNames }
      },
    },
    transcriptSearch: {
      async search(wanted) {
        const found = (await Promise.all([...rows.values()].map((row) => passagesOf(row, wanted)))).flat()
        const { after, limit } = wanted
        return found
          .sort(firstOf)
          .filter((passage) => !after || firstOf(after, passage) < 0)
          .slice(0, limit)
      },
    },
  }
}

const unfailed = { errorCode: null, errorMessage: null, progress: null }
const unmade = {
  lastProblem: null,
  state: 'making' as const,
  isCurrent: false,
  utterances: 0,
  words: 0,
  speakers: [],
  durationMs: 0,
  problems: {},
  completedAt: null,
  ...unfailed,
}

type Place = Pick<Passage, 'rank' | 'spokenAt' | 'transcriptId' | 'seq'>

function firstOf(a: Place, b: Place): number {
  return b.rank - a.rank || +b.spokenAt - +a.spokenAt || b.transcriptId.localeCompare(a.transcriptId) || b.seq - a.seq
}

function has(words: readonly string[], phrase: Phrase): boolean {
  return words.some((_, i) => phrase.every((word, at) => words[i + at] === word))
}
