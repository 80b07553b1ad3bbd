import type { SubjectKind } from '../entry-types.ts'
import type { WebhookAnswer, WebhookProblem } from './webhook-sender.ts'

/** An event that an endpoint gets, and how far that is. */
export type Delivery = {
  id: string
  endpointId: string
  /** Of the event. */
  position: number
  type: string
  subjectKind: SubjectKind
  subjectId: string
  seq: number
  state: DeliveryState
  /** Attempts in the present schedule. A retry by hand begins another one. */
  attempts: number
  /** When it is sent next; while it is being sent, when that counts as lost. Null once it is settled. */
  dueAt: Date | null
  lastStatus: number | null
  lastProblem: WebhookProblem | null
  createdAt: Date
  settledAt: Date | null
}

/**
 * `pending`: to be sent, or sent again; held while its endpoint is not active. `failed`: the last attempt failed.
 * `expired`: retention has removed the event before it could be delivered.
 */
export const deliveryStates = ['pending', 'delivered', 'failed', 'expired'] as const
export type DeliveryState = (typeof deliveryStates)[number]

/** One request to an endpoint. */
export type Attempt = {
  at: Date
  /** Counts the attempts of the schedule from 1. */
  number: number
} & Omit<WebhookAnswer, 'retryAfterMs'>
