import { describe, expect, test } from 'vitest'
import { syncedCalendar as setUp } from '../../testing/calendars/synced-calendar.ts'
import type { ErrorCode } from '../basics/error-codes.ts'
import { PermanentError, RetryableError } from '../basics/errors.ts'

const away = new RetryableError('VENDOR_UNAVAILABLE', { detail: 'It is down.' })
const refused = (code: ErrorCode) => new PermanentError(code)

describe('an event that the vendor cannot give', () => {
  test.each(['VENDOR_REJECTED', 'VENDOR_CONFLICT'] as const)('for %s does not stop the others', async (code) => {
    const { put, sync, stored, vendor, pass } = await setUp()
    for (const title of ['a', 'b', 'c']) put({ title, attendees: [] })
    vendor.failNext('getEvent', refused(code))
    expect(await sync()).toMatchObject({ outcome: 'changed', created: 3 })
    expect((await stored()).filter(({ detailsReadAt }) => detailsReadAt === null)).toHaveLength(1)
    pass(301)
    expect(await sync()).toMatchObject({ outcome: 'changed', updated: 1, detailReads: 1 })
    expect((await stored()).map(({ attendees }) => attendees)).toEqual([[], [], []])
  })

  test.each([
    ['VENDOR_UNAUTHORIZED', { code: 'VENDOR_UNAUTHORIZED' }],
    ['VENDOR_CALENDAR_NOT_FOUND', { outcome: 'gone' }],
  ] as const)('for %s, which would meet every event, ends the sync', async (code, expected) => {
    const { put, sync, vendor } = await setUp()
    put()
    vendor.failNext('getEvent', refused(code))
    const ending = await sync().catch((error: unknown) => error)
    expect(ending).toMatchObject(expected)
  })

  test('is read less and less often, and often again when the list changes', async () => {
    const { put, change, sync, vendor, pass } = await setUp()
    const event = put({ startTime: new Date(Date.UTC(2026, 2, 20)) })
    const isRead = async () => {
      vendor.failNext('getEvent', refused('VENDOR_REJECTED'))
      return ((await sync()) as { detailReads: number }).detailReads === 1
    }
    const readAfter: number[] = []
    let minutes = 0
    for (let read = await isRead(); minutes < 200; minutes += 5, pass(300), read = await isRead()) {
      if (read) readAfter.push(minutes)
    }
    expect(readAfter).toEqual([0, 5, 15, 35, 75, 135, 195])
    change(event.id, { title: 'Changed' })
    expect(await isRead()).toBe(true)
    pass(300)
    expect(await isRead()).toBe(true)
  })
})

describe('an event that is listed but cannot be read', () => {
  test('is stored from the list, and read again later', async () => {
    const { put, change, sync, stored, vendor, pass } = await setUp()
    const [known, fresh] = [put({ title: 'known', attendees: [] }), { title: 'fresh', attendees: [] }]
    await sync()
    change(known.id, { title: 'known, moved' })
    put(fresh)
    const { getEvent } = vendor
    vendor.getEvent = async () => null
    expect(await sync()).toMatchObject({ created: 1, updated: 1, cancelled: 0 })
    const byTitle = async () => (await stored()).sort((a, b) => a.title.localeCompare(b.title))
    expect(await byTitle()).toMatchObject([
      { title: 'fresh', removedAt: null, detailsReadAt: null },
      { title: 'known, moved', removedAt: null, status: 'confirmed' },
    ])
    vendor.getEvent = getEvent
    pass(301)
    expect(await sync()).toMatchObject({ detailReads: 2 })
    expect(await byTitle()).toMatchObject([{ attendees: [] }, { attendees: [] }])
  })
})

describe('details that are older than the list', () => {
  test('do not hide the list’s data, and are read again until they are as new', async () => {
    const { put, change, sync, stored, pass } = await setUp()
    const event = put({ title: 'Old', meetingUrl: null, platform: null, attendees: [] })
    await sync()
    const url = 'https://zoom.us/j/912345678'
    const changes = { title: 'New', startTime: new Date(Date.UTC(2026, 2, 12)), meetingUrl: url, platform: 'zoom' }
    change(event.id, changes, 'list')
    await sync()
    expect(await stored()).toMatchObject([{ ...changes, joinKey: 'zoom:912345678' }])
    pass(301)
    change(event.id, { ...changes, description: 'And why' }, 'details')
    await sync()
    expect(await stored()).toMatchObject([{ ...changes, description: 'And why' }])
    pass(301)
    expect(await sync()).toMatchObject({ detailReads: 0 })
  })

  test('are accepted when they keep disagreeing', async () => {
    const { put, change, sync, stored, pass } = await setUp()
    const event = put({ startTime: new Date(Date.UTC(2026, 2, 20)) })
    change(event.id, { title: 'Always so' }, 'list')
    let reads = 0
    for (let i = 0; i < 100; i++, pass(300)) reads += ((await sync()) as { detailReads: number }).detailReads
    expect(reads).toBe(5)
    expect(await stored()).toMatchObject([{ title: 'Always so' }])
  })
})

describe('when no single event can be read', () => {
  test('the sync fails after a few reads, and stores everything from the list', async () => {
    const { put, sync, stored, vendor, callsOf } = await setUp()
    for (let i = 0; i < 120; i++) put({ attendees: [] })
    const { getEvent } = vendor
    vendor.getEvent = async (...given) => {
      await getEvent(...given)
      throw away
    }
    const calls = await callsOf(() => expect(sync()).rejects.toBe(away))
    expect(calls.filter((call) => call === 'getEvent')).toHaveLength(50)
    expect(await stored()).toHaveLength(120)
    // A second time, too, when the list is already known.
    await expect(sync()).rejects.toBe(away)
    vendor.getEvent = getEvent
    expect(await sync()).toMatchObject({ detailReads: 120 })
    expect((await stored()).every(({ attendees }) => attendees !== null)).toBe(true)
  })

  test('the sync goes on as soon as one can be read', async () => {
    const { put, sync, vendor } = await setUp()
    for (let i = 0; i < 4; i++) put()
    for (let i = 0; i < 3; i++) vendor.failNext('getEvent', away)
    expect(await sync()).toMatchObject({ created: 4 })
  })
})

test('events are not cancelled because their calendar vanished at the vendor during the sync', async () => {
  const { put, sync, stored, vendor, calendarId, jobs } = await setUp()
  const [a] = [put(), put()]
  await sync()
  vendor.removeEvent(calendarId, a.id)
  const { listEvents } = vendor
  vendor.listEvents = async (...given) => {
    const page = await listEvents(...given)
    vendor.forget(calendarId)
    return page
  }
  expect(await sync()).toEqual({ outcome: 'gone' })
  expect(jobs().at(-1)).toBe('check-calendar')
  expect(await stored()).toMatchObject([{ removedAt: null }, { removedAt: null }])
})

test('a pass asks the vendor once whether it has the calendar, and only when events are missing', async () => {
  const { put, sync, vendor, calendarId, callsOf } = await setUp()
  const events = Array.from({ length: 60 }, () => put())
  expect(await callsOf(sync)).not.toContain('getCalendar')
  for (const { id } of events.slice(1)) vendor.removeEvent(calendarId, id)
  expect((await callsOf(sync)).filter((call) => call === 'getCalendar')).toHaveLength(1)
})

test('a change that is undone after a sync died is undone in our copy, too', async () => {
  const { put, change, sync, stored, integrations, deps } = await setUp()
  const event = put({ title: 'Before' })
  await sync()
  change(event.id, { title: 'Between' })
  const { finishSync } = integrations
  deps.integrations.finishSync = () => Promise.reject(new Error('dead'))
  await expect(sync()).rejects.toThrow('dead')
  deps.integrations.finishSync = finishSync
  expect(await stored()).toMatchObject([{ title: 'Between' }])
  change(event.id, { title: 'Before' })
  await sync()
  expect(await stored()).toMatchObject([{ title: 'Before' }])
})

test('details without a usable time of change are stored, and count as a change', async () => {
  const { put, change, sync, stored, integrations, calendarId, now, pass } = await setUp()
  const event = put({ attendees: [] })
  await sync()
  pass(10)
  change(event.id, { description: 'New', updatedAt: new Date(0) }, 'details')
  await integrations.noteVendorChange(calendarId, [event.id], now())
  expect(await sync()).toMatchObject({ outcome: 'changed', updated: 1 })
  expect(await stored()).toMatchObject([{ description: 'New' }])
  expect(await sync()).toMatchObject({ outcome: 'unchanged', detailReads: 0 })
})
