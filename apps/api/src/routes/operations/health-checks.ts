import { errorCodes } from '@seer/core/basics/error-codes'
import { SeerError } from '@seer/core/basics/errors'
import { within } from '@seer/infra/within'
import type { ApiDeps } from '../../dependencies.ts'

export type Check = { status: 'ok' | 'down'; detail: string | null }

/** A dependency that has not answered within this time counts as down. So health answers even when something hangs. */
const checkTimeoutMs = 2_000

/** A repeatable job starts every 10 s (core/jobs/contracts/sweeps.ts), so nothing for this long means that no worker runs. */
const longestSilenceMs = 150_000

/** Runs a check. A check that throws or hangs means `down`. */
export async function check(work: () => Promise<Check>, timeoutMs = checkTimeoutMs): Promise<Check> {
  const tooLate = new Error(`No answer within ${timeoutMs / 1_000} s.`)
  try {
    return await within(timeoutMs, work(), () => tooLate)
  } catch (error) {
    // Any other reason may have names of hosts and users, so it is only in the logs.
    return down(error === tooLate ? tooLate.message : 'It cannot be reached.')
  }
}

export const ok: Check = { status: 'ok', detail: null }
export function down(detail: string): Check {
  return { status: 'down', detail }
}

/** The detail is the general meaning of the error. Its own sentence names folders and buckets, so only the log has it. */
export function checkStorage({ storage, log }: Pick<ApiDeps, 'storage' | 'log'>): Promise<Check> {
  return check(async () => {
    try {
      await storage.check()
      return ok
    } catch (error) {
      log.warn({ err: error }, 'health.storage_down')
      if (error instanceof SeerError) return down(errorCodes[error.code].title)
      throw error
    }
  })
}

export type SchedulerCheck = Check & { lastTickAt: string | null }

/**
 * Looks at the newest start of any repeatable job. A system that is just starting has the same time as a system that
 * fell silent.
 */
export async function checkScheduler(
  { db, now }: Pick<ApiDeps, 'db' | 'now'>,
  startedAt: Date,
): Promise<SchedulerCheck> {
  let lastTickAt: string | null = null
  const result = await check(async () => {
    const starts = (await db.schedulerTasks.list()).map(({ lastStartedAt }) => lastStartedAt?.getTime() ?? 0)
    const last = Math.max(0, ...starts)
    if (last > 0) lastTickAt = new Date(last).toISOString()
    const silentMs = now().getTime() - Math.max(last, startedAt.getTime())
    if (silentMs <= longestSilenceMs) return ok
    return down(`No repeatable job has started for ${Math.round(silentMs / 1_000)} s; is a worker running?`)
  })
  return { ...result, lastTickAt }
}

/**
 * Callers that ask at the same time share one answer. Health is open to everybody, and nobody should be able to load
 * the database by asking it often.
 */
export function shared<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null
  return () => {
    running ??= work().finally(() => {
      running = null
    })
    return running
  }
}
