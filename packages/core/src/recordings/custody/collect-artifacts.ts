import type { Clock } from '../../basics/clock.ts'
import { PermanentError } from '../../basics/errors.ts'
import { isSameJson } from '../../basics/same-json.ts'
import { isWanted, mayHaveFiles } from '../../meetings/delivery/facts-of-run.ts'
import { isFinal, type Meeting } from '../../meetings/meeting.ts'
import { artifactKinds, linkOf } from '../../vendor/artifact-kinds.ts'
import type { VendorBots } from '../../vendor/vendor-bots.ts'
import type { Artifact } from '../artifact.ts'
import { type GradeDeps, gradeDelivery } from '../delivery/grade-delivery.ts'
import type { ArtifactStore } from './artifact-store.ts'
import { changeArtifact } from './change-artifact.ts'
import { consequencesOf } from './consequences.ts'
import { newArtifacts } from './new-artifacts.ts'
import { noteNews } from './note-news.ts'

type Deps = Omit<GradeDeps, 'artifacts'> & {
  artifacts: Pick<ArtifactStore, 'add' | 'of' | 'find' | 'save' | 'settle'>
  vendor: Pick<VendorBots, 'getBot'>
  /** How long the vendor keeps files after the end of a run. */
  vendorKeepsMs: number
  newId: () => string
  now: Clock
}

export type CollectOutcome = 'collected' | 'nothing_to_do' | 'overtaken'

/**
 * Turns the results of an ended run into artifacts, whose copies are then owed. Does so again when the vendor adds a
 * result later. Also grades what is there so far.
 */
export async function collectArtifacts(deps: Deps, { meetingId }: { meetingId: string }): Promise<CollectOutcome> {
  const known = await deps.meetings.find(meetingId)
  if (!known || known.collected || !isFinal(known.state) || known.state === 'cancelled') return 'nothing_to_do'
  const meeting = needsDetails(known) ? await withDetails(deps, known) : known
  if (mayHaveFiles(meeting)) await writeArtifacts(deps, meeting)
  const { verdict } = await gradeDelivery(deps, meetingId, {
    change: (before) =>
      isSameJson(before.artifacts, meeting.artifacts) ? { ...before, collected: true, collectDueAt: null } : null,
  })
  return verdict === 'graded' ? 'collected' : verdict
}

const hasLinks = ({ artifacts }: Meeting): boolean =>
  artifacts !== null && Object.values(artifacts).some((link) => link !== null)

/**
 * Only the vendor's details have the links to all files. The webhook of a failed run has none, and that of a completed
 * run lacks the chat (openapi-v2.json).
 */
function needsDetails(meeting: Meeting): boolean {
  const { meetingBaasId, recordingStartedAt, state } = meeting
  if (meetingBaasId === null || (recordingStartedAt === null && state !== 'completed')) return false
  return artifactKinds.some((kind) => isWanted(meeting, kind) && linkOf(meeting.artifacts, kind) === null)
}

/** The copies of what is known begin before, because the vendor may not be there to be asked. */
async function withDetails(deps: Deps, meeting: Meeting): Promise<Meeting> {
  if (hasLinks(meeting)) await writeArtifacts(deps, meeting)
  const fact = await factOf(deps.vendor, meeting.meetingBaasId as string)
  if (fact?.kind !== 'completed' && fact?.kind !== 'failed') return meeting
  return (await noteNews(deps, meeting.id, fact)) ?? meeting
}

async function factOf(vendor: Deps['vendor'], botId: string) {
  try {
    return await vendor.getBot(botId)
  } catch (error) {
    if (error instanceof PermanentError && error.code === 'VENDOR_BOT_NOT_FOUND') return null
    throw error
  }
}

async function writeArtifacts(deps: Deps, meeting: Meeting): Promise<void> {
  const now = deps.now()
  const made = newArtifacts(meeting, { now, vendorKeepsMs: deps.vendorKeepsMs, newId: deps.newId })
  await deps.artifacts.add(made)
  const isNew = ({ id }: Artifact) => made.some((one) => one.id === id)
  const all = await deps.artifacts.of(meeting.id)
  await deps.queue.wake(all.filter(isNew).flatMap((artifact) => consequencesOf(null, artifact, now)))
  for (const { id } of all.filter((artifact) => !isNew(artifact) && revived(artifact, meeting, now))) {
    await changeArtifact(deps, id, (before) => revived(before, meeting, now))
  }
}

/** A file that did not exist, and now has a link. */
function revived(artifact: Artifact, meeting: Meeting, now: Date): Artifact | null {
  if (artifact.state !== 'missing' || linkOf(meeting.artifacts, artifact.kind) === null) return null
  return { ...artifact, state: 'pending', reason: null, settled: false, dueAt: now }
}
