import type { Clock } from '../basics/clock.ts'
import { inBatches } from '../basics/in-batches.ts'
import type { CalendarEventStore } from '../calendars/calendar-store.ts'
import type { OauthFlowStore } from '../calendars/connection/consent/oauth.ts'
import type { DeliveryStore } from '../log/deliveries/delivery-store.ts'
import type { EndpointStore } from '../log/endpoints/endpoint-store.ts'
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
  endpoints: Pick<EndpointStore, 'listDone' | 'remove'>
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
  endpoints: number
}

/** How long a calendar event is kept after it has ended. */
const calendarEventsKeptMs = 90 * 24 * 3_600_000

/** How long an endpoint for one bot stays after the bot has ended. Until then a retranscription may use it. */
const botEndpointsKeptMs = 7 * 24 * 3_600_000

/**
 * Removes data after its time: bodies of webhooks, answers to repeated requests, past calendar events, old consents,
 * old events of the feed, what was delivered long ago, and endpoints for bots that have ended.
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
    endpoints: await inBatches((limit) => removeEndpoints(deps, limit)),
  }
}

async function removeEndpoints({ endpoints, now }: Deps, limit: number): Promise<number> {
  const done = await endpoints.listDone(new Date(now().getTime() - botEndpointsKeptMs), limit)
  for (const id of done) await endpoints.remove(id, { at: now(), cause: 'worker' })
  return done.length
}

async function removeDeliveries({ deliveries }: Deps, now: Date, settledBefore: Date): Promise<number> {
  // What was held until its event was removed. It is removed itself after the same time as all others.
  await inBatches((limit) => deliveries.expire(now, limit))
  return await inBatches((limit) => deliveries.removeSettled(settledBefore, limit))
}
