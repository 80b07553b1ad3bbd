/** The order that a job is carrying out. While the job has its lease, nobody else calls a service for it. */
import type { Clock } from '../../basics/clock.ts'
import { whileHeld } from '../../basics/while-held.ts'
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
    during: async (context, call) =>
      await whileHeld({ signal: context.signal, now: deps.now, renewEveryMs, renew }, async (held) => {
        const onProgress = (sent: number | null) => {
          if (sent !== null) context.progress({ sent })
          // Sending is half of the work, as far as anybody knows.
          held.progress({ progress: sent === null ? null : sent / 2 })
        }
        return await call({ signal: held.signal, onProgress, noteTicket: (ticket) => held.write({ ticket }) })
      }),
  }
}

type Renewal = { progress?: number | null; ticket?: string | null }
