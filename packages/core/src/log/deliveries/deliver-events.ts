import { changeRow } from '../../basics/change-row.ts'
import type { Clock } from '../../basics/clock.ts'
import type { SecretCipher } from '../../basics/secret-cipher.ts'
import type { Endpoint } from '../endpoints/endpoint.ts'
import type { EndpointChange, EndpointStore } from '../endpoints/endpoint-store.ts'
import type { NewEntry } from '../entry.ts'
import type { EventFeed } from '../feed/event-feed.ts'
import { eventIdOf, type FeedEvent } from '../feed/feed-event.ts'
import type { Attempt, Delivery } from './delivery.ts'
import type { DeliveryStore, SettledDelivery } from './delivery-store.ts'
import { afterAttempt, deliveriesAtOnce, type Health, type HealthVerdict } from './health.ts'
import { nextAttemptAt } from './schedule.ts'
import { sendEvent } from './send-event.ts'
import { isSuccess, type WebhookAnswer, type WebhookSender } from './webhook-sender.ts'

export type DeliverDeps = {
  endpoints: Pick<EndpointStore, 'find' | 'save'>
  deliveries: Pick<DeliveryStore, 'claim' | 'settle' | 'giveBack' | 'planNext'>
  feed: Pick<EventFeed, 'at'>
  sender: Pick<WebhookSender, 'send'>
  cipher: Pick<SecretCipher, 'open'>
  /** An event as its reader gets it, in JSON. */
  show: (event: FeedEvent) => string
  /** Called after each attempt. */
  onAttempt?: (attempt: DeliveredAttempt) => void
  /** From 0 to 1. */
  random: () => number
  now: Clock
}

/** For metrics and logs. */
export type DeliveredAttempt = { delivery: Delivery; attempt: Attempt; recordedAt: Date }

/** No more rounds begin after this time, so that one endpoint does not keep a worker for long. */
const roundsForMs = 15_000
/** Longer than a round may last. */
const leaseMs = 60_000

export type DeliverOutcome = { delivered: number; failed: number; nextAt: Date | null }

/**
 * Sends what is due to one endpoint: ten at once while it is sound, one at a time while it fails. At most one such job runs
 * for an endpoint.
 */
export async function deliverEvents(
  deps: DeliverDeps,
  { endpointId }: { endpointId: string },
  { signal }: { signal: AbortSignal },
): Promise<DeliverOutcome> {
  const until = deps.now().getTime() + roundsForMs
  const done = { delivered: 0, failed: 0 }
  while (!signal.aborted && deps.now().getTime() < until) {
    const round = await deliverRound(deps, endpointId, signal)
    done.delivered += round.delivered
    done.failed += round.failed
    if (round.isLast) break
  }
  return { ...done, nextAt: await deps.deliveries.planNext(endpointId) }
}

type Round = { delivered: number; failed: number; isLast: boolean }
const nothing: Round = { delivered: 0, failed: 0, isLast: true }

async function deliverRound(deps: DeliverDeps, endpointId: string, signal: AbortSignal): Promise<Round> {
  const endpoint = await deps.endpoints.find(endpointId)
  const now = deps.now()
  if (!endpoint || endpoint.state !== 'active' || (endpoint.retryAt && endpoint.retryAt > now)) return nothing
  const limit = deliveriesAtOnce(endpoint)
  const leaseUntil = new Date(now.getTime() + leaseMs)
  const claimed = await deps.deliveries.claim(endpointId, { now, leaseUntil, limit })
  if (claimed.length === 0) return nothing
  const { sent, failure } = await sendAll(deps, endpoint, claimed, signal)
  await deps.deliveries.settle(
    sent.map(({ settled }) => settled),
    deps.now(),
  )
  const answers = sent.flatMap(({ ended }) => ended ?? [])
  await noteHealth(deps, endpoint, answers)
  if (failure) throw failure.reason
  const delivered = answers.filter(({ answer }) => isSuccess(answer)).length
  return {
    delivered,
    failed: answers.length - delivered,
    isLast: claimed.length < limit && delivered === answers.length,
  }
}

type Ended = { at: Date; answer: WebhookAnswer }
type Sent = { settled: SettledDelivery; ended: Ended | null }

/** Sends claimed deliveries at once. What was not sent when the worker stops, or because of a bug, is given back. */
async function sendAll(
  deps: DeliverDeps,
  endpoint: Endpoint,
  claimed: Delivery[],
  signal: AbortSignal,
): Promise<{ sent: Sent[]; failure: PromiseRejectedResult | undefined }> {
  const events = new Map<number, FeedEvent>()
  const positions = claimed.map(({ position }) => position)
  for (const event of await deps.feed.at(endpoint.userId, positions)) events.set(event.position, event)
  const sending = claimed.map((delivery) => sendOne(deps, endpoint, delivery, events.get(delivery.position), signal))
  const results = await Promise.allSettled(sending)
  const unsent = claimed.filter((_, i) => results[i]?.status === 'rejected')
  if (unsent.length > 0) await deps.deliveries.giveBack(unsent, deps.now())
  const failure = results.find((result) => result.status === 'rejected')
  return { sent: results.flatMap((result) => (result.status === 'fulfilled' ? result.value : [])), failure }
}

async function sendOne(
  deps: DeliverDeps,
  endpoint: Endpoint,
  delivery: Delivery,
  event: FeedEvent | undefined,
  signal: AbortSignal,
): Promise<Sent> {
  if (!event) return { settled: { delivery, attempt: null, state: 'expired', dueAt: null }, ended: null }
  const at = deps.now()
  const { type, occurredAt, subject } = event
  const shown = { id: eventIdOf(subject), type, occurredAt, json: deps.show(event) }
  const answer = await sendEvent(deps, endpoint, shown, { at, signal })
  const { retryAfterMs, ...told } = answer
  const attempt = { at, number: delivery.attempts + 1, ...told }
  deps.onAttempt?.({ delivery, attempt, recordedAt: event.recordedAt })
  const ended = { at: deps.now(), answer }
  if (isSuccess(answer)) return { settled: { delivery, attempt, state: 'delivered', dueAt: null }, ended }
  const dueAt = nextAttemptAt(attempt.number, { at: ended.at, retryAfterMs, random: deps.random() })
  return { settled: { delivery, attempt, state: dueAt ? 'pending' : 'failed', dueAt }, ended }
}

/** A success of a sound endpoint is noted this often, so that most rounds write nothing about it. */
const noteSuccessEveryMs = 10_000

async function noteHealth(deps: DeliverDeps, seen: Endpoint, answers: readonly Ended[]): Promise<void> {
  const isSound = seen.failures === 0 && answers.every(({ answer }) => isSuccess(answer))
  const lastNotedMs = deps.now().getTime() - (seen.lastSuccessAt?.getTime() ?? 0)
  if (answers.length === 0 || (isSound && lastNotedMs < noteSuccessEveryMs)) return
  const inOrder = answers.toSorted((a, b) => Number(a.at) - Number(b.at))
  await changeRow({
    name: `The endpoint ${seen.id}`,
    load: () => deps.endpoints.find(seen.id),
    decide: (before) => decide(before, inOrder),
    save: (before, change: EndpointChange) => deps.endpoints.save({ before, ...change, cause: 'worker' }),
  })
}

/** The endpoint after attempts, in the order in which they ended. */
function decide(before: Endpoint, answers: readonly Ended[]): EndpointChange {
  let next = before
  const entries: NewEntry<'endpoint'>[] = []
  for (const ended of answers) {
    const { health, ...verdict } = afterAttempt(next, ended)
    next = { ...next, ...health }
    entries.push(...entriesOf(verdict, health, ended))
    if (verdict.disable && next.state === 'active') {
      next = { ...next, state: 'disabled', disabledBecause: verdict.disable, disabledAt: ended.at, updatedAt: ended.at }
      entries.push({ type: 'endpoint.disabled', occurredAt: ended.at, data: { because: verdict.disable } })
    }
  }
  return { next, entries }
}

function entriesOf({ warn, isBack }: HealthVerdict, health: Health, { at, answer }: Ended): NewEntry<'endpoint'>[] {
  if (isBack) return [{ type: 'endpoint.recovered', occurredAt: at, data: {} }]
  if (warn === null) return []
  const { status, problem } = answer
  const failingSince = health.firstFailureAt?.toISOString() ?? null
  return [{ type: 'endpoint.failing', occurredAt: at, data: { percent: warn, failingSince, status, problem } }]
}
