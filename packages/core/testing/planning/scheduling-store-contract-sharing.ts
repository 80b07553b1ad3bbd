import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Integration } from '../../src/calendars/integration.ts'
import type { Meeting, Subscriber } from '../../src/meetings/meeting.ts'
import { leaveShare, seenBy, shareBot } from '../../src/meetings/sharing/share-bot.ts'
import type { SharingScope } from '../../src/meetings/sharing/sharing.ts'
import type { Attendee } from '../../src/vendor/calendar-event.ts'
import { aDetailedWrite } from '../calendars/calendar-builders.ts'
import { fakeQueue } from '../jobs/fake-queue.ts'
import { aMeeting, at } from '../meetings/builders.ts'
import type { SchedulingStage } from './scheduling-stage.ts'

const requested = { type: 'bot_requested' as const, occurredAt: at(0), data: { joinAt: null }, cause: 'api' as const }

/** What the stores must keep of bots that several users share. */
export function sharingContract(stage: SchedulingStage): void {
  const deps = () => ({ meetings: stage.meetings, queue: fakeQueue(), now: () => at(0) })
  const room = () => `meet:${randomUUID()}`
  const claim = (userId: string, joinKey: string, scope: SharingScope = 'domain') =>
    stage.meetings.claim(aMeeting({ userId, joinKey }), requested, scope)
  const worker = (accountEmail: string, status: Integration['status'] = 'active') =>
    stage.added({ accountEmail, status })

  function shareOf(userId: string, changes: Partial<Subscriber> = {}): Subscriber {
    const byHand = { meetingBaasCalendarId: null, calendarEventId: null, calendarProvider: null }
    const times = { sharedSince: at(2), sharedLate: false, eventStartsAt: null, eventEndsAt: null }
    return {
      userId,
      meetingUrl: 'https://meet.google.com/abc-defg-hij?mine=1',
      extra: null,
      ...times,
      ...byHand,
      ...changes,
    }
  }

  const eventShare = (userId: string, changes: Partial<Subscriber> = {}) =>
    shareOf(userId, {
      meetingBaasCalendarId: 'calendar',
      calendarEventId: randomUUID(),
      calendarProvider: 'google',
      eventStartsAt: at(60),
      eventEndsAt: at(90),
      ...changes,
    })

  /** A bot of one user, shared by another of the same domain. */
  async function shared(changes: Partial<Subscriber> = {}, meetingChanges: Partial<Meeting> = {}) {
    const { userId: ownerId } = await worker('ines@sharing.test')
    const { userId } = await worker('bo@sharing.test')
    const meeting = await stage.ordered(ownerId, meetingChanges)
    const share = eventShare(userId, changes)
    expect(await shareBot(deps(), meeting.id, share, 'worker')).not.toBeNull()
    return { ownerId, userId, meeting: (await stage.meetings.find(meeting.id)) as Meeting, share }
  }

  /** Two users claim one room: the bot of the first, and what the second gets. */
  async function claimTwice(first: string, second: string, scope: SharingScope) {
    const [owner, other] = [await worker(first), await worker(second)]
    const joinKey = room()
    const { meeting } = (await claim(owner.userId, joinKey, scope)) as { meeting: Meeting }
    return { own: { id: meeting.id, userId: owner.userId }, again: await claim(other.userId, joinKey, scope) }
  }

  test.each([
    ['of one domain', 'ines@acme.test', 'bo@ACME.test', 'domain'],
    ['of two, where all may share', 'ines@acme.test', 'bo@other.test', 'all'],
  ] as const)('a claim of users %s finds the bot of the first', async (_, first, second, scope) => {
    const { own, again } = await claimTwice(first, second, scope)
    expect(again).toMatchObject({ outcome: 'others', meeting: own })
  })

  test.each([
    ['of two domains', 'ines@acme.test', 'bo@other.test', 'domain'],
    ['with addresses of a mail provider', 'ines@gmail.com', 'bo@gmail.com', 'domain'],
    ['of one, where nobody may share', 'ines@acme.test', 'bo@acme.test', 'nobody'],
  ] as const)('a claim of users %s makes another bot', async (_, first, second, scope) => {
    expect((await claimTwice(first, second, scope)).again.outcome).toBe('created')
  })

  test.each([
    ['is open', 'active', 'active', 'others'],
    ['may heal', 'error', 'error', 'others'],
    ['of the owner has lapsed', 'revoked', 'active', 'others'],
    ['of the other has lapsed', 'active', 'revoked', 'created'],
    ['is not confirmed', 'active', 'connecting', 'created'],
    ['of the owner is being removed', 'disconnecting', 'active', 'others'],
    ['of the other is being removed', 'active', 'disconnecting', 'created'],
  ] as const)('an account that %s', async (_, first, second, outcome) => {
    const [owner, other] = [await worker('ines@acme.test', first), await worker('bo@acme.test', second)]
    const joinKey = room()
    await claim(owner.userId, joinKey)
    expect((await claim(other.userId, joinKey)).outcome).toBe(outcome)
  })

  test('simultaneous claims of many users for one meeting give one meeting', async () => {
    const users = await Promise.all(Array.from({ length: 6 }, (_, i) => worker(`user${i}@acme.test`)))
    const joinKey = room()
    const claims = await Promise.all(users.map(({ userId }) => claim(userId, joinKey)))
    expect(claims.map(({ outcome }) => outcome).sort()).toEqual(['created', ...Array(5).fill('others')])
    expect(new Set(claims.map((each) => 'meeting' in each && each.meeting.id)).size).toBe(1)
  })

  /** A bot of Ines with a passcode, and Bo, who wants one by a link without. */
  async function closed(by: Partial<Meeting> = {}) {
    const [ines, bo] = [await worker('ines@acme.test'), await worker('bo@acme.test')]
    const joinKey = room()
    const link = 'https://zoom.us/j/91234567890'
    const secret = { meetingUrl: `${link}?pwd=abc`, joinUrl: `${link}?pwd=abc` }
    const owned = await stage.ordered(ines.userId, { joinKey, joinAt: at(60), ...secret, ...by })
    const ask = async (changes: Partial<Meeting> = {}) => {
      const wanted = { userId: bo.userId, joinKey, joinAt: at(60), meetingUrl: link, joinUrl: link, ...changes }
      const { outcome } = await stage.meetings.claim(aMeeting(wanted), requested, 'domain')
      return outcome
    }
    return { ines, bo, joinKey, link, secret, owned, ask }
  }

  test('a claim by hand finds a bot with a passcode if it gives the same passcode, a claim for an event even without', async () => {
    const { ask, secret, link } = await closed()
    expect(await ask(secret)).toBe('others')
    expect(await ask({ calendarEventId: randomUUID() })).toBe('others')
    expect(await ask({ meetingUrl: `${link}?pwd=other` })).toBe('created')
  })

  const declined: Attendee = {
    email: 'bo@acme.test',
    name: null,
    responseStatus: 'declined',
    organizer: false,
    self: true,
  }

  test.each([
    ['an event of the meeting', {}, 'others'],
    ['one that ended shortly before', { startTime: at(20), endTime: at(51) }, 'others'],
    ['one that is over', { startTime: at(20), endTime: at(49) }, 'created'],
    ['one that begins shortly after', { startTime: at(70), endTime: at(90) }, 'others'],
    ['one that begins later', { startTime: at(71), endTime: at(90) }, 'created'],
    ['one that was cancelled', { status: 'cancelled' }, 'created'],
    ['one that the user declined', { status: 'cancelled', attendees: [declined] }, 'others'],
    ['one that is gone', { removedAt: at(1) }, 'created'],
    ['one of another room', { joinKey: 'meet:other' }, 'created'],
    ['one in a calendar that cannot be read any more', { calendar: 'revoked' }, 'created'],
  ])('a user who orders by hand and has %s', async (_, changes, outcome) => {
    const { bo, joinKey, ask } = await closed()
    const {
      removedAt = null,
      joinKey: key = joinKey,
      calendar = 'active',
      ...event
    } = changes as {
      removedAt?: Date
      joinKey?: string
      calendar?: Integration['status']
    }
    const write = aDetailedWrite({ startTime: at(60), endTime: at(90), ...event })
    const of = await stage.added({ userId: bo.userId, accountEmail: 'bo@acme.test', status: calendar })
    await stage.saved(of, { ...write, joinKey: key, removedAt })
    expect(await ask()).toBe(outcome)
  })

  test('a user who ordered a bot by hand without its passcode does not get it from a claim that has one', async () => {
    const { ines, bo, joinKey, link, secret, owned, ask } = await closed({ meetingUrl: 'x', joinUrl: 'x' })
    expect(await stage.meetings.uninvited(owned.id)).toEqual([{ userId: ines.userId, meetingUrl: 'x' }])
    const { others } = await stage.scheduling.loadPlan(bo.userId, at(0), 'domain')
    expect(others).toEqual([])
    const integration = await stage.added({ userId: bo.userId, accountEmail: 'bo@acme.test' })
    await stage.saved(integration, { ...aDetailedWrite({ startTime: at(60), endTime: at(90) }), joinKey })
    expect(await stage.scheduling.loadPlan(bo.userId, at(0), 'domain')).toMatchObject({
      others: [{ uninvited: ['x'] }],
    })
    expect(await ask({ meetingUrl: link })).toBe('others')
    expect(await ask({ ...secret, calendarEventId: randomUUID() })).toBe('created')
  })

  test('invited owners and subscribers, and those with an event, are not among the uninvited', async () => {
    const { ines, bo, joinKey, owned, link } = await closed()
    await shareBot(deps(), owned.id, shareOf(bo.userId, { meetingUrl: link }), 'api')
    const other = await worker('kim@acme.test')
    await shareBot(deps(), owned.id, eventShare(other.userId), 'worker')
    const integration = await stage.added({ userId: ines.userId, accountEmail: 'ines@acme.test' })
    await stage.saved(integration, { ...aDetailedWrite({ startTime: at(60), endTime: at(90) }), joinKey })
    expect(await stage.meetings.uninvited(owned.id)).toEqual([{ userId: bo.userId, meetingUrl: link }])
  })

  test('a user who shares a bot already finds it, whatever the scope is by now', async () => {
    const { userId, meeting } = await shared()
    const again = await claim(userId, meeting.joinKey, 'nobody')
    expect(again).toMatchObject({ outcome: 'others', meeting: { id: meeting.id } })
  })

  test('a bot of one’s own comes before that of another', async () => {
    const [{ userId: otherId }, { userId }] = [await worker('ines@acme.test'), await worker('bo@acme.test')]
    const joinKey = room()
    await claim(otherId, joinKey, 'nobody')
    const { meeting } = (await claim(userId, joinKey, 'nobody')) as { meeting: Meeting }
    expect(await claim(userId, joinKey)).toMatchObject({ outcome: 'existing', meeting: { id: meeting.id } })
  })

  test('a user who shares a bot sees it, by both ids and in lists, with the user’s own link, event and data', async () => {
    const botId = randomUUID()
    const own = { extra: { mine: true } }
    const { ownerId, userId, meeting, share } = await shared(own, { meetingBaasId: botId, extra: { theirs: true } })
    const seen = { meeting: seenBy(meeting, share), role: 'subscriber', others: 1 }
    expect(await stage.meetings.findForUser(userId, meeting.id)).toEqual(seen)
    expect(await stage.meetings.findForUser(userId, botId)).toEqual(seen)
    expect(await stage.meetings.list(userId, {}, null, 10)).toEqual([seen])
    expect(await stage.meetings.list(ownerId, {}, null, 10)).toEqual([{ meeting, role: 'owner', others: 1 }])
    expect(await stage.meetings.bookedFor(userId, [share.calendarEventId as string])).toEqual(
      new Map([[share.calendarEventId, meeting.id]]),
    )
    expect(await stage.meetings.findForUser(await stage.newUser(), meeting.id)).toBeNull()
  })

  test('lists page through one’s own and shared bots together, with the same filters', async () => {
    const { userId, meeting } = await shared({}, { createdAt: at(5) })
    const older = await stage.ordered(userId, { createdAt: at(1) })
    const newer = await stage.ordered(userId, { createdAt: at(9), platform: 'zoom' })
    const page = async (after: Meeting | null, limit: number, filter = {}) =>
      (await stage.meetings.list(userId, filter, after, limit)).map((each) => each.meeting)
    const first = await page(null, 2)
    const rest = await page(first.at(-1) as Meeting, 2)
    expect([...first, ...rest].map(({ id }) => id)).toEqual([newer.id, meeting.id, older.id])
    const ids = async (filter: object) => (await page(null, 9, filter)).map(({ id }) => id)
    expect(await ids({ joinKey: meeting.joinKey })).toEqual([meeting.id])
    expect(await ids({ platform: 'zoom' })).toEqual([newer.id])
    expect(await ids({ createdAfter: at(5), createdBefore: at(9) })).toEqual([meeting.id])
    expect(await ids({ states: ['completed'] })).toEqual([])
  })

  test('sharing is a change like any other: it is refused when the meeting has changed, and comes undone', async () => {
    const { userId, meeting, share } = await shared()
    const stale = { ...meeting, version: meeting.version - 1 }
    const change = { next: stale, entries: [], cause: 'api' as const }
    expect(await stage.meetings.saveChange({ before: stale, ...change, unsubscribe: userId })).toBe(false)
    expect(await stage.meetings.subscribers(meeting.id)).toEqual([share])
    const moved = { ...share, calendarEventId: randomUUID(), eventStartsAt: at(61) }
    await shareBot(deps(), meeting.id, moved, 'worker')
    expect(await stage.meetings.subscribers(meeting.id)).toEqual([moved])
    expect(await leaveShare(deps(), { meetingId: meeting.id, userId, cause: 'api', at: at(3) })).toBe(true)
    expect(await stage.meetings.subscribers(meeting.id)).toEqual([])
    expect(await stage.meetings.findForUser(userId, meeting.id)).toBeNull()
    const types = (await stage.meetings.timeline(meeting.id, 0, 10)).map(({ type }) => type)
    expect(types).toEqual(['bot_requested', 'subscriber_joined', 'subscriber_left'])
  })

  test('another owner is written with all that is of the owner', async () => {
    const { ownerId, userId, meeting, share } = await shared({ extra: { mine: true } })
    const next = { ...meeting, ...share }
    await stage.meetings.saveChange({ before: meeting, next, entries: [], cause: 'api', unsubscribe: userId })
    const stored = { ...next, version: meeting.version + 1, updatedAt: expect.any(Date) }
    expect(await stage.meetings.findForUser(userId, meeting.id)).toEqual({ meeting: stored, role: 'owner', others: 0 })
    expect(await stage.meetings.findForUser(ownerId, meeting.id)).toBeNull()
  })

  test('users who share a bot are listed by how long they have shared it', async () => {
    const { userId, meeting } = await shared({ sharedSince: at(5) })
    const { userId: earlier } = await worker('kim@sharing.test')
    await shareBot(deps(), meeting.id, shareOf(earlier, { sharedSince: at(4) }), 'api')
    const users = (await stage.meetings.subscribers(meeting.id)).map((each) => each.userId)
    expect(users).toEqual([earlier, userId])
  })

  test('a plan has the shared bots, and the bots in its rooms that may be shared', async () => {
    const { userId, meeting, share } = await shared()
    const colleague = await worker('kim@sharing.test')
    const stranger = await worker('lee@other.test')
    const integration = await stage.added({ userId, accountEmail: 'bo@sharing.test' })
    const inRoom = await stage.ordered(colleague.userId)
    await stage.ordered(stranger.userId, { joinKey: inRoom.joinKey })
    await stage.ordered(colleague.userId)
    const left = await stage.ordered(colleague.userId, { joinKey: inRoom.joinKey, joinAt: at(900) })
    await stage.meetings.saveChange({
      before: left,
      next: { ...left, leaveRequestedAt: at(3) },
      entries: [],
      cause: 'api',
    })
    await stage.saved(integration, { ...aDetailedWrite(), joinKey: inRoom.joinKey })
    const load = async (scope: SharingScope) =>
      (await stage.scheduling.loadPlan(userId, at(0), scope)).others.toSorted((a, b) =>
        a.share ? -1 : b.share ? 1 : 0,
      )
    const mine = { meeting, share, mayShare: true, uninvited: [inRoom.meetingUrl] }
    expect(await load('domain')).toEqual([
      mine,
      { meeting: await stage.meetings.find(inRoom.id), share: null, mayShare: true, uninvited: [inRoom.meetingUrl] },
    ])
    expect(await load('all')).toHaveLength(3)
    expect(await load('nobody')).toEqual([{ ...mine, mayShare: false }])
  })

  test('a plan has shared bots until some time after they ended', async () => {
    const { userId, meeting } = await shared()
    const ended = (finalAt: Date) => ({ ...meeting, state: 'completed' as const, finalAt })
    const load = async () => (await stage.scheduling.loadPlan(userId, at(10), 'domain')).others
    await stage.meetings.saveChange({ before: meeting, next: ended(at(10)), entries: [], cause: 'sync' })
    expect(await load()).toMatchObject([{ meeting: { state: 'completed' } }])
    const before = (await stage.meetings.find(meeting.id)) as Meeting
    await stage.meetings.saveChange({ before, next: ended(at(9)), entries: [], cause: 'sync' })
    expect(await load()).toEqual([])
  })

  test('users without a calendar are planned for as long as they share a bot for an event', async () => {
    const users = async () => new Set(await stage.scheduling.listUsers(null, 100_000))
    const { meeting } = await shared()
    const [byEvent, byHand] = [await stage.newUser(), await stage.newUser()]
    await shareBot(deps(), meeting.id, eventShare(byEvent), 'worker')
    await shareBot(deps(), meeting.id, shareOf(byHand), 'worker')
    expect((await users()).has(byEvent)).toBe(true)
    expect((await users()).has(byHand)).toBe(false)
    const before = (await stage.meetings.find(meeting.id)) as Meeting
    const next = { ...before, state: 'completed' as const, finalAt: at(9) }
    await stage.meetings.saveChange({ before, next, entries: [], cause: 'sync' })
    expect((await users()).has(byEvent)).toBe(false)
  })
}
