/** What a finished run left, as it becomes known bit by bit: results are completed, never removed. Pure. */
import { isSameJson } from '../../basics/same-json.ts'
import type { Artifacts, CompletedFact, Person } from '../../vendor/facts.ts'
import type { BotResults, BotRun, NewTimelineEntry } from '../meeting.ts'

export type Results = Omit<CompletedFact, 'kind' | 'at'>

/** The vendor tells with the results when the bot joined and left. */
type ResultFields = BotResults & Pick<BotRun, 'joinedAt' | 'exitedAt'>

/**
 * The results of a meeting with those of a fact added. The same event is sent again with fewer fields, without links once
 * the vendor has deleted the files, or with links that are signed anew: what is known stays, and of two links to one file
 * the one that works longer counts.
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

/** Whether the results say anything that is not known. */
export function isNews(known: ResultFields, results: Results): boolean {
  const next = withResults(known, results)
  const fields = Object.keys(next) as (keyof ResultFields)[]
  return fields.some((field) => !isNothing(next[field]) && !isSameJson(known[field], next[field]))
}

/** No person, or no link of any kind. */
function isNothing(value: ResultFields[keyof ResultFields]): boolean {
  if (typeof value !== 'object' || value instanceof Date) return false
  return value === null || Object.values(value).every((part) => part === null)
}

/** Tells of each kind of artifact once: when it is first there. */
export function resultEntries(before: ResultFields, after: ResultFields, occurredAt: Date): NewTimelineEntry[] {
  const isNew = (kind: keyof Artifacts) => !before.artifacts?.[kind] && !!after.artifacts?.[kind]
  const [video, audio] = [isNew('video'), isNew('audio')]
  const entries: NewTimelineEntry[] = []
  if (video || audio) entries.push({ type: 'recording_ready', occurredAt, data: { video, audio } })
  if (isNew('transcription')) entries.push({ type: 'transcript_ready', occurredAt, data: {} })
  return entries
}

const kinds = ['video', 'audio', 'diarization', 'transcription', 'rawTranscription'] as const

function mergeArtifacts(known: Artifacts, added: Artifacts, isFresher: boolean): Artifacts {
  const merged = { ...known }
  for (const kind of kinds) {
    if (added[kind] !== null && (known[kind] === null || isFresher)) merged[kind] = added[kind]
  }
  return merged
}

/** When the first of the links ends that are kept. */
function expiryOf(kept: Artifacts, known: ResultFields, added: Results): Date | null {
  const comesFrom = (source: Artifacts | null) => kinds.some((kind) => kept[kind] && kept[kind] === source?.[kind])
  const times = [
    comesFrom(known.artifacts) ? known.artifactsExpireAt : null,
    comesFrom(added.artifacts) ? added.artifactsExpireAt : null,
  ].filter((time) => time !== null)
  return times.length > 0 ? new Date(Math.min(...times.map(Number))) : null
}

/** Both lists, those of the newer first. A person without an id is the one of the same name. */
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

/** Webhook and callback of one end are signed moments apart: that is no reason to write. */
const worthRenewingMs = 60_000

function isLonger(added: Date | null, known: Date | null): boolean {
  return known === null || (added !== null && added.getTime() > known.getTime() + worthRenewingMs)
}
