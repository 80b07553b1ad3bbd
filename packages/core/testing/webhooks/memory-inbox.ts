import type { MeetingChange } from '../../src/meetings/meeting-store.ts'
import type { Inbox, LoadedInboxEvent, NewInboxEvent } from '../../src/webhooks/inbox.ts'
import type { MemoryMeetingStore } from '../meetings/memory-meeting-store.ts'

/** An event as it lies in the inbox. */
export type InboxRow = Omit<NewInboxEvent, 'body' | 'dueAt'> &
  Pick<LoadedInboxEvent['event'], 'state' | 'outcome'> & {
    body: string | null
    processedAt: Date | null
    error: string | null
    dueAt: Date | null
    round: number
    attempts: number
  }

export type MemoryInbox = Inbox & {
  /** A copy of an event. */
  row(webhookEventId: string): InboxRow
}

/** An inbox without a database, over a store of meetings. Passes the same contract suite as the one in Postgres. */
export function memoryInbox(meetings: Pick<MemoryMeetingStore, 'findForBot' | 'saveChange'>): MemoryInbox {
  const rows = new Map<string, InboxRow>()
  const due = (now: Date) =>
    [...rows.values()]
      .filter(({ dueAt }) => dueAt !== null && dueAt <= now)
      .sort((a, b) => (a.dueAt as Date).getTime() - (b.dueAt as Date).getTime())

  function isApplied({ id, businessKey }: InboxRow): boolean {
    const others = [...rows.values()].filter((row) => row.id !== id && row.businessKey === businessKey)
    return businessKey !== null && others.some(({ outcome }) => outcome === 'applied' || outcome === 'unknown')
  }

  return {
    row: (webhookEventId) => structuredClone(rows.get(webhookEventId) as InboxRow),
    async store(event) {
      if ([...rows.values()].some(({ dedupeKey }) => dedupeKey === event.dedupeKey)) return 'duplicate'
      const fresh = { state: 'received' as const, outcome: null, processedAt: null, error: null, round: 0, attempts: 0 }
      rows.set(event.id, { ...structuredClone(event), ...fresh })
      return 'stored'
    },
    async load(webhookEventId) {
      const row = rows.get(webhookEventId)
      if (!row) return null
      const { id, source, eventType, vendorBotId, meetingId, body, state, outcome, receivedAt } = row
      return structuredClone({
        event: { id, source, eventType, vendorBotId, meetingId, body, state, outcome, receivedAt },
        meeting: await meetings.findForBot({ botId: vendorBotId ?? '', meetingId }),
        factAlreadyApplied: isApplied(row),
      })
    },
    async saveProcessed({ webhookEventId, outcome, change, at, forgetsBody }) {
      const written: MeetingChange | null = change && { ...change, cause: 'webhook' }
      if (written && !(await meetings.saveChange(written))) return false
      const row = rows.get(webhookEventId)
      if (row && row.state !== 'processed') {
        const attempts = row.attempts + 1
        Object.assign(row, { state: 'processed', outcome, processedAt: at, dueAt: null, error: null, attempts })
        if (forgetsBody) row.body = null
      }
      return true
    },
    async saveFailed(webhookEventId, error) {
      const row = rows.get(webhookEventId)
      if (row?.state !== 'received') return
      Object.assign(row, { state: 'failed', error, dueAt: null, attempts: row.attempts + 1 })
    },
    async countDue(now, limit) {
      return Math.min(due(now).length, limit)
    },
    async claimDue(now, nextDueAt, limit) {
      return due(now)
        .slice(0, limit)
        .map((row) => {
          Object.assign(row, { dueAt: nextDueAt, round: row.round + 1 })
          return { id: row.id, round: row.round }
        })
    },
    async forgetBot(botId) {
      const kept = [...rows.values()].filter(({ vendorBotId, body }) => vendorBotId === botId && body !== null)
      const forgotten = kept.filter(({ state }) => state !== 'received')
      for (const row of forgotten) row.body = null
      return { forgotten: forgotten.length, waiting: kept.length - forgotten.length }
    },
    async removeBodies(processedBefore, limit) {
      const old = [...rows.values()].filter(
        ({ state, body, processedAt }) =>
          state === 'processed' && body !== null && processedAt !== null && processedAt < processedBefore,
      )
      const removed = old.slice(0, limit)
      for (const row of removed) row.body = null
      return removed.length
    },
  }
}
