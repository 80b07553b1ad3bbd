import type { Clock } from '../basics/clock.ts'
import { isUnavailable, PostponedError, SeerError } from '../basics/errors.ts'
import { type Urgency, urgency } from '../jobs/urgency.ts'
import { type DataDeletion, isDeleted, isFileDeleted, type VendorDeletion } from '../meetings/deletion/data-deletion.ts'
import type { Meeting } from '../meetings/meeting.ts'
import { isOpen } from '../recordings/artifact.ts'
import type { ArtifactStore } from '../recordings/custody/artifact-store.ts'
import type { VendorBots } from '../vendor/vendor-bots.ts'
import { vendorWrite, type WriteLimits } from '../vendor/vendor-write.ts'

export type VendorDeletionDeps = {
  vendor: Pick<VendorBots, 'deleteBotData' | 'findBots'>
  limits: WriteLimits
  artifacts: Pick<ArtifactStore, 'of'>
  /** How long the vendor keeps data after the end of a run. */
  vendorKeepsMs: number
  now: Clock
}

type Outcome = { vendor: VendorDeletion; retryAfterMs: number | null }

/**
 * Deletes the vendor's copy, which can only be done as a whole. So while only a part is to be deleted here, it waits until
 * the rest has been copied.
 * @throws what a failing database throws; whatever the vendor says is in the outcome
 */
export async function deleteAtVendor(deps: VendorDeletionDeps, meeting: Meeting): Promise<Outcome> {
  const { vendor } = meeting.deletion as DataDeletion
  if (vendor.outcome !== 'pending') return { vendor, retryAfterMs: null }
  if (await isCopying(deps, meeting)) {
    return stillPending('Seer has not yet copied from Meeting BaaS what is kept.')
  }
  try {
    const found = []
    for (const botId of await botsOf(deps, meeting)) found.push(await deleteOne(deps, botId, urgencyOf(meeting)))
    return answered(found.includes(true) ? 'deleted' : 'not_there', null, deps.now())
  } catch (error) {
    if (!(error instanceof SeerError) || isUnavailable(error)) throw error
    const reason = `${error.code}: ${error.message}`
    if (error instanceof PostponedError) return { ...stillPending(reason), retryAfterMs: error.delayMs }
    const hasExpired = (meeting.finalAt?.getTime() ?? 0) + deps.vendorKeepsMs < deps.now().getTime()
    return hasExpired ? answered('expired', reason, deps.now()) : stillPending(reason)
  }
}

const stillPending = (reason: string): Outcome => ({
  vendor: { outcome: 'pending', reason, at: null },
  retryAfterMs: null,
})

function answered(outcome: VendorDeletion['outcome'], reason: string | null, at: Date): Outcome {
  return { vendor: { outcome, reason, at: at.toISOString() }, retryAfterMs: null }
}

/** Whether a file that is kept still has to come from the vendor. */
async function isCopying({ artifacts }: VendorDeletionDeps, meeting: Meeting): Promise<boolean> {
  if (isDeleted(meeting, 'everything')) return false
  const kept = (await artifacts.of(meeting.id)).filter(({ kind }) => !isFileDeleted(meeting, kind))
  return !meeting.collected || kept.some(isOpen)
}

/** The bot of the meeting. If there may have been a second one, all that carry the meeting's id. */
async function botsOf(
  { vendor }: VendorDeletionDeps,
  { id, meetingBaasId, createAttempts }: Meeting,
): Promise<string[]> {
  if (createAttempts <= 1) return meetingBaasId === null ? [] : [meetingBaasId]
  const started = (await vendor.findBots(id)).filter(({ status }) => status !== 'scheduled' && status !== 'cancelled')
  return started.map(({ botId }) => botId)
}

/** Retention may begin thousands at once, which nobody waits for. */
const urgencyOf = ({ deletion }: Meeting): Urgency =>
  deletion?.reason === 'retention' ? urgency.routine : urgency.soon

/** @returns false when the vendor does not know the bot */
async function deleteOne({ vendor, limits }: VendorDeletionDeps, botId: string, goes: Urgency): Promise<boolean> {
  try {
    await vendorWrite(limits, () => vendor.deleteBotData(botId), goes)
    return true
  } catch (error) {
    if (error instanceof SeerError && error.code === 'VENDOR_BOT_NOT_FOUND') return false
    throw error
  }
}
