import { type DueSource, dueSource, type OwedJob } from '../../jobs/owed-job.ts'
import type { Attempt, Delivery, DeliveryState } from './delivery.ts'

export type FannedOut = {
  /** Endpoints to which something can be sent now. */
  endpointIds: string[]
  /** Whether there may be more events to turn into deliveries. */
  hasMore: boolean
}

/** What an attempt leaves of its delivery. */
export type SettledDelivery = {
  /** As it was claimed. */
  delivery: Delivery
  /** Null when nothing was sent, because the event is gone. */
  attempt: Attempt | null
  state: DeliveryState
  /** When it is tried next; null when it is not. */
  dueAt: Date | null
}

/** Which deliveries of an endpoint are listed. */
export type DeliveryFilter = {
  states?: readonly DeliveryState[] | undefined
  /** By the time at which the delivery came into being. */
  since?: Date | undefined
  until?: Date | undefined
}

/** For metrics. */
export type DeliverySummary = {
  /** Deliveries to active endpoints that are due, and since when the first of them is. */
  due: number
  oldestDueAt: Date | null
  /** Deliveries that wait for their next attempt. */
  waiting: number
  /** Deliveries to endpoints that are paused or disabled. */
  held: number
  failed: number
  /** Events that are not deliveries yet. */
  behind: number
  endpoints: { state: string; count: number }[]
}

/** Deliveries in Postgres. Each method is one atomic step. */
export interface DeliveryStore {
  /** Makes deliveries of at most `limit` events that have positions, for the endpoints that want them, each event once. */
  fanOut(now: Date, limit: number): Promise<FannedOut>
  /** The same for events that are to be sent again. */
  fanOutReplays(now: Date, limit: number): Promise<FannedOut>
  /** Takes at most `limit` due deliveries of an endpoint, the longest due first. Until `leaseUntil` nobody else gets them. */
  claim(endpointId: string, claim: { now: Date; leaseUntil: Date; limit: number }): Promise<Delivery[]>
  /** Writes down attempts, and what follows for their deliveries unless their leases were lost. */
  settle(settled: SettledDelivery[], now: Date): Promise<void>
  /** Gives back deliveries that were claimed and not sent. */
  giveBack(deliveries: readonly Delivery[], now: Date): Promise<void>
  /** Makes the endpoint due when its next delivery is. @returns that time; null when nothing is owed */
  planNext(endpointId: string): Promise<Date | null>
  /** Endpoints with due deliveries. They are due again at `next`, so that parallel sweeps take others. */
  claimDueEndpoints(now: Date, next: Date, limit: number): Promise<string[]>
  /** Lets what waits for another attempt begin anew, now and before what came later. */
  resume(endpointId: string): Promise<void>
  /** The newest first. @param before a position; only older events */
  list(endpointId: string, filter: DeliveryFilter, before: number | null, limit: number): Promise<Delivery[]>
  find(deliveryId: string): Promise<Delivery | null>
  /** Of one delivery, oldest first. Those of long ago are gone. */
  attempts(deliveryId: string): Promise<Attempt[]>
  /** Sends one again, now and with a new schedule. @returns null when it does not exist */
  retry(deliveryId: string, now: Date): Promise<Delivery | null>
  /** Sends again, with new schedules, what has failed and came into being in this time. @returns how many */
  recover(endpointId: string, span: { since: Date; until: Date | null }, now: Date): Promise<number>
  /**
   * Sends all events after a position again, also those from before the endpoint was made. `fanOutReplays` does it.
   * @returns up to which position
   */
  replay(endpointId: string, after: number): Promise<number>
  summarise(now: Date): Promise<DeliverySummary>
  /** How many deliveries of each endpoint are pending. */
  countPending(endpointIds: readonly string[]): Promise<Map<string, number>>
  /** Settles at most `limit` pending deliveries whose events were removed by retention. @returns how many */
  expire(now: Date, limit: number): Promise<number>
  /** Removes at most `limit` deliveries that were settled before a time. @returns how many */
  removeSettled(before: Date, limit: number): Promise<number>
  /** Makes room for the attempts of this month and the next, and removes months that ended before a time. */
  keepAttemptMonths(now: Date, removeBefore: Date): Promise<void>
}

/** The job that sends what is due to an endpoint. */
export const deliverJob = (endpointId: string): OwedJob => ({ name: 'deliver-events', payload: { endpointId } })

/** The endpoints that owe a job. */
export function dueEndpoints(deliveries: Pick<DeliveryStore, 'claimDueEndpoints'>): DueSource {
  return dueSource(
    (now, next, limit) => deliveries.claimDueEndpoints(now, next, limit),
    (endpointId) => [deliverJob(endpointId)],
  )
}
