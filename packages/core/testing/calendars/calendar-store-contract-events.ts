import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { EventFilter, EventWrite } from '../../src/calendars/calendar-store.ts'
import type { Integration } from '../../src/calendars/integration.ts'
import type { CalendarEvent } from '../../src/vendor/calendar-event.ts'
import { at } from '../meetings/builders.ts'
import { aDetailedWrite, anAttendee, anEventWrite } from './calendar-builders.ts'
import type { CalendarStage } from './calendar-stage.ts'

const anyTime = expect.any(Date)
const knownLink = { meetingUrl: 'https://meet.google.com/abc-defg-hij', joinKey: 'meet:abc-defg-hij' }

/** What a CalendarEventStore must keep. */
export function eventStoreContract(stage: CalendarStage): void {
  const save = (integration: Integration, events: EventWrite[], readAt = at(0)) =>
    stage.calendarEvents.save(integration, events, readAt)
  const found = async ({ userId }: Integration, { listed }: EventWrite) =>
    (await stage.calendarEvents.findForUser(userId, listed.id)) as CalendarEvent
  /** The same event once more, as a later sync writes it. */
  const again = (write: EventWrite, changes: Partial<EventWrite['details']>, rest: Partial<EventWrite> = {}) =>
    ({
      ...write,
      details: { ...(write.details as NonNullable<EventWrite['details']>), ...changes },
      ...rest,
    }) as EventWrite

  test('an event is stored whole, and shown with its calendar', async () => {
    const integration = await stage.added()
    const write = aDetailedWrite({ isRecurring: true, isException: true, seriesId: randomUUID() })
    await save(integration, [write], at(2))
    const { details } = write
    expect(await found(integration, write)).toEqual({
      ...details,
      integrationId: integration.id,
      userId: integration.userId,
      provider: 'google',
      calendarId: integration.calendarId,
      accountEmail: integration.accountEmail,
      isOrganizer: true,
      joinKey: 'meet:abc-defg-hij',
      removedAt: null,
      detailsReadAt: at(2),
      createdAt: expect.any(Date),
      updatedAt: expect.any(Date),
    })
    expect(await stage.calendarEvents.findForUser(await stage.newUser(), write.listed.id)).toBeNull()
  })

  test('an event known only from the list lacks the fields that only a read gives', async () => {
    const integration = await stage.added()
    const write = anEventWrite({ meetingUrl: null, platform: null })
    await save(integration, [write])
    const unknown = { description: null, organizer: null, attendees: null, timezone: null, isAllDay: false }
    expect(await found(integration, write)).toMatchObject({ ...unknown, detailsReadAt: null, joinKey: null })
  })

  test('people without an address are kept by their name', async () => {
    const integration = await stage.added()
    const nobody = {
      email: null,
      name: 'All of Sales',
      responseStatus: 'needsAction' as const,
      organizer: false,
      self: false,
    }
    const bo = { ...nobody, email: 'bo@example.test', name: null }
    const write = aDetailedWrite({ organizer: { email: null, name: 'Jane Doe' }, attendees: [nobody, bo] })
    await save(integration, [write], at(2))
    const stored = await found(integration, write)
    expect(stored).toMatchObject({ organizer: { email: null, name: 'Jane Doe' }, attendees: [nobody, bo] })
    const listed = await stage.calendarEvents.list(integration.userId, { attendeeEmail: 'bo@example.test' }, null, 10)
    expect(listed).toHaveLength(1)
  })

  test('a write that knows only the list keeps what was read before', async () => {
    const integration = await stage.added()
    const write = aDetailedWrite({ isAllDay: true })
    await save(integration, [write], at(2))
    const before = await found(integration, write)
    const moved = { ...write.listed, title: 'Moved', startTime: at(61), status: 'cancelled' as const }
    await save(integration, [anEventWrite({}, { listed: moved, joinKey: null })], at(3))
    const changed = { title: 'Moved', startTime: at(61), status: 'cancelled', joinKey: null }
    expect(await found(integration, write)).toEqual({ ...before, ...changed, updatedAt: expect.any(Date) })
    const filter = { attendeeEmail: 'bo@example.test' }
    expect(await stage.calendarEvents.list(integration.userId, filter, null, 10)).toHaveLength(1)
  })

  test('what was read later stays, whatever the vendor says of the time of its change', async () => {
    const integration = await stage.added()
    const write = aDetailedWrite({ updatedAt: at(-5) })
    await save(integration, [write], at(2))
    await save(integration, [again(write, { title: 'Older', updatedAt: at(-4) }, { fingerprint: 'older' })], at(1))
    await save(integration, [anEventWrite({}, { listed: { ...write.listed, title: 'Older' } })], at(1))
    expect((await found(integration, write)).title).toBe('Weekly planning')
    await save(integration, [again(write, { title: 'Same', attendees: null })], at(2))
    expect(await found(integration, write)).toMatchObject({ title: 'Same', attendees: null })
    const since = again(write, { organizer: null, updatedAt: at(-6) }, { fingerprint: 'newer', isOrganizer: false })
    await save(integration, [since], at(9))
    expect(await found(integration, write)).toMatchObject({ organizer: null, isOrganizer: false, detailsReadAt: at(9) })
    const known = { id: write.listed.id, fingerprint: 'newer', status: 'confirmed', vendorUpdatedAt: at(-6) }
    expect(await stage.calendarEvents.listKnown(integration.id, at(0))).toEqual([
      { ...known, ...knownLink, writtenAt: anyTime },
    ])
  })

  test('an event is gone when it was not found later than it was read, and back when it was read later', async () => {
    const integration = await stage.added()
    const write = aDetailedWrite()
    const remove = (readAt: Date) => stage.calendarEvents.markRemoved(integration.id, [write.listed.id], readAt)
    await save(integration, [write], at(2))
    await remove(at(1))
    expect(await found(integration, write)).toMatchObject({ status: 'confirmed', removedAt: null })
    await remove(at(3))
    for (const stale of [write, anEventWrite({}, { listed: write.listed })]) await save(integration, [stale], at(2))
    expect(await found(integration, write)).toMatchObject({ status: 'cancelled', removedAt: at(3) })
    await save(integration, [write], at(4))
    expect(await found(integration, write)).toMatchObject({ status: 'confirmed', removedAt: null })
  })

  test('of several writes at once, the newest read stays', async () => {
    const integration = await stage.added()
    const writes = Array.from({ length: 20 }, () => aDetailedWrite())
    const versions = [3, 1, 4, 2].map((minute) => ({
      events: writes.map((write) => again(write, { title: `Version ${minute}` })),
      readAt: at(minute),
    }))
    // In opposite orders, so that they meet.
    const saves = versions.map(({ events, readAt }, i) => save(integration, i % 2 ? events : events.reverse(), readAt))
    await Promise.all(saves)
    const titles = await Promise.all(writes.map(async (write) => (await found(integration, write)).title))
    expect(titles).toEqual(Array(20).fill('Version 4'))
  })

  test('a wish to read details that came after they were read is kept', async () => {
    const integration = await stage.added()
    const [wished, early, later] = [aDetailedWrite(), aDetailedWrite(), aDetailedWrite()]
    const [readAt, now] = [new Date(Date.now() - 60_000), new Date()]
    const inAnHour = new Date(now.getTime() + 3_600_000)
    const due = async () => (await stage.integrations.beginSync(integration.id, inAnHour))?.dueEventIds ?? []
    await save(integration, [wished, early, { ...later, detailsDueAt: inAnHour }], readAt)
    const note = (write: EventWrite, at: Date) =>
      stage.integrations.noteVendorChange(integration.calendarId as string, [write.listed.id], at)
    await note(wished, now)
    await note(early, readAt)
    expect((await due()).sort()).toEqual([wished, early, later].map(({ listed }) => listed.id).sort())
    await save(integration, [wished, early, later], readAt)
    expect(await due()).toEqual([wished.listed.id])
    await save(integration, [wished], new Date(now.getTime() + 1))
    expect(await due()).toEqual([])
  })

  test('an event of another calendar is not taken over, and does not keep other events from being written', async () => {
    const [owner, thief] = [await stage.added(), await stage.added()]
    const [owned, fresh] = [aDetailedWrite(), aDetailedWrite()]
    await save(owner, [owned])
    await save(thief, [again(owned, { title: 'Stolen', updatedAt: at(5) }), fresh])
    expect(await found(owner, owned)).toMatchObject({ title: 'Weekly planning', integrationId: owner.id })
    expect(await found(thief, fresh)).toMatchObject({ integrationId: thief.id })
    expect(await found(thief, owned)).toBeNull()
    await stage.calendarEvents.markRemoved(thief.id, [owned.listed.id], at(3))
    expect(await found(owner, owned)).toMatchObject({ removedAt: null })
  })

  test('an event that is in a list twice is written once, the last one', async () => {
    const integration = await stage.added()
    const write = anEventWrite()
    await save(integration, [write, { ...write, listed: { ...write.listed, title: 'Last' } }])
    expect((await found(integration, write)).title).toBe('Last')
    await save(integration, [])
  })

  test('a calendar that is gone gets no events, and a calendar that is being disconnected shows none', async () => {
    const integration = await stage.added()
    const write = anEventWrite()
    await save(integration, [write])
    const next = { ...integration, status: 'disconnecting' as const }
    await stage.integrations.saveChange({ before: integration, next, entries: [], cause: 'api' })
    expect(await found(integration, write)).toBeNull()
    expect(await stage.calendarEvents.list(integration.userId, {}, null, 10)).toEqual([])
    expect(await stage.integrations.remove({ ...next, version: 1 })).toBe(true)
    await save(integration, [write])
    expect(await stage.calendarEvents.listKnown(integration.id, at(0))).toEqual([])
  })

  test('a sync knows the events from a time on, without the removed ones', async () => {
    const integration = await stage.added()
    const [past, present, gone, back] = [
      anEventWrite({ startTime: at(4) }),
      aDetailedWrite(),
      anEventWrite(),
      anEventWrite(),
    ]
    await save(integration, [past, present, gone, { ...back, detailsDueAt: at(1) }])
    await stage.calendarEvents.markRemoved(integration.id, [gone.listed.id, back.listed.id], at(3))
    await stage.calendarEvents.markRemoved(integration.id, [gone.listed.id], at(4))
    expect(await found(integration, gone)).toMatchObject({ status: 'cancelled', removedAt: at(3) })
    const { fingerprint, listed } = present
    const known = { id: listed.id, fingerprint, status: 'confirmed', vendorUpdatedAt: at(-5) }
    const expected = [{ ...known, ...knownLink, writtenAt: anyTime }]
    expect(await stage.calendarEvents.listKnown(integration.id, at(60))).toEqual(expected)
    await save(integration, [back], at(4))
    expect(await found(integration, back)).toMatchObject({ status: 'confirmed', removedAt: null })
    expect((await stage.integrations.beginSync(integration.id, at(9)))?.dueEventIds).toEqual([])
  })

  test('pages through a list by start, then id, without gap or repetition', async () => {
    const integration = await stage.added()
    const { userId } = integration
    const starts = [3, 1, 2, 2, 2, 2, 0].map((minute) => at(minute))
    await save(
      integration,
      starts.map((startTime) => anEventWrite({ startTime })),
    )
    const all: CalendarEvent[] = []
    for (;;) {
      const page = await stage.calendarEvents.list(userId, {}, all.at(-1) ?? null, 2)
      if (page.length === 0) break
      all.push(...page)
    }
    expect(all.map(({ startTime }) => startTime)).toEqual([0, 1, 2, 2, 2, 2, 3].map((minute) => at(minute)))
    const equal = all.slice(2, 6).map(({ id }) => id)
    expect(equal).toEqual([...equal].sort())
    expect(new Set(all.map(({ id }) => id)).size).toBe(7)
  })

  test('filters by calendar, people, times and state, for one user', async () => {
    const mine = await stage.added()
    const second = await stage.added({ userId: mine.userId })
    await save(await stage.added(), [anEventWrite()])
    const organizer = { email: 'ann@example.test', name: null }
    const early = aDetailedWrite({ startTime: at(0), endTime: at(30), organizer })
    const attendees = [anAttendee({ email: 'Bo.Berg@Example.test' })]
    const late = aDetailedWrite({ startTime: at(60), endTime: at(90), attendees, status: 'tentative' })
    const other = anEventWrite({ startTime: at(120), endTime: at(150), status: 'cancelled' })
    await save(mine, [early, late])
    await save(second, [other])
    const names = new Map(
      [
        [early, 'early'],
        [late, 'late'],
        [other, 'other'],
      ].map(([w, name]) => [(w as EventWrite).listed.id, name]),
    )
    const matching = async (filter: EventFilter) =>
      (await stage.calendarEvents.list(mine.userId, filter, null, 10)).map(({ id }) => names.get(id)).join(' ')
    expect(await matching({})).toBe('early late other')
    expect(await matching({ calendarId: second.id })).toBe('other')
    expect(await matching({ calendarId: mine.calendarId as string })).toBe('early late')
    expect(await matching({ calendarId: randomUUID() })).toBe('')
    expect(await matching({ organizerEmail: 'Ann@Example.test' })).toBe('early')
    expect(await matching({ attendeeEmail: 'bo.berg@example.TEST' })).toBe('late')
    expect(await matching({ attendeeEmail: 'bo@example.test' })).toBe('early')
    expect(await matching({ startsFrom: at(60) })).toBe('late other')
    expect(await matching({ startsUntil: at(60) })).toBe('early late')
    expect(await matching({ endsAfter: at(90) })).toBe('other')
    expect(await matching({ endsUntil: at(90) })).toBe('early late')
    expect(await matching({ statuses: ['tentative', 'cancelled'] })).toBe('late other')
    const foreign = await stage.added()
    expect(await matching({ calendarId: foreign.id })).toBe('')
  })

  test('events that ended long ago are removed, so many at a time', async () => {
    const integration = await stage.added()
    // Times of their own, so that other events of this store stay.
    const ended = [1, 2, 3].map((ms) => anEventWrite({ startTime: new Date(0), endTime: new Date(ms) }))
    await save(integration, [...ended, anEventWrite()])
    expect(await stage.calendarEvents.removeEndedBefore(new Date(3), 1)).toBe(1)
    expect(await stage.calendarEvents.removeEndedBefore(new Date(3), 5)).toBe(1)
    expect(await stage.calendarEvents.removeEndedBefore(new Date(3), 5)).toBe(0)
    expect(await stage.calendarEvents.list(integration.userId, {}, null, 10)).toHaveLength(2)
  })
}
