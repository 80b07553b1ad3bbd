import type { Clock } from '../../src/basics/clock.ts'
import { isDeleted } from '../../src/meetings/deletion/data-deletion.ts'
import { isFinal, type Meeting, type Subscriber } from '../../src/meetings/meeting.ts'
import {
  type MeetingStore,
  type SeenMeeting,
  type StoredKey,
  sameMeetingWindowMs,
} from '../../src/meetings/meeting-store.ts'
import { seenBy } from '../../src/meetings/sharing/share-bot.ts'
import {
  mayEnter,
  mayKeepSharing,
  mayShare,
  ownerStatuses,
  type SharingScope,
  sharerStatuses,
} from '../../src/meetings/sharing/sharing.ts'
import { hasRoom, joinTimesAround } from '../../src/planning/day-limit/admit.ts'
import type { MemoryCalendarStores } from '../calendars/memory-calendar-store.ts'
import { memoryLog } from '../log/memory-log.ts'
import { joinTimesOf } from './memory-join-times.ts'

export type MemoryMeetingStore = MeetingStore & {
  /** Copies of the meetings of all users. */
  all(): Meeting[]
  /** The rows themselves, for other stores in memory: not to be changed. */
  rows(): readonly Meeting[]
  /** Not to be changed, like the rows. */
  shares(): { meetingId: string; subscriber: Subscriber }[]
  uninvitedTo(meeting: Meeting): { userId: string; meetingUrl: string }[]
  /** Takes back all that a user shares, as removing the user does. */
  dropShares(userId: string): void
  /** Whether this user may share the bots of that one. */
  isOpenTo(scope: SharingScope, ownerId: string, userId: string, isShared?: boolean): boolean
}

/** The addresses of a user's calendar accounts whose connection has one of these statuses. */
export type AccountsOf = (userId: string, statuses: readonly string[]) => string[]

/** Those that stores of calendars hold. */
export function accountsIn({ tables }: Pick<MemoryCalendarStores, 'tables'>): AccountsOf {
  return (userId, statuses) =>
    [...tables.integrations.values()].flatMap((one) =>
      one.userId === userId && statuses.includes(one.status) ? [one.accountEmail.toLowerCase()] : [],
    )
}

/** Whether a user has an event of a meeting at about a time in a connected calendar. */
export type IsInvited = (userId: string, joinKey: string, time: Date) => boolean

/** By the events that stores of calendars hold. */
export function invitationsIn({ tables }: Pick<MemoryCalendarStores, 'tables'>): IsInvited {
  return (userId, joinKey, time) =>
    [...tables.events.values()].some((event) => {
      const integration = tables.integrations.get(event.integrationId)
      const isOpen = integration?.userId === userId && sharerStatuses.some((status) => status === integration.status)
      const isNear = +event.startTime <= +time + sameMeetingWindowMs && +event.endTime >= +time - sameMeetingWindowMs
      const isDeclined = event.attendees?.some(({ self, responseStatus }) => self && responseStatus === 'declined')
      const takesPlace = event.removedAt === null && (event.status !== 'cancelled' || isDeclined)
      return isOpen && event.joinKey === joinKey && isNear && takesPlace
    })
}

/** A MeetingStore without a database. Passes the same contract suite as the one in Postgres. */
export function memoryMeetingStore(
  accountsOf: AccountsOf = () => [],
  now: Clock = () => new Date(),
  isInvited: IsInvited = () => false,
): MemoryMeetingStore {
  const meetings = new Map<string, Meeting>()
  const log = memoryLog('bot', now)
  const shares = new Map<string, Subscriber[]>()
  const sharesOf = (meetingId: string) => shares.get(meetingId) ?? []
  const shareOf = (userId: string, meetingId: string) => sharesOf(meetingId).find((s) => s.userId === userId) ?? null
  const copy = (meeting: Meeting | undefined) => (meeting ? structuredClone(meeting) : null)
  const startOf = (meeting: Meeting) => (meeting.joinAt ?? meeting.createdAt).getTime()

  function findActive(wanted: Meeting, scope: SharingScope, now = wanted.createdAt.getTime()): Meeting | undefined {
    const wantsNow = startOf(wanted) <= now + sameMeetingWindowMs
    const active = [...meetings.values()].filter(
      (meeting) =>
        meeting.id !== wanted.id &&
        meeting.joinKey === wanted.joinKey &&
        !isFinal(meeting.state) &&
        !meeting.leaveRequestedAt &&
        !meeting.exitedAt &&
        (Math.abs(startOf(meeting) - startOf(wanted)) <= sameMeetingWindowMs || (wantsNow && startOf(meeting) <= now)),
    )
    const isShared = (meeting: Meeting) =>
      shareOf(wanted.userId, meeting.id) !== null ||
      (isOpenTo(scope, meeting.userId, wanted.userId) && mayComeIn(wanted, meeting))
    return active.find(({ userId }) => userId === wanted.userId) ?? active.find(isShared)
  }

  function mayComeIn({ userId, joinKey, meetingUrl, calendarEventId, ...wanted }: Meeting, meeting: Meeting): boolean {
    const isGuest = calendarEventId !== null || isInvited(userId, joinKey, wanted.joinAt ?? wanted.createdAt)
    const uninvited = uninvitedTo(meeting).map((one) => one.meetingUrl)
    return mayEnter({ meetingUrl, isInvited: isGuest }, { joinUrl: meeting.joinUrl, uninvited })
  }

  function uninvitedTo(meeting: Meeting) {
    const users = [meeting, ...sharesOf(meeting.id)].filter(({ calendarEventId }) => calendarEventId === null)
    return users
      .filter(({ userId }) => !isInvited(userId, meeting.joinKey, meeting.joinAt ?? meeting.createdAt))
      .map(({ userId, meetingUrl }) => ({ userId, meetingUrl }))
  }

  function isOpenTo(scope: SharingScope, ownerId: string, userId: string, isShared = false): boolean {
    const may = isShared ? mayKeepSharing : mayShare
    return may(scope, accountsOf(ownerId, ownerStatuses), accountsOf(userId, sharerStatuses))
  }

  function seen(userId: string, meeting: Meeting): SeenMeeting | null {
    const others = sharesOf(meeting.id).length
    if (meeting.userId === userId) return { meeting, role: 'owner', others }
    const share = shareOf(userId, meeting.id)
    return share && { meeting: seenBy(meeting, share), role: 'subscriber', others }
  }

  const seenOf = (userId: string) => [...meetings.values()].flatMap((meeting) => seen(userId, meeting) ?? [])

  return {
    all: () => structuredClone([...meetings.values()]),
    rows: () => [...meetings.values()],
    shares: () => [...shares].flatMap(([meetingId, of]) => of.map((subscriber) => ({ meetingId, subscriber }))),
    dropShares: (userId) => {
      for (const [meetingId, of] of shares) {
        shares.set(
          meetingId,
          of.filter((subscriber) => subscriber.userId !== userId),
        )
      }
    },
    isOpenTo,
    uninvitedTo,
    async claim(meeting, entry, scope) {
      const existing = meetings.get(meeting.id) ?? findActive(meeting, scope)
      if (existing && existing.userId !== meeting.userId) {
        if (existing.id === meeting.id) return { outcome: 'id_taken' }
        return { outcome: 'others', meeting: structuredClone(existing) }
      }
      if (existing) return { outcome: 'existing', meeting: structuredClone(existing) }
      const claimed = { ...structuredClone(meeting), lastSeq: 1 }
      meetings.set(meeting.id, claimed)
      log.append(meeting.id, [entry])
      return { outcome: 'created', meeting: structuredClone(claimed) }
    },
    async claimWithin(meeting, entry, { sharing: scope, botsPerDay }) {
      const joinsAt = new Date(startOf(meeting))
      const taken = joinTimesOf([...meetings.values()], joinTimesAround([joinsAt]))
      const isNew = !meetings.has(meeting.id) && !findActive(meeting, scope)
      const isFull = botsPerDay !== null && !hasRoom([joinsAt], { botsPerDay, taken })[0]
      if (isNew && isFull) return { outcome: 'no_room' }
      return await this.claim(meeting, entry, scope)
    },
    async move(change, { sharing: scope, botsPerDay }) {
      const { before, next } = change
      if (meetings.get(before.id)?.version !== before.version) return 'changed'
      if (findActive(next, scope, now().getTime())) return 'taken'
      const joinsAt = new Date(startOf(next))
      const others = [...meetings.values()].filter(({ id }) => id !== next.id)
      const taken = joinTimesOf(others, joinTimesAround([joinsAt]))
      if (botsPerDay !== null && !hasRoom([joinsAt], { botsPerDay, taken })[0]) return 'no_room'
      return (await this.saveChange(change)) ? 'moved' : 'changed'
    },
    async find(meetingId) {
      return copy(meetings.get(meetingId))
    },
    async findForBot({ botId, meetingId }) {
      const byBot = () => [...meetings.values()].find((m) => m.meetingBaasId === botId)
      return copy((meetingId === null ? undefined : meetings.get(meetingId)) ?? byBot())
    },
    async findForUser(userId, id) {
      const found = seenOf(userId).find(({ meeting }) => meeting.id === id || meeting.meetingBaasId === id)
      return structuredClone(found ?? null)
    },
    async subscribers(meetingId) {
      return structuredClone(sharesOf(meetingId).toSorted((a, b) => +a.sharedSince - +b.sharedSince))
    },
    async uninvited(meetingId) {
      const meeting = meetings.get(meetingId)
      return meeting ? uninvitedTo(meeting) : []
    },
    async bookedFor(userId, eventIds) {
      const active = seenOf(userId).filter(({ meeting }) => !meeting.finalAt && !meeting.leaveRequestedAt)
      const booked = active.filter(({ meeting }) => eventIds.includes(meeting.calendarEventId ?? ''))
      return new Map(booked.map(({ meeting }) => [meeting.calendarEventId as string, meeting.id]))
    },
    async list(userId, filter, after, limit) {
      const found = new Map(seenOf(userId).map((each) => [each.meeting.id, each]))
      return [...found.values()]
        .map(({ meeting }) => meeting)
        .filter((m) => !filter.states || filter.states.includes(m.state))
        .filter((m) => !filter.platform || m.platform === filter.platform)
        .filter((m) => !filter.joinKey || m.joinKey === filter.joinKey)
        .filter((m) => !filter.createdAfter || m.createdAt >= filter.createdAfter)
        .filter((m) => !filter.createdBefore || m.createdAt < filter.createdBefore)
        .sort(newestFirst)
        .filter((m) => !after || newestFirst(after, m) < 0)
        .slice(0, limit)
        .map(({ id }) => structuredClone(found.get(id) as SeenMeeting))
    },
    async timeline(meetingId, afterSeq, limit) {
      return log.read(meetingId, afterSeq, limit)
    },
    async saveChange({ before, next, entries: added, cause, subscribe, unsubscribe }) {
      const stored = meetings.get(before.id)
      if (stored?.version !== before.version) return false
      const lastSeq = before.lastSeq + added.length
      meetings.set(before.id, {
        ...structuredClone(next),
        lastSeq,
        version: before.version + 1,
        updatedAt: now(),
      })
      const left = sharesOf(before.id).filter(({ userId }) => userId !== unsubscribe && userId !== subscribe?.userId)
      shares.set(before.id, subscribe ? [...left, structuredClone(subscribe)] : left)
      log.append(
        before.id,
        added.map((entry) => ({ ...entry, cause })),
      )
      return true
    },
    async claimDue(now, { soon, later, soonBefore }, limit) {
      const due = [...meetings.values()].filter((m) => m.dueAt && m.dueAt <= now)
      due.sort((a, b) => (a.dueAt as Date).getTime() - (b.dueAt as Date).getTime())
      return due.slice(0, limit).map((meeting) => {
        const isToLeave = meeting.leaveRequestedAt !== null && meeting.leaveSentAt === null
        const isForVendor = meeting.meetingBaasId === null || meeting.changeOwed
        const isSoon = isToLeave || (isForVendor && startOf(meeting) <= soonBefore.getTime())
        const putOff = (time: Date | null, until: Date) => (time && time <= now ? until : time)
        const writeDueAt = putOff(meeting.writeDueAt, isSoon ? soon : later)
        const lookDueAt = putOff(meeting.lookDueAt, later)
        const isUncollected = !meeting.collected && isFinal(meeting.state) && meeting.state !== 'cancelled'
        const collectDueAt = isUncollected
          ? putOff(meeting.collectDueAt ?? meeting.createdAt, later)
          : meeting.collectDueAt
        const deleteDueAt = putOff(meeting.deleteDueAt, later)
        const owedCollectAt = isUncollected ? collectDueAt : null
        const dueAt = earliest(isSoon ? soon : later, writeDueAt, lookDueAt, owedCollectAt, deleteDueAt)
        const round = meeting.round + 1
        const dueTimes = { writeDueAt, lookDueAt, collectDueAt, deleteDueAt, dueAt }
        Object.assign(meeting, { ...dueTimes, round, version: meeting.version + 1 })
        return structuredClone(meeting)
      })
    },
    async listEndedShared(userId, limit) {
      const ended = [...meetings.values()].filter((m) => m.userId === userId && m.finalAt)
      return ended.flatMap(({ id }) => (sharesOf(id).length > 0 ? [id] : [])).slice(0, limit)
    },
    async listUndeleted(userId, limit) {
      const ended = [...meetings.values()].filter((m) => m.userId === userId && isFinal(m.state))
      const kept = ended.filter((m) => m.state !== 'cancelled' && !isDeleted(m, 'everything'))
      return kept.flatMap(({ id }) => (sharesOf(id).length > 0 ? [] : [id])).slice(0, limit)
    },
    async removeChat(meetingId) {
      return log.replaceData(meetingId, 'chat_message', { removed: true })
    },
    async removeEnded(userId, limit) {
      const ended = [...meetings.values()].filter(
        (m) => m.userId === userId && m.finalAt && owesVendorNothing(m) && !hasData(m),
      )
      const removed = ended.filter(({ id }) => sharesOf(id).length === 0).slice(0, limit)
      for (const { id } of removed) {
        meetings.delete(id)
        log.remove(id)
      }
      return removed.length
    },
    async listKeys(after, limit) {
      const isBehind = (a: StoredKey, b: StoredKey) => a.joinKey > b.joinKey || (a.joinKey === b.joinKey && a.id > b.id)
      return [...meetings.values()]
        .filter((m) => !isFinal(m.state) && (after === null || isBehind(m, after)))
        .sort((a, b) => (isBehind(a, b) ? 1 : -1))
        .slice(0, limit)
        .map(({ id, joinUrl, joinKey }) => ({ id, joinUrl, joinKey }))
    },
    async listActive(now, afterId, limit) {
      return [...meetings.values()]
        .filter((m) => !isFinal(m.state) && m.meetingBaasId && startOf(m) <= now.getTime())
        .filter((m) => afterId === null || m.id > afterId)
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, limit)
        .map(({ id, meetingBaasId, vendorStatus, updatedAt }) => ({
          meetingId: id,
          meetingBaasId: meetingBaasId as string,
          vendorStatus,
          updatedAt,
        }))
    },
  }
}

function earliest(...times: (Date | null)[]): Date {
  return new Date(Math.min(...times.flatMap((time) => (time ? [time.getTime()] : []))))
}

function hasData(meeting: Meeting): boolean {
  return (meeting.state !== 'cancelled' && !isDeleted(meeting, 'everything')) || meeting.deleteDueAt !== null
}

function owesVendorNothing({ lookDueAt, endInferred, writeDueAt, createAttempts }: Meeting): boolean {
  return writeDueAt === null && (lookDueAt === null || (endInferred && createAttempts <= 1))
}

type Position = { createdAt: Date; id: string }

function newestFirst(a: Position, b: Position): number {
  return b.createdAt.getTime() - a.createdAt.getTime() || b.id.localeCompare(a.id)
}
