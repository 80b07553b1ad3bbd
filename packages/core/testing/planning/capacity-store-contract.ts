import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { CalendarEventStore, IntegrationStore } from '../../src/calendars/calendar-store.ts'
import type { CausedEntry } from '../../src/log/entry.ts'
import type { Meeting } from '../../src/meetings/meeting.ts'
import type { BookingTerms, MeetingStore } from '../../src/meetings/meeting-store.ts'
import type { CapacityStore } from '../../src/planning/day-limit/capacity-store.ts'
import type { SchedulingStore } from '../../src/planning/scheduling-store.ts'
import { decided } from '../../src/rules/decision.ts'
import { aDetailedWrite, anIntegration } from '../calendars/calendar-builders.ts'
import { aMeeting, at } from '../meetings/builders.ts'

export type OpenedCapacity = {
  capacity: CapacityStore
  meetings: MeetingStore
  scheduling: SchedulingStore
  integrations: IntegrationStore
  calendarEvents: CalendarEventStore
  /** Makes a user whose meetings can be stored. */
  newUser: () => Promise<string>
}

const requested: CausedEntry<'bot'> = {
  type: 'bot_requested',
  occurredAt: at(0),
  data: { joinAt: null },
  cause: 'api' as const,
}
const limitedTo = (botsPerDay: number): BookingTerms => ({ sharing: 'nobody', botsPerDay })
const dayMinutes = 24 * 60

/** What every CapacityStore must tell, and what a claim within a limit must keep, in memory as in Postgres. */
export function capacityStoreContract(open: () => Promise<OpenedCapacity>): void {
  const stage = {} as OpenedCapacity
  beforeAll(async () => void Object.assign(stage, await open()))

  /** Years apart, so that the bots of one test are in no other's day. */
  let years = 0
  const someDay = () => {
    const base = at(++years * 365 * dayMinutes)
    return (minutes: number) => new Date(+base + minutes * 60_000)
  }

  async function stored(changes: Partial<Meeting>): Promise<Meeting> {
    const userId = changes.userId ?? (await stage.newUser())
    const wanted = aMeeting({ joinKey: `meet:${randomUUID()}`, userId, joinAt: changes.joinAt ?? null })
    const before = { ...wanted, ...('createdAt' in changes ? { createdAt: changes.createdAt } : {}) } as Meeting
    const claim = await stage.meetings.claim(before, requested, 'nobody')
    if (claim.outcome !== 'created') throw new Error(`not created: ${claim.outcome}`)
    const next = { ...claim.meeting, ...changes }
    await stage.meetings.saveChange({ before: claim.meeting, next, entries: [], cause: 'worker' })
    return next
  }

  test('of moves into one full day at the same moment one is let through, and a move within its own day takes no new place', async () => {
    const day = someDay()
    const bots = await Promise.all([2, 3, 4].map((days) => stored({ joinAt: day(days * dayMinutes * 2) })))
    const outcomes = await Promise.all(
      bots.map(async ({ id }) => {
        const before = (await stage.meetings.find(id)) as Meeting
        return await stage.meetings.move(movedTo(before, { joinAt: day(0) }), limitedTo(1))
      }),
    )
    expect(outcomes.sort()).toEqual(['moved', 'no_room', 'no_room'])
    const [there] = (await Promise.all(bots.map(({ id }) => stage.meetings.find(id)))).filter(
      (bot) => bot?.joinAt?.getTime() === day(0).getTime(),
    )
    expect(await stage.meetings.move(movedTo(there as Meeting, { joinAt: day(60) }), limitedTo(1))).toBe('moved')
  })

  const movedTo = (before: Meeting, changes: Partial<Meeting>) => {
    return { before, next: { ...before, ...changes }, entries: [], cause: 'worker' as const }
  }

  describe('joinTimes', () => {
    const joining = async (from: Date, until: Date, withoutBookingsOf: string | null = null) =>
      (await stage.capacity.joinTimes({ from, until, withoutBookingsOf })).sort((a, b) => +a - +b)

    test('tells when bots of all users join, each by itself: those for later, and those that were sent at once', async () => {
      const day = someDay()
      for (const minutes of [0, 30, 30, 60]) await stored({ joinAt: day(minutes) })
      await stored({ joinAt: null, createdAt: day(45) })
      await stored({ joinAt: day(61) })
      await stored({ joinAt: day(-1) })
      await stored({ joinAt: null, createdAt: day(61) })
      expect(await joining(day(0), day(60))).toEqual([0, 30, 30, 45, 60].map(day))
    })

    const botId = () => ({ meetingBaasId: randomUUID() })
    const cases: [says: string, changes: () => Partial<Meeting>, counts: 0 | 1][] = [
      ['is accepted', () => ({}), 1],
      ['is booked', () => ({ ...botId(), state: 'scheduled' }), 1],
      ['records', () => ({ ...botId(), state: 'recording' }), 1],
      ['is to leave its meeting', () => ({ ...botId(), state: 'recording', leaveRequestedAt: at(1) }), 1],
      ['is called off', () => ({ ...botId(), state: 'scheduled', leaveRequestedAt: at(1) }), 0],
      ['was cancelled', () => ({ ...botId(), state: 'cancelled', finalAt: at(1) }), 0],
      ['has recorded', () => ({ ...botId(), state: 'completed', finalAt: at(1) }), 1],
      ['failed in its meeting', () => ({ ...botId(), state: 'failed', errorCode: 'BOT_NOT_ACCEPTED' }), 1],
      ['failed for no reason', () => ({ ...botId(), state: 'failed', errorCode: null }), 1],
      ['never came to be', () => ({ state: 'failed', errorCode: 'VENDOR_UNAVAILABLE' }), 0],
      ['found the day full', () => ({ ...botId(), state: 'failed', errorCode: 'DAILY_BOT_CAP_REACHED' }), 0],
      ['found no tokens', () => ({ ...botId(), state: 'failed', errorCode: 'INSUFFICIENT_TOKENS' }), 0],
      ['was not started', () => ({ ...botId(), state: 'failed', errorCode: 'BOT_NOT_STARTED' }), 0],
    ]
    test.each(cases)('a bot that %s', async (_, changes, counts) => {
      const day = someDay()
      await stored({ joinAt: day(0), ...changes() })
      expect(await joining(day(0), day(0))).toHaveLength(counts)
    })

    test('leaves out bots booked for the events of one user, but not bots that the user ordered or that have started', async () => {
      const day = someDay()
      const userId = await stage.newUser()
      const forEvent = () => ({ calendarEventId: randomUUID() })
      await stored({ userId, joinAt: day(0), ...forEvent() })
      await stored({ userId, joinAt: day(1), state: 'scheduled', ...botId(), ...forEvent() })
      await stored({ userId, joinAt: day(2), state: 'joining', ...botId(), ...forEvent() })
      await stored({ userId, joinAt: day(3) })
      await stored({ joinAt: day(4), ...forEvent() })
      expect(await joining(day(0), day(9), userId)).toEqual([2, 3, 4].map(day))
      expect(await joining(day(0), day(9))).toEqual([0, 1, 2, 3, 4].map(day))
    })
  })

  describe('count', () => {
    test('counts bots of the last and the next 24 hours', async () => {
      const day = someDay()
      const none = { last24Hours: 0, next24Hours: 0 }
      expect(await stage.capacity.count(day(0))).toMatchObject(none)
      for (const minutes of [-dayMinutes, -dayMinutes + 1, 0, 1, 2, dayMinutes, dayMinutes + 1])
        await stored({ joinAt: day(minutes) })
      await stored({ createdAt: day(-5) })
      await stored({ joinAt: day(5), state: 'cancelled', finalAt: day(0) })
      expect(await stage.capacity.count(day(0))).toMatchObject({ last24Hours: 3, next24Hours: 3 })
    })

    test('counts the events that wait because the day is full, until they are over or decided otherwise', async () => {
      const userId = await stage.newUser()
      const integration = anIntegration({ userId })
      await stage.integrations.add(integration)
      const writes = [aDetailedWrite(), aDetailedWrite()]
      await stage.calendarEvents.save(integration, writes, at(0))
      const [one, two] = writes.map(({ listed }) => listed)
      const before = (await stage.capacity.count(at(0))).waiting
      const waiting = async () => (await stage.capacity.count(at(0))).waiting - before
      const decide = (eventId: string | undefined, code: 'daily_cap' | 'rules_match', minute: number) => {
        const decision = decided('capacity', code === 'rules_match', [{ code }])
        return stage.scheduling.saveDecisions(userId, [{ eventId: eventId as string, decision, decidedAt: at(minute) }])
      }
      await decide(one?.id, 'daily_cap', 1)
      await decide(two?.id, 'daily_cap', 1)
      expect(await waiting()).toBe(2)
      await decide(one?.id, 'rules_match', 2)
      expect(await waiting()).toBe(1)
      expect((await stage.capacity.count(two?.endTime as Date)).waiting).toBe(before)
    })
  })

  describe('claimWithin', () => {
    const wanted = async (changes: Partial<Meeting>) =>
      aMeeting({ userId: await stage.newUser(), joinKey: `meet:${randomUUID()}`, ...changes })
    const claim = async (changes: Partial<Meeting>, botsPerDay: number | null) =>
      (await stage.meetings.claimWithin(await wanted(changes), requested, { sharing: 'nobody', botsPerDay })).outcome

    test('of simultaneous claims of many users no more are let through than there is room for', async () => {
      const day = someDay()
      await stored({ joinAt: day(0) })
      const claims = Array.from({ length: 12 }, (_, i) => claim({ joinAt: day(i) }, 4))
      expect((await Promise.all(claims)).sort()).toEqual([...Array(3).fill('created'), ...Array(9).fill('no_room')])
    })

    test('any 24 hours count, and nothing beyond them', async () => {
      const day = someDay()
      for (const minutes of [0, dayMinutes]) expect(await claim({ joinAt: day(minutes) }, 1)).toBe('created')
      for (const minutes of [-dayMinutes + 1, dayMinutes - 1, 2 * dayMinutes - 1])
        expect(await claim({ joinAt: day(minutes) }, 1)).toBe('no_room')
      for (const minutes of [-dayMinutes, 2 * dayMinutes])
        expect(await claim({ joinAt: day(minutes) }, 1)).toBe('created')
    })

    test('without a limit every claim is let through', async () => {
      const day = someDay()
      for (let i = 0; i < 3; i++) expect(await claim({ joinAt: day(i) }, null)).toBe('created')
    })

    test('a refused claim leaves nothing behind', async () => {
      const day = someDay()
      const meeting = await wanted({ joinAt: day(0) })
      expect(await stage.meetings.claimWithin(meeting, requested, limitedTo(0))).toEqual({ outcome: 'no_room' })
      expect(await stage.meetings.find(meeting.id)).toBeNull()
      expect(await stage.meetings.timeline(meeting.id, 0, 9)).toEqual([])
    })

    test('a meeting that has its bot is found, however full the day', async () => {
      const day = someDay()
      const { id, userId, joinKey } = await stored({ joinAt: day(0) })
      const meeting = await wanted({ userId, joinKey, joinAt: day(1) })
      expect(await stage.meetings.claimWithin(meeting, requested, limitedTo(1))).toMatchObject({
        outcome: 'existing',
        meeting: { id },
      })
    })

    test('an order by hand is not refused, and counts', async () => {
      const day = someDay()
      const orders = [0, 1].map(async (i) =>
        stage.meetings.claim(await wanted({ joinAt: day(i) }), requested, 'nobody'),
      )
      expect((await Promise.all(orders)).map(({ outcome }) => outcome)).toEqual(['created', 'created'])
      expect(await claim({ joinAt: day(2) }, 2)).toBe('no_room')
    })

    test('an order by hand at the same moment counts', async () => {
      const day = someDay()
      const [byHand, forEvent] = [await wanted({ joinAt: day(0) }), await wanted({ joinAt: day(0) })]
      const claims = [
        stage.meetings.claim(byHand, requested, 'nobody'),
        stage.meetings.claimWithin(forEvent, requested, limitedTo(1)),
      ]
      expect((await Promise.all(claims)).map(({ outcome }) => outcome)).toEqual(['created', 'no_room'])
    })

    test('a called-off bot makes room', async () => {
      const day = someDay()
      await stored({ joinAt: day(0), state: 'scheduled', leaveRequestedAt: day(-9) })
      expect(await claim({ joinAt: day(0) }, 1)).toBe('created')
    })
  })
}
