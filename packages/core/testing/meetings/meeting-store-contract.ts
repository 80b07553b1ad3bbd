import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { CausedEntry, NewEntry } from '../../src/log/entry.ts'
import { dueTimes } from '../../src/meetings/debts.ts'
import { withDeletion } from '../../src/meetings/deletion/to-be-deleted.ts'
import type { Meeting } from '../../src/meetings/meeting.ts'
import { type MeetingStore, type StoredKey, withoutLimit } from '../../src/meetings/meeting-store.ts'
import { aMeeting, at } from './builders.ts'

const requested: CausedEntry<'bot'> = {
  type: 'bot_requested',
  occurredAt: at(0),
  data: { joinAt: null },
  cause: 'api' as const,
}
const joined: NewEntry<'bot'> = { type: 'bot_joining', occurredAt: at(1), data: { status: 'joining_call' } }

/** What every MeetingStore must keep. `newUser` makes a user whose meetings can be stored. */
export function meetingStoreContract(
  open: () => Promise<{ store: MeetingStore; newUser: () => Promise<string> }>,
): void {
  let store: MeetingStore
  let newUser: () => Promise<string>
  beforeAll(async () => {
    const opened = await open()
    store = opened.store
    newUser = opened.newUser
  })

  async function claimed(changes: Partial<Meeting> = {}): Promise<Meeting> {
    const userId = changes.userId ?? (await newUser())
    const claim = await store.claim(aMeeting({ ...changes, userId }), requested, 'nobody')
    if (claim.outcome !== 'created') throw new Error(`not created: ${claim.outcome}`)
    return claim.meeting
  }

  describe('claim', () => {
    test('stores the meeting whole, with its first entry', async () => {
      const meeting = await claimed({ extra: { tenant: 'acme', list: [1, 2] }, joinAt: at(5) })
      expect(await store.find(meeting.id)).toEqual({ ...meeting, updatedAt: expect.any(Date) })
      const timeline = await store.timeline(meeting.id, 0, 10)
      expect(timeline).toMatchObject([{ seq: 1, type: 'bot_requested', cause: 'api', occurredAt: at(0) }])
    })

    test('simultaneous claims of one user for one meeting give one meeting', async () => {
      const userId = await newUser()
      const claims = await Promise.all(
        Array.from({ length: 8 }, () => store.claim(aMeeting({ userId, createdAt: at(0) }), requested, 'nobody')),
      )
      expect(claims.map(({ outcome }) => outcome).sort()).toEqual(['created', ...Array(7).fill('existing')])
      const ids = new Set(claims.map((claim) => ('meeting' in claim ? claim.meeting.id : null)))
      expect(ids.size).toBe(1)
    })

    test('the same id twice gives the meeting that is there', async () => {
      const meeting = await claimed()
      const again = await store.claim(aMeeting({ id: meeting.id, userId: meeting.userId }), requested, 'nobody')
      expect(again).toMatchObject({ outcome: 'existing', meeting: { id: meeting.id } })
    })

    test('an id of another user is taken', async () => {
      const meeting = await claimed()
      const other = aMeeting({ id: meeting.id, userId: await newUser(), joinKey: 'meet:other' })
      expect(await store.claim(other, requested, 'nobody')).toEqual({ outcome: 'id_taken' })
    })

    test.each([
      ['nine minutes later is the same meeting', at(0), at(9), 'existing'],
      ['eleven minutes later is another meeting', at(0), at(11), 'created'],
    ])('a start %s', async (_, first, second, outcome) => {
      const userId = await newUser()
      // Both lie well ahead, so that neither is running.
      await claimed({ userId, createdAt: at(-60), joinAt: first })
      const claim = await store.claim(aMeeting({ userId, createdAt: at(-60), joinAt: second }), requested, 'nobody')
      expect(claim.outcome).toBe(outcome)
    })

    test('a request for now joins a bot that has been running for an hour', async () => {
      const running = await claimed({ createdAt: at(0) })
      const claim = await store.claim(aMeeting({ userId: running.userId, createdAt: at(59) }), requested, 'nobody')
      expect(claim).toMatchObject({ outcome: 'existing', meeting: { id: running.id } })
    })

    test.each([
      ['has ended', { state: 'failed', finalAt: at(1) }],
      ['was told to leave', { leaveRequestedAt: at(1) }],
      ['has left the call', { state: 'processing', exitedAt: at(1) }],
    ] as [string, Partial<Meeting>][])('a bot that %s does not stand in the way', async (_, changes) => {
      const ended = await claimed()
      await store.saveChange({ before: ended, next: { ...ended, ...changes }, entries: [], cause: 'api' })
      const claim = await store.claim(aMeeting({ userId: ended.userId, createdAt: at(2) }), requested, 'nobody')
      expect(claim.outcome).toBe('created')
    })
  })

  describe('move', () => {
    const into = (before: Meeting, joinKey: string) => {
      return { before, next: { ...before, joinKey }, entries: [], cause: 'worker' as const }
    }

    test('of several claims and moves into one room at the same moment, one succeeds', async () => {
      const room = `meet:${randomUUID()}`
      const bots = await Promise.all(
        [0, 1, 2].map(() => claimed({ joinKey: `meet:${randomUUID()}`, createdAt: at(0), joinAt: at(60) })),
      )
      const userId = await newUser()
      const order = aMeeting({ userId, joinKey: room, createdAt: at(0), joinAt: at(60) })
      const [claim, ...moves] = await Promise.all([
        store.claim(order, requested, 'all'),
        ...bots.map((bot) => store.move(into(bot, room), withoutLimit('all'))),
      ])
      const there = [claim.outcome === 'created', ...moves.map((outcome) => outcome === 'moved')]
      expect(there.filter(Boolean)).toHaveLength(1)
      expect(moves.filter((outcome) => outcome === 'taken').length).toBeGreaterThanOrEqual(2)
    })

    test('a bot that changed meanwhile is not moved', async () => {
      const bot = await claimed({ joinKey: `meet:${randomUUID()}` })
      await store.saveChange({ before: bot, next: bot, entries: [], cause: 'api' })
      expect(await store.move(into(bot, `meet:${randomUUID()}`), withoutLimit('nobody'))).toBe('changed')
    })
  })

  describe('saveChange', () => {
    test('writes state and entries, numbered without a gap', async () => {
      const before = await claimed()
      const next: Meeting = {
        ...before,
        state: 'completed',
        speakers: [{ name: 'Ines', id: null, displayName: null }],
        finalAt: at(3),
      }
      expect(await store.saveChange({ before, next, entries: [joined, joined], cause: 'webhook' })).toBe(true)
      const after = await store.find(before.id)
      expect(after).toMatchObject({
        state: 'completed',
        speakers: next.speakers,
        finalAt: at(3),
        lastSeq: 3,
        version: 1,
      })
      const timeline = await store.timeline(before.id, 1, 10)
      expect(timeline.map(({ seq, cause }) => [seq, cause])).toEqual([
        [2, 'webhook'],
        [3, 'webhook'],
      ])
    })

    test('writes another link and other times of a bot that is booked for an event', async () => {
      const before = await claimed({ calendarEventId: randomUUID(), joinAt: at(58), eventStartsAt: at(60) })
      const link = {
        meetingUrl: 'https://zoom.us/j/93412345678',
        platform: 'zoom',
        joinKey: 'zoom:93412345678',
      } as const
      const times = { joinAt: at(118), eventStartsAt: at(120), eventEndsAt: at(150) }
      const next: Meeting = { ...before, ...link, ...times, changeOwed: true, botName: 'Notes' }
      expect(await store.saveChange({ before, next, entries: [], cause: 'worker' })).toBe(true)
      expect(await store.find(before.id)).toEqual({ ...next, version: 1, updatedAt: expect.any(Date) })
      // A later claim goes by where the bot is now.
      const wanted = (joinKey: string, joinAt: Date) => aMeeting({ userId: before.userId, joinKey, joinAt })
      const moved = await store.claim(wanted(link.joinKey, at(120)), requested, 'nobody')
      expect(moved).toMatchObject({ outcome: 'existing', meeting: { id: before.id } })
      expect((await store.claim(wanted(before.joinKey, at(58)), requested, 'nobody')).outcome).toBe('created')
    })

    test('refuses a change that was decided on an older version, and writes nothing', async () => {
      const before = await claimed()
      await store.saveChange({ before, next: { ...before, state: 'queued' }, entries: [], cause: 'worker' })
      const late = { ...before, state: 'failed' as const }
      expect(await store.saveChange({ before, next: late, entries: [joined], cause: 'worker' })).toBe(false)
      expect(await store.find(before.id)).toMatchObject({ state: 'queued', lastSeq: 1 })
      expect(await store.timeline(before.id, 0, 10)).toHaveLength(1)
    })

    test('of many changes decided at once exactly one is written', async () => {
      const before = await claimed()
      const change = {
        before,
        next: { ...before, state: 'queued' as const },
        entries: [joined],
        cause: 'worker' as const,
      }
      const written = await Promise.all(Array.from({ length: 8 }, () => store.saveChange(change)))
      expect(written.filter(Boolean)).toHaveLength(1)
      expect(await store.timeline(before.id, 0, 10)).toHaveLength(2)
    })
  })

  describe('finding', () => {
    test('tells which bots are booked for events, without other users’ bots and called-off bots', async () => {
      const [event, other, left] = [randomUUID(), randomUUID(), randomUUID()]
      const booked = await claimed({ calendarEventId: event })
      const { userId } = booked
      await claimed({ calendarEventId: other })
      const ends: Partial<Meeting>[] = [{ leaveRequestedAt: at(1) }, { state: 'failed', finalAt: at(1) }]
      for (const changes of ends) {
        const before = await claimed({ userId, calendarEventId: left, joinKey: `meet:${randomUUID()}` })
        await store.saveChange({ before, next: { ...before, ...changes }, entries: [], cause: 'api' })
      }
      expect(await store.bookedFor(userId, [event, other, left])).toEqual(new Map([[event, booked.id]]))
      expect(await store.bookedFor(userId, [])).toEqual(new Map())
    })

    test('finds by our id and by the vendor’s, only for the owner', async () => {
      const before = await claimed()
      const botId = randomUUID()
      await store.saveChange({ before, next: { ...before, meetingBaasId: botId }, entries: [], cause: 'worker' })
      expect(await store.findForUser(before.userId, before.id)).toMatchObject({ meeting: { id: before.id } })
      expect(await store.findForUser(before.userId, botId)).toMatchObject({ meeting: { id: before.id } })
      expect(await store.findForUser(await newUser(), before.id)).toBeNull()
      expect(await store.findForUser(await newUser(), botId)).toBeNull()
    })

    test('finds the meeting of a listed bot by our id first, by the vendor’s second', async () => {
      const botId = randomUUID()
      const [byBot, byMeeting] = [await claimed(), await claimed()]
      const next = { ...byBot, meetingBaasId: botId }
      await store.saveChange({ before: byBot, next, entries: [], cause: 'worker' })
      expect(await store.findForBot({ botId, meetingId: null })).toMatchObject({ id: byBot.id })
      expect(await store.findForBot({ botId, meetingId: byMeeting.id })).toMatchObject({ id: byMeeting.id })
      expect(await store.findForBot({ botId: randomUUID(), meetingId: randomUUID() })).toBeNull()
    })

    test('pages through a list, newest first, without gap or repetition', async () => {
      const userId = await newUser()
      for (const minute of [0, 1, 1, 2, 3]) {
        await claimed({ userId, joinKey: `meet:${randomUUID()}`, createdAt: at(minute) })
      }
      const first = await store.list(userId, {}, null, 3)
      const last = first.at(-1)?.meeting as Meeting
      const rest = await store.list(userId, {}, last, 10)
      const all = [...first, ...rest].map(({ meeting }) => meeting)
      expect(all.map(({ createdAt }) => createdAt)).toEqual([3, 2, 1, 1, 0].map((minute) => at(minute)))
      expect(new Set(all.map(({ id }) => id)).size).toBe(5)
    })

    test('filters by state, platform, join key and time', async () => {
      const userId = await newUser()
      const zoom = await claimed({ userId, platform: 'zoom', joinKey: 'zoom:1', createdAt: at(1) })
      const meet = await claimed({ userId, createdAt: at(5) })
      const ids = async (filter: Parameters<MeetingStore['list']>[1]) =>
        (await store.list(userId, filter, null, 10)).map(({ meeting }) => meeting.id)
      expect(await ids({ platform: 'zoom' })).toEqual([zoom.id])
      expect(await ids({ joinKey: meet.joinKey })).toEqual([meet.id])
      expect(await ids({ states: ['pending'] })).toEqual([meet.id, zoom.id])
      expect(await ids({ states: ['completed', 'failed'] })).toEqual([])
      expect(await ids({ createdAfter: at(5) })).toEqual([meet.id])
      expect(await ids({ createdBefore: at(5) })).toEqual([zoom.id])
    })
  })

  describe('the end of a user', () => {
    /** Meetings of one user, by what is true of them; `shared` ones are shared by another. */
    async function meetingsOf(...all: { changes: Partial<Meeting>; shared?: boolean }[]) {
      const [userId, other] = [await newUser(), await newUser()]
      const byHand = { meetingBaasCalendarId: null, calendarEventId: null, calendarProvider: null }
      const times = { sharedSince: at(1), sharedLate: false, eventStartsAt: null, eventEndsAt: null }
      const meetingUrl = 'https://meet.google.com/abc-defg-hij'
      const subscribe = { userId: other, meetingUrl, extra: null, ...times, ...byHand }
      const ids: string[] = []
      for (const { changes, shared } of all) {
        const before = await claimed({ userId, joinKey: `meet:${randomUUID()}` })
        const change = { before, next: { ...before, ...changes }, entries: [], cause: 'api' as const }
        await store.saveChange(shared ? { ...change, subscribe } : change)
        ids.push(before.id)
      }
      return { userId, other, ids }
    }

    const ended = { state: 'completed', finalAt: at(1), dueAt: null } as const
    const deleted = withDeletion(aMeeting(), { scope: 'everything', reason: 'user_deleted' }, at(2))
      ?.deletion as Meeting['deletion']
    const gone = { ...ended, deletion: deleted }

    test('listEndedShared names ended bots that other users share', async () => {
      const { userId, other, ids } = await meetingsOf(
        { changes: ended, shared: true },
        { changes: { ...ended, dueAt: at(5) }, shared: true },
        { changes: ended },
        { changes: {}, shared: true },
      )
      expect((await store.listEndedShared(userId, 10)).sort()).toEqual(ids.slice(0, 2).sort())
      expect(await store.listEndedShared(userId, 1)).toHaveLength(1)
      expect(await store.listEndedShared(other, 10)).toEqual([])
    })

    test('removeEnded removes ended bots that owe nothing, that nobody shares and whose data are deleted, with their timelines', async () => {
      const { userId, ids } = await meetingsOf(
        { changes: gone },
        { changes: { ...ended, state: 'cancelled' } },
        { changes: {} },
        { changes: { ...gone, lookDueAt: at(5), dueAt: at(5) } },
        { changes: gone, shared: true },
        { changes: { ...gone, endInferred: true, dueAt: at(5), lookDueAt: at(5), meetingBaasId: randomUUID() } },
        { changes: ended },
        { changes: { ...gone, deleteDueAt: at(5), dueAt: at(5) } },
      )
      const [, theirs] = await Promise.all([meetingsOf({ changes: gone }), meetingsOf({ changes: gone })])
      expect(await store.removeEnded(userId, 1)).toBe(1)
      expect(await store.removeEnded(userId, 10)).toBe(2)
      expect(await store.removeEnded(userId, 10)).toBe(0)
      const found = await Promise.all([...ids, ...theirs.ids].map(async (id) => (await store.find(id)) !== null))
      expect(found).toEqual([false, false, true, true, true, false, true, true, true])
      expect(await store.timeline(ids[0] as string, 0, 10)).toEqual([])
      expect(await store.subscribers(ids[4] as string)).toHaveLength(1)
    })
  })

  describe('sweeps', () => {
    test('claimDue takes each due meeting once', async () => {
      // A time of its own, so that other meetings of this store are not due.
      const past = new Date(0)
      const due = await claimed({ dueAt: past })
      await claimed({ dueAt: at(0) })
      const next = { soon: at(8), later: at(9), soonBefore: past }
      const [a, b] = await Promise.all([store.claimDue(past, next, 10), store.claimDue(past, next, 10)])
      expect([...a, ...b].map(({ id, round }) => [id, round])).toEqual([[due.id, 1]])
      // Whoever read it before decides again, so the time that the sweep has set stays.
      expect(await store.saveChange({ before: due, next: due, entries: [], cause: 'worker' })).toBe(false)
    })

    test('whatever a claimed meeting owes is put off', async () => {
      const past = new Date(2)
      const before = await claimed({ joinKey: `meet:${randomUUID()}` })
      const all = Object.fromEntries(dueTimes.map((time) => [time, past]))
      const next = { ...before, ...all, state: 'completed' as const, finalAt: past, collected: false }
      await store.saveChange({ before, next, entries: [], cause: 'worker' })
      const again = { soon: at(9), later: at(9), soonBefore: past }
      const [taken] = await store.claimDue(past, again, 10)
      expect(dueTimes.map((time) => [time, taken?.[time]])).toEqual(dueTimes.map((time) => [time, at(9)]))
    })

    test('a meeting that somebody waits for is due again soon, the rest later', async () => {
      const past = new Date(1)
      const wishes: [Partial<Meeting>, 'soon' | 'later'][] = [
        [{ joinAt: at(3) }, 'soon'],
        [{ joinAt: null, createdAt: at(3) }, 'soon'],
        [{ joinAt: at(30) }, 'later'],
        [{ joinAt: at(3), meetingBaasId: randomUUID() }, 'later'],
        [{ joinAt: at(3), meetingBaasId: randomUUID(), changeOwed: true }, 'soon'],
        [{ joinAt: at(30), meetingBaasId: randomUUID(), changeOwed: true }, 'later'],
        [{ joinAt: at(30), meetingBaasId: randomUUID(), leaveRequestedAt: at(1) }, 'soon'],
        [{ joinAt: at(30), meetingBaasId: randomUUID(), leaveRequestedAt: at(1), leaveSentAt: at(2) }, 'later'],
      ]
      const expected = new Map<string, string>()
      for (const [changes, when] of wishes) {
        const { createdAt, joinAt = null, ...later } = changes
        const before = await claimed({ joinKey: `meet:${randomUUID()}`, joinAt, ...(createdAt && { createdAt }) })
        await store.saveChange({ before, next: { ...before, ...later, dueAt: past }, entries: [], cause: 'worker' })
        expected.set(before.id, when)
      }
      const found = await store.claimDue(past, { soon: at(8), later: at(9), soonBefore: at(10) }, 20)
      const when = found.map(({ id, dueAt }) => [id, dueAt?.getTime() === at(8).getTime() ? 'soon' : 'later'])
      expect(new Map(when as [string, string][])).toEqual(expected)
    })

    test('claimDue puts off due meetings, and keeps the times of meetings that are due later', async () => {
      const [past, later] = [new Date(2), at(5)]
      const times = { dueAt: past, joinAt: at(60) }
      const write = await claimed({ ...times, writeDueAt: past, lookDueAt: later })
      const look = await claimed({ ...times, writeDueAt: later, lookDueAt: past, joinKey: `meet:${randomUUID()}` })
      const next = { soon: at(8), later: at(9), soonBefore: at(10) }
      const taken = await store.claimDue(past, next, 20)
      const found = new Map(taken.map(({ id, writeDueAt, lookDueAt, dueAt }) => [id, [writeDueAt, lookDueAt, dueAt]]))
      expect(found.get(write.id)).toEqual([at(9), later, later])
      expect(found.get(look.id)).toEqual([later, at(9), later])
      expect(await store.claimDue(past, next, 20)).toEqual([])
    })

    test('listKeys names the links and keys of bots that are not over, in pages, also several bots of one room', async () => {
      const prefix = `meet:${randomUUID()}`
      const claims = ['b', 'a', 'b', 'c'].map((room) => claimed({ joinKey: `${prefix}-${room}`, joinAt: at(5) }))
      const [, , , ended] = await Promise.all(claims)
      const next = { ...(ended as Meeting), state: 'failed' as const, finalAt: at(1) }
      await store.saveChange({ before: ended as Meeting, next, entries: [], cause: 'worker' })
      const found: StoredKey[] = []
      for (let after: StoredKey | null = null; ; ) {
        const page: StoredKey[] = await store.listKeys(after, 1)
        after = page[0] ?? null
        if (!after) break
        found.push(after)
      }
      const ours = found.filter(({ joinKey }) => joinKey.startsWith(prefix))
      const wanted = (await Promise.all(claims))
        .slice(0, 3)
        .map(({ id, joinUrl, joinKey }) => ({ id, joinUrl, joinKey }))
      expect(ours.map(({ joinKey }) => joinKey.at(-1))).toEqual(['a', 'b', 'b'])
      expect(new Set(ours.map((one) => JSON.stringify(one)))).toEqual(new Set(wanted.map((one) => JSON.stringify(one))))
    })

    test('listActive names the bots that run, by id, in pages', async () => {
      const ids: string[] = []
      for (const joinAt of [null, null, at(600)]) {
        const before = await claimed({ joinAt, joinKey: `meet:${randomUUID()}` })
        const next = { ...before, meetingBaasId: randomUUID(), state: 'queued' as const }
        await store.saveChange({ before, next, entries: [], cause: 'worker' })
        if (joinAt === null) ids.push(before.id)
      }
      const found: string[] = []
      for (let after: string | null = null; ; ) {
        const page = await store.listActive(at(1), after, 1)
        if (!page[0]) break
        after = page[0].meetingId
        found.push(after)
      }
      expect(found).toEqual([...found].sort())
      expect(found.filter((id) => ids.includes(id)).sort()).toEqual([...ids].sort())
    })
  })
}
