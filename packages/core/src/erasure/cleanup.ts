import type { Clock } from '../basics/clock.ts'
import { inBatches } from '../basics/in-batches.ts'
import type { CalendarEventStore } from '../calendars/calendar-store.ts'
import type { OauthFlowStore } from '../calendars/connection/consent/oauth.ts'
import type { DeliveryStore } from '../log/deliveries/delivery-store.ts'
import type { EventFeed } from '../log/feed/event-feed.ts'
import type { Inbox } from '../webhooks/inbox.ts'

/** Answers kept for repeated requests. */
export interface ExpiredKeys {
  /** Removes at most `limit` idempotency keys that expired before `now`. @returns how many */
  removeExpired(now: Date, limit: number): Promise<number>
}

type Deps = {
  inbox: Pick<Inbox, 'removeBodies'>
  idempotencyKeys: ExpiredKeys
  calendarEvents: Pick<CalendarEventStore, 'removeEndedBefore'>
  oauthFlows: Pick<OauthFlowStore, 'removeExpired'>
  feed: Pick<EventFeed, 'removeBefore'>
  deliveries: Pick<DeliveryStore, 'expire' | 'removeSettled' | 'keepAttemptMonths'>
  webhookRetentionMs: number
  eventRetentionMs: number
  deliveryRetentionMs: number
  now: Clock
}

export type CleanupResult = {
  webhookBodies: number
  idempotencyKeys: number
  calendarEvents: number
  oauthFlows: number
  events: number
  deliveries: number
}

/** How long a calendar event is kept after it has ended. */
const calendarEventsKeptMs = 90 * 24 * 3_600_000

/**
 * Removes data after its time: bodies of webhooks, answers to repeated requests, past calendar events, old consents,
 * old events of the feed, and what was delivered long ago.
 */
export async function cleanup(deps: Deps): Promise<CleanupResult> {
  const now = deps.now()
  const processedBefore = new Date(now.getTime() - deps.webhookRetentionMs)
  const endedBefore = new Date(now.getTime() - calendarEventsKeptMs)
  const settledBefore = new Date(now.getTime() - deps.deliveryRetentionMs)
  await deps.deliveries.keepAttemptMonths(now, settledBefore)
  const numberedBefore = new Date(now.getTime() - deps.eventRetentionMs)
  return {
    webhookBodies: await inBatches((limit) => deps.inbox.removeBodies(processedBefore, limit)),
    idempotencyKeys: await inBatches((limit) => deps.idempotencyKeys.removeExpired(now, limit)),
    calendarEvents: await inBatches((limit) => deps.calendarEvents.removeEndedBefore(endedBefore, limit)),
    oauthFlows: await inBatches((limit) => deps.oauthFlows.removeExpired(now, limit)),
    events: await inBatches((limit) => deps.feed.removeBefore(numberedBefore, limit)),
    deliveries: await removeDeliveries(deps, now, settledBefore),
  }
}

async function removeDeliveries({ deliveries }: Deps, now: Date, settledBefore: Date): Promise<number> {
  // What was held until its event was removed. It is removed itself after the same time as all others.
  await inBatches((limit) => deliveries.expire(now, limit))
  return await inBatches((limit) => deliveries.removeSettled(settledBefore, limit))
}
