import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { syncedCalendar as setUp } from '../../../testing/calendars/synced-calendar.ts'
import { PermanentError, RetryableError } from '../../basics/errors.ts'
import { giveUpSync, syncCalendar } from './sync-calendar.ts'

const away = new RetryableError('VENDOR_UNAVAILABLE', { detail: 'It is down.' })
const minute = 60_000

describe('syncing a calendar', () => {
  test('stores everything that the vendor knows about an event', async () => {
    const { put, sync, stored, integrationId, calendarId, userId } = await setUp()
    const people = { organizer: { email: 'ines@acme.test', name: 'Ines' } }
    const attendees = [
      { email: 'ines@acme.test', name: 'Ines', responseStatus: 'accepted' as const, organizer: true, self: true },
      { email: 'bo@other.test', name: null, responseStatus: 'needsAction' as const, organizer: false, self: false },
    ]
    const series = { seriesId: randomUUID(), isRecurring: true, isException: true }
    const event = put({
      ...people,
      attendees,
      ...series,
      meetingUrl: 'https://zoom.us/j/912345678?pwd=x',
      platform: 'zoom',
    })
    expect(await sync()).toMatchObject({ outcome: 'changed', created: 1, pages: 1, detailReads: 1 })
    const { updatedAt: _, createdAt: __, ...told } = event
    const ours = { integrationId, calendarId, userId, joinKey: 'zoom:912345678', isOrganizer: true, removedAt: null }
    expect(await stored()).toMatchObject([{ ...told, ...ours }])
  })

  test('costs one call a page and no write when nothing changed', async () => {
    const { put, sync, callsOf, deps } = await setUp()
    for (let i = 0; i < 300; i++) put()
    await sync()
    const { save, listKnown } = deps.events
    deps.events.save = () => Promise.reject(new Error('written'))
    deps.events.listKnown = () => Promise.reject(new Error('loaded'))
    let result: unknown
    expect(await callsOf(async () => (result = await sync()))).toEqual(['listEvents', 'listEvents'])
    expect(result).toMatchObject({ outcome: 'unchanged', unchanged: 300, pages: 2, detailReads: 0 })
    Object.assign(deps.events, { save, listKnown })
  })

  test('reads only the events that changed one by one', async () => {
    const { put, change, sync, callsOf, stored } = await setUp()
    const [a, b] = [put(), put(), put()]
    await sync()
    change(a?.id ?? '', { title: 'Moved' })
    change(b?.id ?? '', { status: 'cancelled' })
    let result: unknown
    expect(await callsOf(async () => (result = await sync()))).toEqual(['listEvents', 'getEvent', 'getEvent'])
    expect(result).toMatchObject({ created: 0, updated: 1, cancelled: 1, unchanged: 1, detailReads: 2 })
    expect((await stored()).find(({ id }) => id === a?.id)?.title).toBe('Moved')
  })

  test('removes events that the vendor no longer has, but not those that only its list lacks', async () => {
    const { put, sync, stored, vendor, calendarId } = await setUp()
    const [gone, unlisted] = [put({ title: 'gone' }), put({ title: 'unlisted' })]
    await sync()
    vendor.removeEvent(calendarId, gone.id)
    const { events } = vendor.calendar(calendarId)
    events.set(unlisted.id, { listed: { ...unlisted, startTime: new Date(0) }, details: unlisted })
    expect(await sync()).toMatchObject({ cancelled: 1 })
    const byTitle = (await stored()).sort((a, b) => a.title.localeCompare(b.title))
    expect(byTitle).toMatchObject([
      { title: 'gone', status: 'cancelled', removedAt: expect.any(Date) },
      { title: 'unlisted', status: 'confirmed', removedAt: null },
    ])
  })

  test('does not take an event for removed while it cannot be read', async () => {
    const { put, sync, stored, vendor, calendarId } = await setUp()
    const event = put()
    await sync()
    vendor.removeEvent(calendarId, event.id)
    vendor.failNext('getEvent', away)
    expect(await sync()).toMatchObject({ outcome: 'unchanged' })
    expect(await stored()).toMatchObject([{ removedAt: null }])
    expect(await sync()).toMatchObject({ cancelled: 1 })
    expect(await stored()).toMatchObject([{ removedAt: expect.any(Date) }])
  })

  test('keeps an event whose details cannot be read, and reads them later', async () => {
    const { put, sync, stored, vendor, pass } = await setUp()
    put({ title: 'first', attendees: [] })
    vendor.failNext('getEvent', away)
    await sync()
    expect(await stored()).toMatchObject([{ title: 'first', attendees: null, detailsReadAt: null }])
    pass(301)
    expect(await sync()).toMatchObject({ detailReads: 1 })
    expect(await stored()).toMatchObject([{ attendees: [], detailsReadAt: expect.any(Date) }])
  })

  test('reads an event again when a webhook named it, although the list is the same', async () => {
    const { put, change, sync, stored, integrations, calendarId, now, pass } = await setUp()
    const event = put({ attendees: [] })
    await sync()
    pass(10)
    const attendees = [{ email: 'bo@x.test', name: null, responseStatus: 'declined', organizer: false, self: false }]
    change(event.id, { attendees }, 'details')
    expect(await sync()).toMatchObject({ outcome: 'unchanged', detailReads: 0 })
    await integrations.noteVendorChange(calendarId, [event.id], now())
    expect(await sync()).toMatchObject({ outcome: 'changed', updated: 1, detailReads: 1 })
    expect(await stored()).toMatchObject([{ attendees }])
    expect(await sync()).toMatchObject({ outcome: 'unchanged', detailReads: 0 })
  })

  test('reads the details once more half an hour before the start, because answers come late', async () => {
    const { put, sync, now, pass } = await setUp()
    put({ startTime: new Date(now().getTime() + 60 * minute) })
    await sync()
    pass(29 * 60)
    expect(await sync()).toMatchObject({ detailReads: 0 })
    pass(61)
    expect(await sync()).toMatchObject({ detailReads: 1, outcome: 'unchanged' })
    pass(61)
    expect(await sync()).toMatchObject({ detailReads: 0 })
  })

  test('reads an event of last week again when a webhook names it, once', async () => {
    const { put, change, sync, stored, integrations, calendarId, now, pass } = await setUp()
    const event = put()
    await sync()
    pass(7 * 24 * 3_600)
    change(event.id, { title: 'Minutes added' })
    await integrations.noteVendorChange(calendarId, [event.id], now())
    expect(await sync()).toMatchObject({ created: 0, detailReads: 1 })
    expect(await stored()).toMatchObject([{ title: 'Minutes added' }])
    expect(await sync()).toMatchObject({ outcome: 'unchanged', detailReads: 0 })
  })

  test('takes from the list whether an event is an exception, because the single event does not say', async () => {
    const { put, change, sync, stored } = await setUp()
    const event = put()
    change(event.id, { isException: true }, 'list')
    await sync()
    expect(await stored()).toMatchObject([{ isException: true }])
  })

  test('follows an event that moves out of the list’s range', async () => {
    const { put, change, sync, stored, now } = await setUp()
    const event = put()
    await sync()
    const startTime = new Date(now().getTime() - 72 * 60 * minute)
    change(event.id, { startTime, endTime: new Date(startTime.getTime() + minute) })
    await sync()
    expect(await stored()).toMatchObject([{ startTime, removedAt: null }])
  })

  test('shows its progress, page by page and chunk by chunk', async () => {
    const { put, sync, shown } = await setUp()
    for (let i = 0; i < 260; i++) put()
    await sync()
    expect(shown[0]).toEqual({ pages: 1, listed: 250, toRead: 0, read: 0 })
    expect(shown.slice(1).map(({ read }) => read)).toEqual([50, 100, 150, 200, 250, 260])
  })

  test('keeps what it wrote when it dies half-way, and goes on from there', async () => {
    const { put, sync, stored, deps } = await setUp()
    for (let i = 0; i < 120; i++) put()
    const { save } = deps.events
    let saves = 0
    deps.events.save = async (...given) => {
      if (++saves === 2) throw new Error('dead')
      await save(...given)
    }
    await expect(sync()).rejects.toThrow('dead')
    expect(await stored()).toHaveLength(50)
    expect(await sync()).toMatchObject({ created: 70, unchanged: 50 })
    expect(await stored()).toHaveLength(120)
  })

  test('stops when it is told to', async () => {
    const { deps, integrationId, put } = await setUp()
    put()
    const controller = new AbortController()
    controller.abort(new Error('shutdown'))
    const context = { signal: controller.signal, progress: () => {} }
    await expect(syncCalendar(deps, { integrationId }, context)).rejects.toThrow('shutdown')
  })

  test('waits longer and longer after failures, and says why', async () => {
    const { sync, vendor, deps, integrationId, load, now } = await setUp()
    const broken = new PermanentError('VENDOR_REJECTED', { detail: 'It is refused.' })
    for (const [i, minutes] of [5, 10, 20, 40, 60, 60].entries()) {
      vendor.failNext('listEvents', broken)
      await expect(sync()).rejects.toBe(broken)
      await giveUpSync(deps, { integrationId }, broken)
      const { sync: state, status } = await load(integrationId)
      expect(status).toBe('active')
      expect(state).toMatchObject({
        failures: i + 1,
        lastErrorCode: 'VENDOR_REJECTED',
        lastErrorMessage: 'It is refused.',
      })
      expect((state.nextSyncAt as Date).getTime() - now().getTime()).toBe(minutes * minute)
    }
    await sync()
    expect((await load(integrationId)).sync).toMatchObject({ failures: 0, lastErrorCode: null, lastSyncedAt: now() })
  })

  test('starts a check of the connection when the vendor no longer has the calendar', async () => {
    const { sync, vendor, calendarId, jobs, put, stored } = await setUp()
    put()
    await sync()
    vendor.forget(calendarId)
    expect(await sync()).toEqual({ outcome: 'gone' })
    expect(jobs().at(-1)).toBe('check-calendar')
    expect(await stored()).toHaveLength(1)
  })

  test('fails when the list does not end', async () => {
    const { sync, vendor } = await setUp()
    vendor.listEvents = async () => ({ items: [], nextCursor: randomUUID() })
    await expect(sync()).rejects.toMatchObject({ code: 'VENDOR_UNAVAILABLE' })
  })

  test('fails with the vendor’s error when our own access is wrong', async () => {
    const { sync, vendor } = await setUp()
    const refused = new PermanentError('VENDOR_UNAUTHORIZED')
    vendor.failNext('listEvents', refused)
    await expect(sync()).rejects.toBe(refused)
  })
})
