import { randomUUID } from 'node:crypto'
import type { Attempt, Delivery } from '../../../src/log/deliveries/delivery.ts'
import type { DeliveryStore } from '../../../src/log/deliveries/delivery-store.ts'
import {
  asksForFacts,
  type EventFacts,
  fitsFacts,
  type PlacedEvent,
  wantsEvent,
} from '../../../src/log/deliveries/match-event.ts'
import type { Endpoint } from '../../../src/log/endpoints/endpoint.ts'
import type { MemoryEndpointStore } from '../endpoints/memory-endpoint-store.ts'

export type MemoryEvent = PlacedEvent & EventFacts

export type MemoryDeliveryStore = DeliveryStore & { rows: Delivery[]; events: MemoryEvent[] }

/** Deliveries without a database. `events` are the events that have positions. */
export function memoryDeliveryStore({ rows: endpoints, due, replays }: MemoryEndpointStore): MemoryDeliveryStore {
  const rows: Delivery[] = []
  const events: MemoryEvent[] = []
  const attempts: (Attempt & { deliveryId: string })[] = []
  let cursor = 0
  const copy = <Row>(row: Row): Row => structuredClone(row)
  const newest = () => events.at(-1)?.position ?? 0
  const pendingOf = (endpointId: string) =>
    rows.filter((row) => row.endpointId === endpointId && row.state === 'pending')
  const later = (a: Date, b: Date | null) => (b && b > a ? b : a)
  const byDue = (a: Delivery, b: Delivery) => Number(a.dueAt) - Number(b.dueAt) || a.position - b.position

  const gets = (endpoint: Endpoint, event: MemoryEvent) =>
    wantsEvent(endpoint, event) && (!asksForFacts(endpoint) || fitsFacts(endpoint.filter, event))

  /** @returns whether the endpoint can get it now */
  function put(endpoint: Endpoint, { position, type, subject }: MemoryEvent, now: Date, isAgain: boolean): boolean {
    const known = rows.find((row) => row.endpointId === endpoint.id && row.position === position)
    if (known && !isAgain) return false
    const again = { state: 'pending' as const, attempts: 0, dueAt: now, settledAt: null }
    const { kind: subjectKind, id: subjectId, seq } = subject
    const of = { id: randomUUID(), endpointId: endpoint.id, position, type, subjectKind, subjectId, seq }
    if (known) Object.assign(known, again)
    else rows.push({ ...of, ...again, lastStatus: null, lastProblem: null, createdAt: now })
    if (endpoint.state !== 'active') return false
    const at = later(now, endpoint.retryAt)
    const before = due.get(endpoint.id)
    due.set(endpoint.id, before && before < at ? before : at)
    return (due.get(endpoint.id) as Date) <= now
  }

  function again(row: Delivery, now: Date): void {
    Object.assign(row, { state: 'pending', attempts: 0, dueAt: now, settledAt: null })
    const endpoint = endpoints.get(row.endpointId)
    if (endpoint?.state !== 'active') return
    endpoint.retryAt = null
    due.set(endpoint.id, now)
  }

  return {
    rows,
    events,
    async fanOut(now, limit) {
      const next = events.filter(({ position }) => position > cursor).slice(0, limit)
      const endpointIds = new Set<string>()
      for (const endpoint of endpoints.values()) {
        for (const event of next) {
          if (event.position <= endpoint.afterPosition || !gets(endpoint, event)) continue
          if (put(endpoint, event, now, false)) endpointIds.add(endpoint.id)
        }
      }
      cursor = next.at(-1)?.position ?? cursor
      return { endpointIds: [...endpointIds], hasMore: cursor < newest() }
    },
    async fanOutReplays(now) {
      const endpointIds: string[] = []
      for (const [id, { after, upTo }] of replays) {
        const endpoint = endpoints.get(id)
        if (!endpoint) continue
        const found = events.filter(
          (event) => event.position > after && event.position <= upTo && gets(endpoint, event),
        )
        if (found.map((event) => put(endpoint, event, now, true)).includes(true)) endpointIds.push(id)
      }
      replays.clear()
      return { endpointIds, hasMore: false }
    },
    async claim(endpointId, { now, leaseUntil, limit }) {
      const claimed = pendingOf(endpointId)
        .filter(({ dueAt }) => dueAt && dueAt <= now)
        .sort(byDue)
        .slice(0, limit)
      for (const row of claimed) row.dueAt = leaseUntil
      return copy(claimed.sort((a, b) => a.position - b.position))
    },
    async settle(settled, now) {
      for (const { delivery, attempt, state, dueAt } of settled) {
        if (attempt) attempts.push({ ...copy(attempt), deliveryId: delivery.id })
        const row = rows.find(({ id }) => id === delivery.id)
        if (row?.state !== 'pending' || Number(row.dueAt) !== Number(delivery.dueAt)) continue
        Object.assign(row, { state, dueAt, settledAt: state === 'pending' ? null : now })
        if (attempt) {
          Object.assign(row, { attempts: attempt.number, lastStatus: attempt.status, lastProblem: attempt.problem })
        }
      }
    },
    async giveBack(deliveries, now) {
      for (const { id, dueAt } of deliveries) {
        const row = rows.find((each) => each.id === id)
        if (row?.state === 'pending' && Number(row.dueAt) === Number(dueAt)) row.dueAt = now
      }
    },
    async planNext(endpointId) {
      const endpoint = endpoints.get(endpointId)
      const [first] = pendingOf(endpointId).sort(byDue)
      due.delete(endpointId)
      if (endpoint?.state !== 'active' || !first?.dueAt) return null
      const at = later(first.dueAt, endpoint.retryAt)
      due.set(endpointId, at)
      return at
    },
    async claimDueEndpoints(now, next, limit) {
      const ids = [...due].filter(([, at]) => at <= now).map(([id]) => id)
      for (const id of ids.slice(0, limit)) due.set(id, next)
      return ids.slice(0, limit)
    },
    async resume(endpointId) {
      for (const row of pendingOf(endpointId)) {
        if (row.dueAt && row.dueAt > row.createdAt) Object.assign(row, { dueAt: row.createdAt, attempts: 0 })
      }
    },
    async list(endpointId, { states, since, until }, before, limit) {
      const found = rows.filter(
        (row) =>
          row.endpointId === endpointId &&
          (!states || states.includes(row.state)) &&
          (!since || row.createdAt >= since) &&
          (!until || row.createdAt < until) &&
          (before === null || row.position < before),
      )
      return copy(found.sort((a, b) => b.position - a.position).slice(0, limit))
    },
    find: async (deliveryId) => copy(rows.find(({ id }) => id === deliveryId) ?? null),
    async attempts(deliveryId) {
      const found = attempts.filter((attempt) => attempt.deliveryId === deliveryId)
      return copy(found.map(({ deliveryId: _delivery, ...attempt }) => attempt))
    },
    async retry(deliveryId, now) {
      const row = rows.find(({ id }) => id === deliveryId)
      if (!row) return null
      again(row, now)
      return copy(row)
    },
    async recover(endpointId, { since, until }, now) {
      const found = rows.filter(
        (row) =>
          row.endpointId === endpointId &&
          row.state === 'failed' &&
          row.createdAt >= since &&
          (until === null || row.createdAt < until),
      )
      for (const row of found) again(row, now)
      return found.length
    },
    async replay(endpointId, after) {
      const known = replays.get(endpointId)
      replays.set(endpointId, { after: Math.min(after, known?.after ?? after), upTo: cursor })
      return cursor
    },
    async summarise(now) {
      const isActive = (row: Delivery) => endpoints.get(row.endpointId)?.state === 'active'
      const pending = rows.filter(({ state }) => state === 'pending')
      const active = pending.filter(isActive).sort(byDue)
      const states = [...endpoints.values()].map(({ state }) => state)
      const dueNow = active.filter(({ dueAt }) => dueAt && dueAt <= now)
      return {
        due: dueNow.length,
        oldestDueAt: dueNow[0]?.dueAt ?? null,
        waiting: active.length - dueNow.length,
        held: pending.length - active.length,
        failed: rows.filter(({ state }) => state === 'failed').length,
        behind: newest() - cursor,
        endpoints: [...new Set(states)].map((state) => ({
          state,
          count: states.filter((each) => each === state).length,
        })),
      }
    },
    countPending: async (endpointIds) =>
      new Map(endpointIds.flatMap((id) => (pendingOf(id).length > 0 ? [[id, pendingOf(id).length] as const] : []))),
    expire: async () => 0,
    async removeSettled(before, limit) {
      const gone = rows.filter(({ settledAt }) => settledAt && settledAt < before).slice(0, limit)
      for (const row of gone) rows.splice(rows.indexOf(row), 1)
      return gone.length
    },
    async keepAttemptMonths() {},
  }
}
