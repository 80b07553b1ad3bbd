/** What deleting its data does to a meeting at once. The job `delete-data` does the rest. Pure. */
import { mayHaveFiles } from '../delivery/facts-of-run.ts'
import type { Meeting } from '../meeting.ts'
import {
  type DataDeletion,
  type DeletionReason,
  type DeletionScope,
  isDeleted,
  keptLinks,
  type VendorDeletion,
} from './data-deletion.ts'

type Order = { scope: DeletionScope; reason: DeletionReason }

/**
 * An ended meeting of which something is to be deleted. From now on nobody is shown it, and nothing brings it back. The job
 * `delete-data` is owed. Null: it was said before.
 */
export function withDeletion(before: Meeting, { scope, reason }: Order, now: Date): Meeting | null {
  if (isDeleted(before, scope)) return null
  const known = before.deletion
  const vendor = known?.vendor ?? firstVendorState(before)
  const deletion: DataDeletion = {
    ...(known ?? nothingRemoved),
    scopes: scope === 'everything' ? ['everything'] : [...(known?.scopes ?? []), scope],
    reason,
    requestedAt: now.toISOString(),
    doneAt: null,
    vendor,
  }
  return withoutDeleted({ ...before, deletion, deleteDueAt: now })
}

const nothingRemoved = { transcripts: [], speakerNames: 0, chatMessages: 0 }

/** A cancelled bot, and one that was never let in, left nothing. If only Seer concluded the end, the vendor decides. */
function firstVendorState(meeting: Meeting): VendorDeletion {
  const mayBeThere = meeting.meetingBaasId !== null && (mayHaveFiles(meeting) || meeting.endInferred)
  return { outcome: mayBeThere ? 'pending' : 'not_there', reason: null, at: null }
}

/** The meeting without what is deleted: links at the vendor, people, and the wish to make files of them. */
export function withoutDeleted(meeting: Meeting): Meeting {
  if (meeting.deletion === null) return meeting
  const artifacts = keptLinks(meeting, meeting.artifacts)
  const kept = { ...meeting, artifacts, artifactsExpireAt: artifacts && meeting.artifactsExpireAt }
  if (!isDeleted(meeting, 'everything')) return kept
  return { ...kept, participants: null, speakers: null, collected: true, collectDueAt: null }
}
