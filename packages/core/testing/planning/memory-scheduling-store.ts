import type { Meeting, Subscriber } from '../../src/meetings/meeting.ts'
import type { SharingScope } from '../../src/meetings/sharing/sharing.ts'
import { isSharable } from '../../src/planning/carry-out/sharable-bots.ts'
import type {
  DecisionWrite,
  OthersBot,
  OverrideCarry,
  OverrideNote,
  PlanFacts,
  PlannedOverride,
  SchedulingStore,
  StoredDecision,
  StoredOverride,
  StoredRules,
} from '../../src/planning/scheduling-store.ts'
import { defaultRules } from '../../src/rules/rules.ts'
import type { MemoryCalendarStores } from '../calendars/memory-calendar-store.ts'
import type { MemoryMeetingStore } from '../meetings/memory-meeting-store.ts'

/** The stores that share their rows with the one of scheduling. */
export type SharedStores = Pick<MemoryCalendarStores, 'calendarEvents' | 'tables'> & {
  meetings: Pick<MemoryMeetingStore, 'rows' | 'shares' | 'isOpenTo' | 'uninvitedTo'>
}

export type MemorySchedulingStore = SchedulingStore & {
  /** Drops the rules and overrides of a user. */
  forget(userId: string): void
}

type OwnedOverride = PlannedOverride & { userId: string; startsAt: Date | null }

/** A SchedulingStore without a database. Passes the same contract suite as the one in Postgres. */
export function memorySchedulingStore({ calendarEvents, tables, meetings }: SharedStores): MemorySchedulingStore {
  const rulesOf = new Map<string, StoredRules>()
  const overrides = new Map<string, OwnedOverride>()
  const keyOf = (userId: string, { scope, targetId }: Pick<StoredOverride, 'scope' | 'targetId'>) =>
    `${userId} ${scope} ${targetId}`
  const findRules = (userId: string): StoredRules =>
    structuredClone(rulesOf.get(userId) ?? { rules: defaultRules, version: 0, updatedAt: null })

  function overridesWhere(userId: string, isWanted: (override: OwnedOverride) => boolean): PlannedOverride[] {
    const found = [...overrides.values()].filter((one) => one.userId === userId && isWanted(one))
    return found.map(({ userId: _u, startsAt: _s, ...override }) => structuredClone(override))
  }

  function note(userId: string, { subject, startsAt, ...target }: OverrideNote): void {
    const override = overrides.get(keyOf(userId, target))
    if (override) Object.assign(override, { subject, startsAt })
  }

  function carry(userId: string, { scope, targetId, fromId }: OverrideCarry): void {
    const from = overrides.get(keyOf(userId, { scope, targetId: fromId }))
    const key = keyOf(userId, { scope, targetId })
    if (from && !from.isCarried && !overrides.has(key)) overrides.set(key, structuredClone({ ...from, targetId }))
  }

  function historyOf(userId: string, eventId: string): readonly StoredDecision[] {
    const event = tables.events.get(eventId)
    return event?.userId === userId ? event.decisions : []
  }

  function findDecisions(userId: string, eventIds: string[]): Map<string, StoredDecision> {
    const found = eventIds.map((id): [string, StoredDecision | undefined] => [id, historyOf(userId, id).at(-1)])
    return new Map(found.filter((entry): entry is [string, StoredDecision] => entry[1] !== undefined))
  }

  function write(userId: string, { eventId, ...decided }: DecisionWrite): void {
    const event = tables.events.get(eventId)
    if (event?.userId !== userId) return
    const others = event.decisions.filter(({ decidedAt }) => +decidedAt !== +decided.decidedAt)
    event.decisions = [...others, structuredClone(decided)].sort((a, b) => +a.decidedAt - +b.decidedAt)
  }

  async function loadPlan(userId: string, from: Date, scope: SharingScope): Promise<PlanFacts> {
    const endsAfter = new Date(+from - 1)
    const events = await calendarEvents.list(userId, { endsAfter }, null, Number.POSITIVE_INFINITY)
    const targets = new Set(events.flatMap(({ id, seriesId }) => [`event ${id}`, `series ${seriesId}`]))
    const eventIds = events.map(({ id }) => id)
    return {
      rules: findRules(userId).rules,
      accountEmails: accountEmailsOf(userId),
      events,
      overrides: overridesWhere(
        userId,
        ({ scope, targetId, subject, isCarried, startsAt }) =>
          targets.has(`${scope} ${targetId}`) ||
          (subject !== null && !isCarried && (startsAt === null || startsAt >= from)),
      ),
      decisions: structuredClone(findDecisions(userId, eventIds)),
      meetings: structuredClone(
        meetings
          .rows()
          .filter((one) => one.userId === userId && (!one.finalAt || one.finalAt >= from || isAhead(one, from))),
      ),
      shared: sharedOf(userId),
      others: othersOf(userId, from, scope, new Set(events.map(({ joinKey }) => joinKey))),
    }
  }

  function isAhead({ state, meetingBaasId, eventEndsAt }: Meeting, from: Date): boolean {
    return state === 'failed' && meetingBaasId === null && eventEndsAt !== null && eventEndsAt >= from
  }

  function sharedOf(userId: string): Set<string> {
    const active = meetings.rows().filter((one) => one.userId === userId && one.finalAt === null)
    const shared = new Set(meetings.shares().map(({ meetingId }) => meetingId))
    return new Set(active.map(({ id }) => id).filter((id) => shared.has(id)))
  }

  function othersOf(userId: string, from: Date, scope: SharingScope, rooms: Set<string | null>): OthersBot[] {
    const shares = new Map(
      meetings
        .shares()
        .flatMap(({ meetingId, subscriber }): [string, Subscriber][] =>
          subscriber.userId === userId ? [[meetingId, subscriber]] : [],
        ),
    )
    return meetings.rows().flatMap((meeting) => {
      if (meeting.userId === userId || (meeting.finalAt && meeting.finalAt < from)) return []
      const share = shares.get(meeting.id) ?? null
      const mayShare = meetings.isOpenTo(scope, meeting.userId, userId, share !== null)
      const uninvited = meetings.uninvitedTo(meeting).map(({ meetingUrl }) => meetingUrl)
      const other = { meeting, share, mayShare, uninvited }
      return share || (rooms.has(meeting.joinKey) && isSharable(other)) ? [structuredClone(other)] : []
    })
  }

  function accountEmailsOf(userId: string): string[] {
    const connected = [...tables.integrations.values()].filter(
      (one) => one.userId === userId && !['connecting', 'failed', 'disconnecting'].includes(one.status),
    )
    return [...new Set(connected.map(({ accountEmail }) => accountEmail.toLowerCase()))]
  }

  function usersToPlan(): string[] {
    const integrations = [...tables.integrations.values()].filter(
      ({ status }) => status !== 'failed' && status !== 'disconnecting',
    )
    const active = new Map(
      meetings.rows().flatMap((one): [string, Meeting][] => (one.finalAt === null ? [[one.id, one]] : [])),
    )
    const booked = [...active.values()].filter(({ calendarEventId }) => calendarEventId !== null)
    const sharing = meetings
      .shares()
      .filter(({ meetingId, subscriber }) => active.has(meetingId) && subscriber.calendarEventId !== null)
      .map(({ subscriber }) => subscriber)
    return [...new Set([...integrations, ...booked, ...sharing].map(({ userId }) => userId))].sort()
  }

  return {
    forget: (userId) => {
      rulesOf.delete(userId)
      for (const [key, override] of overrides) if (override.userId === userId) overrides.delete(key)
    },
    async findRules(userId) {
      return findRules(userId)
    },
    async saveRules(userId, rules, expectedVersion, at) {
      if (findRules(userId).version !== expectedVersion) return null
      rulesOf.set(userId, structuredClone({ rules, version: expectedVersion + 1, updatedAt: at }))
      return findRules(userId)
    },
    async saveOverride(userId, { value, ...override }, at) {
      const key = keyOf(userId, override)
      const { subject = null, startsAt = null } = overrides.get(key) ?? {}
      const kept = { subject, startsAt, isCarried: false }
      if (value === null) overrides.delete(key)
      else overrides.set(key, structuredClone({ ...override, ...kept, value, userId, updatedAt: at }))
    },
    async noteOverrides(userId, notes) {
      for (const one of notes) note(userId, one)
    },
    async carryOverrides(userId, carries) {
      for (const one of carries) carry(userId, one)
      for (const { scope, predecessorIds } of carries) {
        for (const targetId of predecessorIds) {
          const override = overrides.get(keyOf(userId, { scope, targetId }))
          if (override) override.isCarried = true
        }
      }
    },
    async listOverrides(userId, targetIds) {
      const listed = overridesWhere(userId, ({ targetId }) => targetIds.includes(targetId))
      return listed.map(({ subject: _s, isCarried: _c, ...override }) => override)
    },
    loadPlan,
    async saveDecisions(userId, writes) {
      for (const one of writes) write(userId, one)
    },
    async findDecisions(userId, eventIds) {
      return structuredClone(findDecisions(userId, eventIds))
    },
    async listDecisions(userId, eventId, limit) {
      return structuredClone(historyOf(userId, eventId).toReversed().slice(0, limit))
    },
    async listUsers(afterId, limit) {
      return usersToPlan()
        .filter((id) => afterId === null || id > afterId)
        .slice(0, limit)
    },
  }
}
