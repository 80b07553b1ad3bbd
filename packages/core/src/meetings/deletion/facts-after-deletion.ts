/** What news of a bot still count when its data are deleted. Pure. */
import { type Artifacts, type Fact, resultsOf } from '../../vendor/facts.ts'
import type { Meeting } from '../meeting.ts'
import { type DataDeletion, isDeleted, keptLinks } from './data-deletion.ts'

const noLinks: Artifacts = {
  video: null,
  audio: null,
  diarization: null,
  transcription: null,
  rawTranscription: null,
  chat: null,
}

/** A fact without what is deleted; null when nothing of it is left. How a run ended still counts. */
export function withoutDeletedParts(meeting: Meeting, fact: Fact): Fact | null {
  if (meeting.deletion === null) return fact
  switch (fact.kind) {
    case 'chat_message':
      return isDeleted(meeting, 'transcripts') ? null : fact
    case 'result':
      return isDeleted(meeting, fact.result === 'transcript' ? 'transcripts' : 'media') ? null : fact
    case 'completed':
      return { ...fact, ...kept(meeting, fact) }
    case 'failed':
      return { ...fact, results: fact.results && { ...fact.results, ...kept(meeting, fact.results) } }
    default:
      return fact
  }
}

type Results = Pick<Extract<Fact, { kind: 'completed' }>, 'artifacts' | 'participants' | 'speakers'>

function kept(meeting: Meeting, { artifacts, participants, speakers }: Results): Results {
  const areKept = !isDeleted(meeting, 'everything')
  return {
    artifacts: keptLinks(meeting, artifacts) ?? noLinks,
    participants: areKept ? participants : [],
    speakers: areKept ? speakers : [],
  }
}

/**
 * The deletion after a fact that shows data at the vendor, although they should be gone: they are deleted there again. Null
 * when the fact shows none, or may be older than the deletion.
 */
export function deletedAgain({ deletion }: Pick<Meeting, 'deletion'>, fact: Fact): DataDeletion | null {
  const results = resultsOf(fact)
  const showsData = results !== null && Object.values(results.artifacts).some((link) => link !== null)
  if (deletion === null || !showsData) return null
  const { outcome, at } = deletion.vendor
  const isOlder = outcome === 'deleted' && fact.at !== null && fact.at.toISOString() <= (at ?? '')
  if (outcome === 'pending' || isOlder) return null
  return { ...deletion, doneAt: null, vendor: { outcome: 'pending', reason: null, at: null } }
}
