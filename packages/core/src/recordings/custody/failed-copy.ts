import { waitAfterAttempts } from '../../basics/backoff.ts'
import { SeerError } from '../../basics/errors.ts'
import type { Artifact, ArtifactReason } from '../artifact.ts'

/** Why a copy did not succeed: a reason for programs and a sentence for people. */
export type CopyFailure = { reason: ArtifactReason; problem: string }

const again = { firstMs: 5_000, mostMs: 3_600_000 }

/**
 * What an artifact becomes after an attempt that failed. It is tried again after 5 s, 15 s, 45 s and so on, at least
 * every hour. Once the vendor has deleted the file, it is given up.
 */
export function afterFailure(artifact: Artifact, { reason, problem }: CopyFailure, now: Date): Partial<Artifact> {
  const lastProblem = problem
  if (now >= artifact.deadline) return { state: 'expired', reason: 'vendor_deleted_it', lastProblem, dueAt: now }
  const waitMs = waitAfterAttempts(artifact.attempts, again)
  const dueAt = new Date(Math.min(now.getTime() + waitMs, artifact.deadline.getTime()))
  return { state: 'failed', reason, lastProblem, dueAt }
}

/**
 * Errors of downloads, storages and the vendor become reasons, also permanent ones: a bot that the vendor no longer knows
 * must not keep its artifacts from expiring. Other errors say nothing about the artifact: null.
 */
export function failureOf(error: unknown): CopyFailure | null {
  if (!(error instanceof SeerError)) return null
  const reason = reasonOf(error)
  return reason && { reason, problem: `${error.code}: ${error.message}` }
}

function reasonOf({ code }: SeerError): ArtifactReason | null {
  if (code === 'DOWNLOAD_INTERRUPTED') return 'unreachable'
  if (code.startsWith('STORAGE_')) return 'storage_unavailable'
  if (code === 'VENDOR_BOT_NOT_FOUND') return 'not_at_vendor'
  return code.startsWith('VENDOR_') ? 'unreachable' : null
}
