import { noLease } from '../../basics/lease.ts'
import { LeaseLost, whileHeld } from '../../basics/while-held.ts'
import { isFileDeleted } from '../../meetings/deletion/data-deletion.ts'
import type { Meeting } from '../../meetings/meeting.ts'
import type { MeetingStore } from '../../meetings/meeting-store.ts'
import { contentTypes, fileExtensions } from '../../vendor/artifact-kinds.ts'
import { type Artifact, type ArtifactReason, artifactReasonOf } from '../artifact.ts'
import type { Storage } from '../storage.ts'
import { type ChangeArtifactDeps, changeArtifact } from './change-artifact.ts'
import type { Downloads, FetchedFile, FetchOutcome, MediaFacts, MediaReader } from './downloads.ts'
import { afterFailure, type CopyFailure, failureOf } from './failed-copy.ts'
import { freshLink, knownLink, type LinkDeps } from './fresh-link.ts'
import { type HeldArtifact, holdArtifact } from './held-artifact.ts'

type Deps = ChangeArtifactDeps &
  LinkDeps & {
    meetings: Pick<MeetingStore, 'find'>
    downloads: Downloads
    media: MediaReader
    storage: Pick<Storage, 'put' | 'head'>
    /** Larger files are not copied. */
    maxBytes: number
  }

type Context = {
  signal: AbortSignal
  /** Shows on the job how far it has come. */
  progress: (value: Record<string, number>) => void
}

export type CopyOutcome =
  | 'stored'
  | 'interrupted'
  | 'busy'
  | 'lease_lost'
  | 'nothing_to_do'
  /** It will be tried again. The log of the job tells the operator why; users see the reason. */
  | ({ outcome: 'failed' } & CopyFailure)

/**
 * Copies a file of the vendor's to our storage: fetches it to this machine, takes its SHA-256 on the way, and lets the
 * storage prove it. What has been fetched survives a kill. The artifact is written once; after that, no late or second
 * job changes it.
 */
export async function copyArtifact(
  deps: Deps,
  { artifactId }: { artifactId: string },
  context: Context,
): Promise<CopyOutcome> {
  const held = await holdArtifact(deps, artifactId)
  if (held === 'busy') return 'busy'
  if (held === 'closed') return 'nothing_to_do'
  const outcome = await copy(deps, held, context)
  if (outcome === 'lease_lost') await letGoIfDeleted(deps, held.artifact)
  return outcome
}

async function copy(deps: Deps, held: HeldArtifact, context: Context): Promise<CopyOutcome> {
  const meeting = await deps.meetings.find(held.artifact.meetingId)
  if (!meeting) return 'nothing_to_do'
  if (isFileDeleted(meeting, held.artifact.kind)) return await giveUpForGood(deps, held, meeting)
  try {
    const fetched = await fetchFile(deps, held, meeting, context)
    if ('reason' in fetched) return await giveUpForNow(deps, held, fetched)
    return await store(deps, held, fetched, context.signal)
  } catch (error) {
    if (error instanceof LeaseLost) return 'lease_lost'
    if (context.signal.aborted) return await handBack(deps, held)
    const failure = failureOf(error)
    if (isFileGone(error) && (await isDeleted(deps, held.artifact))) return 'lease_lost'
    if (!failure) throw error
    return await giveUpForNow(deps, held, failure)
  }
}

/** Whoever deletes the data also removes the file on this machine, perhaps while its header is read. */
const isFileGone = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === 'ENOENT'

const isDeleted = async ({ artifacts }: Deps, { id }: Artifact): Promise<boolean> =>
  (await artifacts.find(id))?.state === 'deleted'

/**
 * The data were deleted while this job was copying. It writes no more, so the job that deletes need not wait until the
 * lease has run out.
 */
async function letGoIfDeleted(deps: Deps, { id }: Artifact): Promise<void> {
  await changeArtifact(deps, id, (before) =>
    before.state === 'deleted' ? { ...before, ...noLease, settled: false, dueAt: deps.now() } : null,
  )
}

/** The data were deleted before anybody knew of this file. */
async function giveUpForGood(deps: Deps, held: HeldArtifact, { deletion }: Meeting): Promise<CopyOutcome> {
  const reason = artifactReasonOf(deletion?.reason ?? 'request')
  const isWritten = await held.finish({ state: 'deleted', reason, dueAt: deps.now() })
  return isWritten ? 'nothing_to_do' : 'lease_lost'
}

async function giveUpForNow(deps: Deps, held: HeldArtifact, failure: CopyFailure): Promise<CopyOutcome> {
  const isWritten = await held.finish(afterFailure(held.artifact, failure, deps.now()))
  return isWritten ? { outcome: 'failed', ...failure } : 'lease_lost'
}

/** The worker shuts down. Another one goes on at once; on this machine, from where this one was. */
async function handBack(deps: Deps, held: HeldArtifact): Promise<CopyOutcome> {
  const attempts = held.artifact.attempts - 1
  return (await held.finish({ state: 'pending', attempts, dueAt: deps.now() })) ? 'interrupted' : 'lease_lost'
}

async function fetchFile(
  deps: Deps,
  held: HeldArtifact,
  meeting: Meeting,
  context: Context,
): Promise<FetchedFile | CopyFailure> {
  const { kind } = held.artifact
  const known = knownLink(meeting, kind, deps.now())
  const first = known === null ? null : await fetchFrom(deps, held, known, context)
  if (first && !(first.outcome === 'refused')) return checked(deps, held.artifact, first)
  const link = await freshLink(deps, meeting, kind)
  if (link === null) return { reason: 'not_at_vendor', problem: 'Meeting BaaS shows no link to this file any more.' }
  return checked(deps, held.artifact, await fetchFrom(deps, held, link, context))
}

/** How often the row learns how far the copy is. */
const noteEveryMs = 5_000

async function fetchFrom(deps: Deps, held: HeldArtifact, link: string, context: Context): Promise<FetchOutcome> {
  const renew = (note: Partial<Artifact>) => held.note(note)
  const lease = { signal: context.signal, now: deps.now, renewEveryMs: noteEveryMs, renew }
  return await whileHeld(lease, async ({ signal, progress }) => {
    const onProgress = (copied: number, total: number | null) => {
      context.progress(total === null ? { copied } : { copied, total })
      progress({ copiedBytes: copied, bytes: total })
    }
    return await deps.downloads.fetch(held.artifact.id, link, { maxBytes: deps.maxBytes, onProgress, signal })
  })
}

function checked({ maxBytes }: Deps, { kind }: Artifact, fetched: FetchOutcome): FetchedFile | CopyFailure {
  switch (fetched.outcome) {
    case 'refused': {
      const reason = fetched.status === 404 || fetched.status === 410 ? 'not_at_vendor' : 'link_refused'
      return { reason, problem: `A new link of Meeting BaaS to this file answers with status ${fetched.status}.` }
    }
    case 'not_allowed':
      return { reason: 'link_not_allowed', problem: 'The link leads to an address inside this network.' }
    case 'too_large':
      return { reason: 'too_large', problem: `The file has ${fetched.bytes} bytes; ${maxBytes} are allowed.` }
    case 'fetched': {
      const { bytes, contentType } = fetched.file
      // When nobody spoke, there is nothing in the diarisation.
      if (bytes === 0 && kind !== 'diarization') return { reason: 'empty_file', problem: 'The file is empty.' }
      const isPage = contentType !== null && /^(text\/html|application\/xml|text\/xml)\b/.test(contentType)
      if (isPage) return { reason: 'wrong_type', problem: `A ${kind} file came as ${contentType}.` }
      return fetched.file
    }
  }
}

async function store(deps: Deps, held: HeldArtifact, file: FetchedFile, signal: AbortSignal): Promise<CopyOutcome> {
  const { id, kind, meetingId } = held.artifact
  const { bytes, sha256, path } = file
  // With the hash in its key, an object can only be replaced by itself.
  const key = `${meetingId}/${kind}-${sha256.slice(0, 16)}.${fileExtensions[kind]}`
  const contentType = contentTypes[kind]
  const isMedia = kind === 'video' || kind === 'audio'
  const media = isMedia ? await deps.media.read(path) : null
  const writtenKeys = [...new Set([...held.artifact.writtenKeys, key])]
  if (!(await held.note({ writtenKeys, bytes, copiedBytes: bytes }))) return 'lease_lost'
  if ((await deps.storage.put(key, { path, bytes, sha256, contentType }, signal)) === 'exists') {
    const there = await deps.storage.head(key)
    const isSame = there?.bytes === bytes && there.sha256 === sha256
    const problem = `The storage has another object under the key ${key}.`
    if (!isSame) return await giveUpForNow(deps, held, { reason: 'storage_unavailable', problem })
  }
  const now = deps.now()
  const isWritten = await held.finish({
    state: 'stored',
    reason: media && oddityOf(media),
    contentType,
    sha256,
    durationSeconds: media?.durationSeconds ?? null,
    storageKey: key,
    storedAt: now,
    lastProblem: null,
    dueAt: now,
  })
  if (isWritten) await deps.downloads.discard(id)
  return isWritten ? 'stored' : 'lease_lost'
}

/** A file is stored as it is, also if it is damaged: nobody has a better one. */
function oddityOf({ durationSeconds, isWhole }: MediaFacts): ArtifactReason | null {
  if (!isWhole) return 'truncated_file'
  return durationSeconds === null ? 'unreadable_media' : null
}
