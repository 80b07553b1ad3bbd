import type { Leased } from '../../basics/lease.ts'
import { type DueSource, dueSource, type OwedJob } from '../../jobs/owed-job.ts'
import type { Transcript } from '../transcripts/transcript.ts'
import type { NewTranscript } from '../transcripts/transcript-store.ts'
import type { SpeechOptions } from './speech-service.ts'

/** A transcript that a speech service is to make. The row of the transcript holds the order, too. */
export type SpeechOrder = Pick<
  Transcript,
  | 'id'
  | 'meetingId'
  | 'version'
  | 'source'
  | 'state'
  | 'requestedBy'
  | 'createdAt'
  | 'errorCode'
  | 'errorMessage'
  | 'lastProblem'
> &
  Leased & {
    options: SpeechOptions
    /** The caller's own key, encrypted for `apiKeyPlace`. Gone as soon as the transcript is made or has failed. */
    sealedKey: string | null
    /** Names a transcript that the service makes by itself. Once it is here, the service is not asked again. */
    ticket: string | null
    /** How many calls were begun. */
    attempts: number
    /** When its next job is due; null when nothing is owed any more. */
    dueAt: Date | null
  }

export type NewSpeechOrder = Omit<NewTranscript, 'language' | 'model' | 'service'> &
  Pick<SpeechOrder, 'options' | 'sealedKey'>

export type OrderOutcome =
  /** `being_made`: the meeting has such an order already, and nothing was written. */
  | { outcome: 'ordered' | 'being_made'; transcript: Transcript }
  /** Only for orders that want to be the first: the meeting has a version already, in whatever state. */
  | { outcome: 'has_version' }
  | { outcome: 'no_meeting' }

/** Names a lease: a row whose lease ends at another time has been taken by somebody else. */
export type OrderLease = { id: string; leaseUntil: Date }

/** Orders for speech services, in Postgres. Each method is one atomic step. */
export interface SpeechOrderStore {
  /**
   * Gives the next version of the meeting to an order, which is due at once.
   * @param isFirst whether it is wanted only for a meeting without any version
   */
  order(order: NewSpeechOrder, isFirst: boolean): Promise<OrderOutcome>
  /** Takes the lease of an order that owes a job, and counts the attempt. Null: somebody has it, or nothing is owed. */
  take(id: string, now: Date, leaseUntil: Date): Promise<SpeechOrder | null>
  /**
   * Renews a lease, also for the sweep. @returns false when it was lost
   * @param changes null keeps what is there
   */
  renew(
    lease: OrderLease,
    changes: { leaseUntil: Date; progress: number | null; ticket: string | null },
  ): Promise<boolean>
  /**
   * Gives the lease back. @returns false when it was lost, and nothing was written
   * @param changes `isCounted`: false when this attempt should not count
   */
  release(
    lease: OrderLease,
    changes: { dueAt: Date; lastProblem: string | null; ticket: string | null; isCounted: boolean },
  ): Promise<boolean>
  /** Nothing is owed any more. */
  settle(id: string): Promise<void>
  /** Ids of orders that owe a job by `now`. They are due again at `next`, so that parallel sweeps take others. */
  claimDue(now: Date, next: Date, limit: number): Promise<string[]>
}

/** Where the caller's key of an order is sealed for. */
export const apiKeyPlace = (transcriptId: string) => `transcripts:${transcriptId}:api_key`

/** The job that carries out an order. */
export const jobOf = (transcriptId: string): OwedJob => ({ name: 'retranscribe', payload: { transcriptId } })

/** The orders that owe a job. */
export function dueSpeechOrders(orders: Pick<SpeechOrderStore, 'claimDue'>): DueSource {
  return dueSource(
    (now, next, limit) => orders.claimDue(now, next, limit),
    (transcriptId) => [jobOf(transcriptId)],
  )
}
