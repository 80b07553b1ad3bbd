import type { Clock } from './clock.ts'

/** The lease was lost while its job worked. Another job may have it now. */
export class LeaseLost extends Error {}

type Lease<Note> = {
  /** Ends the work, too. */
  signal: AbortSignal
  now: Clock
  /** How often the lease is renewed while the work tells of its progress. */
  renewEveryMs: number
  /** Renews the lease, and writes the note into the row. False: the lease was lost. */
  renew: (note: Note) => Promise<boolean>
}

/** What the work is given. */
export type Held<Note> = {
  /** Aborted when the lease was lost, and when the job is to end. */
  signal: AbortSignal
  /** Says how far the work is. The lease is renewed with it, when the last renewal is long enough ago. */
  progress(note: Note): void
  /** Renews the lease at once, and waits until that is written. @throws LeaseLost */
  write(note: Note): Promise<void>
}

/**
 * Does long work under a lease (lease.ts), which is renewed for as long as the work tells of progress. There is one renewal
 * at a time, because each names the lease of the one before.
 * @throws LeaseLost when another job has taken the lease; and what `work` throws
 */
export async function whileHeld<Note, Result>(
  { signal: ending, now, renewEveryMs, renew }: Lease<Note>,
  work: (held: Held<Note>) => Promise<Result>,
): Promise<Result> {
  const lost = new AbortController()
  let renewed: Promise<void> = Promise.resolve()
  let nextAt = 0
  const progress = (note: Note) => {
    const at = now().getTime()
    if (at < nextAt) return
    nextAt = at + renewEveryMs
    renewed = renewed
      .then(() => renew(note))
      .then((isHeld) => (isHeld ? undefined : lost.abort(new LeaseLost())))
      // The database is away. The work may go on; the last write decides.
      .catch(() => undefined)
  }
  const write = async (note: Note) => {
    await renewed
    if (!(await renew(note))) throw new LeaseLost()
  }
  try {
    return await work({ signal: AbortSignal.any([ending, lost.signal]), progress, write })
  } catch (error) {
    throw lost.signal.aborted ? lost.signal.reason : error
  } finally {
    await renewed
  }
}
