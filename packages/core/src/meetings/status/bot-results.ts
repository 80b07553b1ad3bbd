/** The results of a finished run. They arrive bit by bit: results are added, never removed. Pure. */
import { isSameJson } from '../../basics/same-json.ts'
import type { NewEntry } from '../../log/entry.ts'
import type { Artifacts, CompletedFact, Person } from '../../vendor/facts.ts'
import type { BotResults, BotRun } from '../meeting.ts'

export type Results = Omit<CompletedFact, 'kind' | 'at'>

/** The vendor says together with the results when the bot joined and left. */
type ResultFields = Omit<BotResults, 'delivery'> & Pick<BotRun, 'joinedAt' | 'exitedAt'>

/**
 * The results of a meeting with those of a fact added. The vendor may send the same event again with fewer fields,
 * without links because the files are deleted, or with links that are signed anew. So what is known stays, and of two
 * links to one file the link that works longer counts.
 */
export function withResults(known: ResultFields, results: Results): ResultFields {
  const isFresher = isLonger(results.artifactsExpireAt, known.artifactsExpireAt)
  const artifacts = known.artifacts ? mergeArtifacts(known.artifacts, results.artifacts, isFresher) : results.artifacts
  return {
    artifacts,
    artifactsExpireAt: expiryOf(artifacts, known, results),
    participants: mergePeople(known.participants, results.participants),
    speakers: mergePeople(known.speakers, results.speakers),
    durationSeconds: longer(known.durationSeconds, results.durationSeconds),
    joinedAt: results.joinedAt ?? known.joinedAt,
    exitedAt: results.exitedAt ?? known.exitedAt,
  }
}

/** Whether these results add anything to what is known. */
export function isNews(known: ResultFields, results: Results): boolean {
  const next = withResults(known, results)
  const fields = Object.keys(next) as (keyof ResultFields)[]
  return fields.some((field) => !isNothing(next[field]) && !isSameJson(known[field], next[field]))
}

/** Whether a list has no people, or an object no links. */
function isNothing(value: ResultFields[keyof ResultFields]): boolean {
  if (typeof value !== 'object' || value instanceof Date) return false
  return value === null || Object.values(value).every((part) => part === null)
}

/** Whether there is a file, a person or a longer time that was not there before. A link that is only signed anew does not count. */
export function hasMore(before: ResultFields, after: ResultFields): boolean {
  const isNew = (kind: keyof Artifacts) => !before.artifacts?.[kind] && !!after.artifacts?.[kind]
  const facts = ({ participants, speakers, durationSeconds, exitedAt }: ResultFields) => ({
    participants,
    speakers,
    durationSeconds,
    exitedAt,
  })
  return kinds.some(isNew) || !isSameJson(facts(before), facts(after))
}

/** One entry for the recording and one for the transcript, when each is there for the first time. */
export function resultEntries(before: ResultFields, after: ResultFields, occurredAt: Date): NewEntry<'bot'>[] {
  const isNew = (kind: keyof Artifacts) => !before.artifacts?.[kind] && !!after.artifacts?.[kind]
  const [video, audio] = [isNew('video'), isNew('audio')]
  const entries: NewEntry<'bot'>[] = []
  if (video || audio) entries.push({ type: 'recording_ready', occurredAt, data: { video, audio } })
  if (isNew('transcription')) entries.push({ type: 'transcript_ready', occurredAt, data: {} })
  return entries
}

const kinds = ['video', 'audio', 'diarization', 'transcription', 'rawTranscription', 'chat'] as const

function mergeArtifacts(known: Artifacts, added: Artifacts, isFresher: boolean): Artifacts {
  const merged = { ...known }
  for (const kind of kinds) {
    // Rows of older versions lack newer kinds.
    if (added[kind] !== null && ((known[kind] ?? null) === null || isFresher)) merged[kind] = added[kind]
  }
  return merged
}

/** When the first of the kept links expires. */
function expiryOf(kept: Artifacts, known: ResultFields, added: Results): Date | null {
  const comesFrom = (source: Artifacts | null) => kinds.some((kind) => kept[kind] && kept[kind] === source?.[kind])
  const times = [
    comesFrom(known.artifacts) ? known.artifactsExpireAt : null,
    comesFrom(added.artifacts) ? added.artifactsExpireAt : null,
  ].filter((time) => time !== null)
  return times.length > 0 ? new Date(Math.min(...times.map(Number))) : null
}

/** Both lists, the newer first. A person without an id counts as the person with the same name. */
function mergePeople(known: Person[] | null, added: Person[]): Person[] {
  const isSame = (a: Person, b: Person) => (a.id !== null && b.id !== null ? a.id === b.id : a.name === b.name)
  const others = (known ?? []).filter((person) => !added.some((other) => isSame(person, other)))
  const named = added.map(
    (person) => (known ?? []).find((other) => person.id === null && isSame(person, other)) ?? person,
  )
  return [...named, ...others]
}

function longer(known: number | null, added: number | null): number | null {
  return known === null || added === null ? (added ?? known) : Math.max(known, added)
}

/**
 * The webhook and the callback of one end are signed moments apart. Links that differ only so are not written again.
 */
const worthRenewingMs = 60_000

function isLonger(added: Date | null, known: Date | null): boolean {
  return known === null || (added !== null && added.getTime() > known.getTime() + worthRenewingMs)
}
