/** The order that a job is carrying out. While the job has its lease, nobody else calls a service for it. */
import type { Clock } from '../../basics/clock.ts'
import type { SpeechOrder, SpeechOrderStore } from './speech-orders.ts'
import type { SpeechCall } from './speech-service.ts'

/** A job that dies holds its order for this long. Services report every few seconds while a call lasts. */
const leaseMs = 60_000
const renewEveryMs = 15_000

type HoldDeps = { speechOrders: Pick<SpeechOrderStore, 'take' | 'renew' | 'release'>; now: Clock }

type Release = { dueAt: Date; lastProblem: string | null; ticket?: string | null; isCounted: boolean }

export type HeldOrder = {
  readonly order: SpeechOrder
  /** Runs a call, and renews the lease while it lasts. @throws LeaseLost, and what the call throws */
  during<T>(context: Context, call: (call: SpeechCall) => Promise<T>): Promise<T>
  /** @returns false when the lease was lost */
  renew(): Promise<boolean>
  /** Gives the lease back. @returns false when it was lost, and nothing was written */
  release(changes: Release): Promise<boolean>
}

type Context = { signal: AbortSignal; progress: (value: Record<string, number>) => void }

export class LeaseLost extends Error {}

/** Takes the lease of an order; null when it cannot be had, or nothing is owed. */
export async function holdOrder(deps: HoldDeps, transcriptId: string): Promise<HeldOrder | null> {
  const until = () => new Date(deps.now().getTime() + leaseMs)
  const order = await deps.speechOrders.take(transcriptId, deps.now(), until())
  if (!order) return null
  let leaseUntil = order.leaseUntil as Date
  async function renew({ progress = null, ticket = null }: Renewal = {}): Promise<boolean> {
    const changes = { leaseUntil: until(), progress, ticket }
    if (!(await deps.speechOrders.renew({ id: transcriptId, leaseUntil }, changes))) return false
    leaseUntil = changes.leaseUntil
    return true
  }
  return {
    order,
    renew: () => renew(),
    release: ({ ticket = order.ticket, ...changes }) =>
      deps.speechOrders.release({ id: transcriptId, leaseUntil }, { ticket, ...changes }),
    during: (context, call) => renewing({ context, renew, now: deps.now }, call),
  }
}

type Renewal = { progress?: number | null; ticket?: string | null }
type Renewing = { context: Context; renew: (changes: Renewal) => Promise<boolean>; now: Clock }

async function renewing<T>({ context, renew, now }: Renewing, run: (call: SpeechCall) => Promise<T>): Promise<T> {
  const stop = new AbortController()
  const signal = AbortSignal.any([context.signal, stop.signal])
  let renewed: Promise<void> = Promise.resolve()
  let nextAt = now().getTime() + renewEveryMs
  const onProgress = (sent: number | null) => {
    if (sent !== null) context.progress({ sent })
    const at = now().getTime()
    if (at < nextAt) return
    nextAt = at + renewEveryMs
    renewed = renewed
      // Sending is half of the work, as far as anybody knows.
      .then(() => renew({ progress: sent === null ? null : sent / 2 }))
      .then((isHeld) => (isHeld ? undefined : stop.abort(new LeaseLost())))
      // The database is away. The call may go on; the last write decides.
      .catch(() => undefined)
  }
  const noteTicket = async (ticket: string) => {
    // One renewal at a time, because each names the lease of the one before.
    await renewed
    if (!(await renew({ ticket }))) throw new LeaseLost()
  }
  try {
    return await run({ signal, onProgress, noteTicket })
  } catch (error) {
    throw stop.signal.aborted ? stop.signal.reason : error
  } finally {
    await renewed
  }
}
