import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Meeting } from '../../src/meetings/meeting.ts'
import type { MeetingStore } from '../../src/meetings/meeting-store.ts'
import type { Inbox, NewInboxEvent } from '../../src/webhooks/inbox.ts'
import { aMeeting, at } from '../meetings/builders.ts'

/** A v2 status webhook as the inbox takes it in, received one minute after noon. */
export function anInboxEvent(changes: Partial<NewInboxEvent> = {}): NewInboxEvent {
  const id = changes.id ?? randomUUID()
  return {
    id,
    source: 'v2_webhook',
    messageId: id,
    dedupeKey: `v2_webhook:${id}`,
    businessKey: null,
    eventType: 'bot.status_change',
    vendorBotId: randomUUID(),
    meetingId: null,
    body: '{"event":"bot.status_change"}',
    receivedAt: at(1),
    dueAt: at(2),
    ...changes,
  }
}

type Opened = { inbox: Inbox; meetings: MeetingStore; newUser: () => Promise<string> }

/** What every Inbox must keep. `newUser` makes a user whose meetings can be stored. */
export function inboxContract(open: () => Promise<Opened>): void {
  let inbox: Inbox
  let meetings: MeetingStore
  let newUser: () => Promise<string>
  beforeAll(async () => {
    const opened = await open()
    inbox = opened.inbox
    meetings = opened.meetings
    newUser = opened.newUser
  })

  async function claimed(changes: Partial<Meeting> = {}): Promise<Meeting> {
    const requested = {
      type: 'bot_requested' as const,
      occurredAt: at(0),
      data: { joinAt: null },
      cause: 'api' as const,
    }
    const meeting = aMeeting({ userId: await newUser(), joinKey: `meet:${randomUUID()}`, ...changes })
    const claim = await meetings.claim(meeting, requested, 'nobody')
    if (claim.outcome !== 'created') throw new Error(`not created: ${claim.outcome}`)
    return claim.meeting
  }

  async function stored(changes: Partial<NewInboxEvent> = {}): Promise<NewInboxEvent> {
    const event = anInboxEvent(changes)
    expect(await inbox.store(event)).toBe('stored')
    return event
  }

  const ignored = (webhookEventId: string) =>
    inbox.saveProcessed({ webhookEventId, outcome: 'ignored', change: null, at: at(5) })

  describe('store and load', () => {
    test('a message is stored once, however often and under whatever id it comes', async () => {
      const event = await stored()
      const again = [event, { ...event, id: randomUUID() }, { ...event, id: randomUUID() }]
      expect(await Promise.all(again.map((each) => inbox.store(each)))).toEqual(Array(3).fill('duplicate'))
      expect(await inbox.load(again[1]?.id as string)).toBeNull()
    })

    test('an event is loaded as it was stored', async () => {
      const { id, source, eventType, vendorBotId, body, receivedAt } = await stored()
      const facts = { id, source, eventType, vendorBotId, meetingId: null, body, receivedAt }
      expect(await inbox.load(id)).toEqual({
        event: { ...facts, state: 'received', outcome: null },
        meeting: null,
        factAlreadyApplied: false,
      })
    })

    test('many events are loaded at once, each with its own data, and a missing event is null', async () => {
      const events = await Promise.all(Array.from({ length: 20 }, () => stored()))
      const ids = [...events.map(({ id }) => id), randomUUID()]
      const loaded = await Promise.all(ids.map((id) => inbox.load(id)))
      expect(loaded.map((each) => each?.event.id ?? null)).toEqual([...ids.slice(0, 20), null])
    })

    test('the meeting is found by our id first, by the vendor’s second', async () => {
      const ours = await claimed()
      const theirs = await claimed({ meetingBaasId: randomUUID() })
      const vendorBotId = theirs.meetingBaasId
      const meetingOf = async (changes: Partial<NewInboxEvent>) =>
        (await inbox.load((await stored(changes)).id))?.meeting?.id
      expect(await meetingOf({ vendorBotId, meetingId: ours.id })).toBe(ours.id)
      expect(await meetingOf({ vendorBotId })).toBe(theirs.id)
      expect(await meetingOf({ vendorBotId, meetingId: randomUUID() })).toBe(theirs.id)
    })

    test('a fact counts as applied once another message about it has been', async () => {
      const businessKey = `bot.completed:${randomUUID()}`
      const [one, other] = [await stored({ businessKey }), await stored({ businessKey })]
      const isApplied = async ({ id }: NewInboxEvent) => (await inbox.load(id))?.factAlreadyApplied
      expect(await isApplied(other)).toBe(false)
      await inbox.saveProcessed({ webhookEventId: one.id, outcome: 'applied', change: null, at: at(5) })
      expect([await isApplied(one), await isApplied(other)]).toEqual([false, true])
      const late = [await stored({ businessKey: 'late' }), await stored({ businessKey: 'late' })] as const
      await inbox.saveProcessed({ webhookEventId: late[0].id, outcome: 'late', change: null, at: at(5) })
      expect(await isApplied(late[1])).toBe(false)
    })
  })

  describe('saveProcessed', () => {
    test('writes the outcome together with the meeting and its timeline', async () => {
      const before = await claimed()
      const { id: webhookEventId } = await stored({ meetingId: before.id })
      const entry = { type: 'bot_joining' as const, occurredAt: at(1), data: { status: 'joining_call' } }
      const change = { before, next: { ...before, state: 'joining' as const }, entries: [entry] }
      expect(await inbox.saveProcessed({ webhookEventId, outcome: 'applied', change, at: at(5) })).toBe(true)
      const loaded = await inbox.load(webhookEventId)
      expect(loaded?.event).toMatchObject({ state: 'processed', outcome: 'applied' })
      expect(loaded?.meeting).toMatchObject({ state: 'joining', version: before.version + 1 })
      expect(await meetings.timeline(before.id, 1, 10)).toMatchObject([{ type: 'bot_joining', cause: 'webhook' }])
    })

    test('writes nothing when the meeting has changed since it was loaded', async () => {
      const before = await claimed()
      const { id: webhookEventId } = await stored({ meetingId: before.id })
      const processed = { webhookEventId, outcome: 'applied' as const, at: at(5) }
      await meetings.saveChange({ before, next: before, entries: [], cause: 'api' })
      const change = { before, next: { ...before, state: 'joining' as const }, entries: [] }
      expect(await inbox.saveProcessed({ ...processed, change })).toBe(false)
      expect(await inbox.load(webhookEventId)).toMatchObject({
        event: { state: 'received', outcome: null },
        meeting: { state: before.state },
      })
    })

    test('takes changes of several meetings at once; of several changes of one meeting, one is written', async () => {
      const [one, other] = [await claimed(), await claimed()]
      const write = async (before: Meeting) => {
        const { id: webhookEventId } = await stored({ meetingId: before.id })
        const change = { before, next: { ...before, state: 'joining' as const }, entries: [] }
        return await inbox.saveProcessed({ webhookEventId, outcome: 'applied', change, at: at(5) })
      }
      const [first, second, third] = await Promise.all([write(one), write(one), write(other)])
      expect([[first, second].sort(), third]).toEqual([[false, true], true])
    })

    test('a processed event keeps its outcome', async () => {
      const { id: webhookEventId } = await stored()
      await inbox.saveProcessed({ webhookEventId, outcome: 'late', change: null, at: at(5) })
      await ignored(webhookEventId)
      expect((await inbox.load(webhookEventId))?.event.outcome).toBe('late')
    })
  })

  describe('what is due', () => {
    /** Far from the times of other tests, whose events are due as well. */
    const day = 24 * 60

    test('is counted, and claimed by one sweep, the oldest first', async () => {
      for (const { id } of await inbox.claimDue(at(day), at(9 * day), 1_000)) await ignored(id)
      const [late, early] = [await stored({ dueAt: at(4) }), await stored({ dueAt: at(3) })]
      expect([await inbox.countDue(at(2), 10), await inbox.countDue(at(4), 10)]).toEqual([0, 2])
      expect(await inbox.countDue(at(4), 1)).toBe(1)
      expect(await inbox.claimDue(at(4), at(9), 1)).toEqual([{ id: early.id, round: 1 }])
      const claims = await Promise.all([inbox.claimDue(at(4), at(9), 10), inbox.claimDue(at(4), at(9), 10)])
      expect(claims.flat()).toEqual([{ id: late.id, round: 1 }])
      expect(await inbox.claimDue(at(8), at(20), 10)).toEqual([])
      const again = await inbox.claimDue(at(9), at(20), 10)
      expect(again.map(({ round }) => round)).toEqual([2, 2])
      await Promise.all(again.map(({ id }) => ignored(id)))
      expect(await inbox.countDue(at(day), 10)).toBe(0)
    })

    test('includes neither processed events nor dead letters, and dead letters keep their bodies', async () => {
      const [done, dead] = [await stored(), await stored()]
      await ignored(done.id)
      await inbox.saveFailed(dead.id, 'INTERNAL_ERROR: broken')
      const claimed = (await inbox.claimDue(at(day), at(9 * day), 1_000)).map(({ id }) => id)
      expect(claimed.filter((id) => id === done.id || id === dead.id)).toEqual([])
      expect((await inbox.load(dead.id))?.event).toMatchObject({ state: 'failed', body: dead.body })
      await inbox.saveFailed(done.id, 'too late')
      expect((await inbox.load(done.id))?.event.state).toBe('processed')
    })
  })

  test('bodies of events processed before a time are removed, a batch at a time', async () => {
    await inbox.removeBodies(at(1_000_000), 1_000)
    const ids = (await Promise.all([stored(), stored(), stored()])).map(({ id }) => id)
    for (const id of ids) await ignored(id)
    const waiting = await stored()
    expect(await inbox.removeBodies(at(5), 2)).toBe(0)
    expect(await inbox.removeBodies(at(6), 2)).toBe(2)
    expect(await inbox.removeBodies(at(6), 2)).toBe(1)
    expect((await inbox.load(ids[0] as string))?.event.body).toBeNull()
    expect((await inbox.load(waiting.id))?.event.body).toBe(waiting.body)
  })
}
