import { PostponedError, RetryableError } from '../../basics/errors.ts'
import { freeInMs, hasSameLease, isFree, leaseFor, noLease } from '../../basics/lease.ts'
import type { Integration } from '../integration.ts'
import { type ChangeDeps, changeIntegration } from './change-integration.ts'

/** Longer than all calls of one attempt take (4 × 20 s, and 2 × 15 s for slots in the write rate). */
export const connectLeaseMs = 120_000
/** A job that is this late was lost. */
const sweepAfterMs = 60_000

/**
 * Makes sure that only one job at a time calls the vendor about a connection.
 * @param start returns the connection as the job begins with it; null when there is nothing to do
 * @returns null when there is nothing to do
 * @throws PostponedError CALENDAR_BUSY while another job has the lease
 */
export async function takeLease(
  deps: ChangeDeps,
  integrationId: string,
  start: (before: Integration) => Integration | null,
): Promise<Integration | null> {
  const leased = await changeIntegration(deps, integrationId, 'worker', (before) => {
    const at = deps.now()
    const started = start(before)
    if (!started) return null
    if (!isFree(before, at)) return { verdict: { freeInMs: freeInMs(before, at) } }
    const lease = leaseFor(connectLeaseMs, at)
    return { next: { ...started, ...lease, dueAt: lease.leaseUntil }, entries: [], verdict: 'leased' as const }
  })
  if (!leased?.verdict) return null
  if (leased.verdict === 'leased') return leased.after
  throw new PostponedError('CALENDAR_BUSY', { delayMs: leased.verdict.freeInMs })
}

/**
 * Lets the next attempt begin before the lease would have ended. An attempt that certainly reached nobody is not
 * counted.
 * @param dueInMs when the sweep may begin it if no job has. Default: well after the job comes back
 */
export async function releaseLease(
  deps: ChangeDeps,
  leased: Integration,
  error: unknown,
  dueInMs = sweepAfterMs + (error instanceof PostponedError ? error.delayMs : 0),
): Promise<void> {
  const dueAt = new Date(deps.now().getTime() + dueInMs)
  const isKnown = error instanceof PostponedError || (error instanceof RetryableError && !error.outcomeUnknown)
  await changeIntegration(deps, leased.id, 'worker', (before) => {
    if (!hasSameLease(before, leased)) return null
    const connectAttempts = Math.max(0, before.connectAttempts - (isKnown && before.calendarId === null ? 1 : 0))
    return { next: { ...before, connectAttempts, ...noLease, dueAt }, entries: [] }
  })
}
