/** What a deletion has removed from where, and what is left. */
import {
  type DataDeletion,
  type DataState,
  type DeletionReason,
  type DeletionScope,
  dataStateOf,
  isDeleted,
  isDeleting,
  isFileDeleted,
  type RemovedTranscript,
  type VendorDeletion,
} from '../meetings/deletion/data-deletion.ts'
import type { BotKeeping, Meeting } from '../meetings/meeting.ts'
import { type Artifact, isLost } from '../recordings/artifact.ts'
import type { ArtifactStore } from '../recordings/custody/artifact-store.ts'
import type { TranscriptStore } from '../recordings/transcripts/transcript-store.ts'
import type { ArtifactKind } from '../vendor/artifact-kinds.ts'

/** Something that is still to be removed, and what is in the way if that is known. */
export type Leftover = {
  what: 'file' | 'transcript' | 'webhook' | 'vendor'
  kind?: ArtifactKind
  reason: string | null
}

export type RemovedFile = { kind: ArtifactKind; bytes: number | null; sha256: string | null }

export type Receipt = {
  state: DataState
  scopes: DeletionScope[]
  reason: DeletionReason | null
  requestedAt: string | null
  doneAt: string | null
  storage: { files: number; bytes: number; removed: RemovedFile[] }
  database: {
    transcripts: Omit<RemovedTranscript, 'id'>[]
    utterances: number
    speakerNames: number
    chatMessages: number
  }
  vendor: VendorDeletion | null
  left: Leftover[]
}

/** The receipt as it stands. `artifacts` are all of the meeting. */
export function receiptOf(
  { deletion }: BotKeeping,
  artifacts: readonly Artifact[],
  left: readonly Leftover[],
): Receipt {
  const removed = artifacts.flatMap((one) => (wasRemoved(one) ? [fileOf(one)] : []))
  const transcripts = (deletion?.transcripts ?? []).map(({ version, source, utterances }) => ({
    version,
    source,
    utterances,
  }))
  return {
    state: dataStateOf({ deletion }),
    scopes: deletion?.scopes ?? [],
    reason: deletion?.reason ?? null,
    requestedAt: deletion?.requestedAt ?? null,
    doneAt: deletion?.doneAt ?? null,
    storage: { files: removed.length, bytes: removed.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0), removed },
    database: {
      transcripts,
      utterances: transcripts.reduce((sum, { utterances }) => sum + utterances, 0),
      speakerNames: deletion?.speakerNames ?? 0,
      chatMessages: deletion?.chatMessages ?? 0,
    },
    vendor: deletion?.vendor ?? null,
    left: [...left],
  }
}

/** A file of which nothing was written was never in the storage. */
const wasRemoved = ({ state, settled, writtenKeys }: Artifact): boolean =>
  state === 'deleted' && settled && writtenKeys.length > 0

const fileOf = ({ kind, bytes, sha256 }: Artifact): RemovedFile => ({ kind, bytes, sha256 })

type Stores = { artifacts: readonly Artifact[]; transcripts: readonly unknown[] }

/** What a deletion has not removed yet, of what can be seen in the tables. `transcripts` are all of the meeting. */
export function leftOf(meeting: Meeting, { artifacts, transcripts }: Stores): Leftover[] {
  if (!isDeleting(meeting)) return []
  const words = isDeleted(meeting, 'transcripts') ? transcripts : []
  const { vendor } = meeting.deletion as DataDeletion
  const files = artifacts.filter((one) => {
    const isGone = isLost(one) || (one.state === 'deleted' && one.settled)
    return isFileDeleted(meeting, one.kind) && !isGone
  })
  return [
    ...files.map(({ kind, state, lastProblem }) => ({
      what: 'file' as const,
      kind,
      reason: state === 'deleted' ? lastProblem : null,
    })),
    ...words.map(() => ({ what: 'transcript' as const, reason: null })),
    ...(vendor.outcome === 'pending' ? [{ what: 'vendor' as const, reason: vendor.reason }] : []),
  ]
}

/** The receipt of a meeting as it stands now. */
export async function readReceipt(
  stores: { artifacts: Pick<ArtifactStore, 'of'>; transcripts: Pick<TranscriptStore, 'list'> },
  meeting: Meeting,
): Promise<Receipt> {
  const artifacts = await stores.artifacts.of(meeting.id)
  const transcripts = await stores.transcripts.list(meeting.id)
  return receiptOf(meeting, artifacts, leftOf(meeting, { artifacts, transcripts }))
}
