import { describe, expect, test } from 'vitest'
import { at, day, meetUrl, startCalendar } from '../../../testing/calendars.ts'

const nextHour = { start: at(60), end: at(90) }

describe('single events', () => {
  test('appear with a webhook, in the list and in full', async () => {
    const { add, heard, events, details, calendarId } = await startCalendar()
    await heard()
    const attendees = [
      { email: 'alice@acme.test', response: 'accepted', organizer: true },
      { email: 'bob@other.test', name: 'Bob' },
    ]
    const source = await add({ ...nextHour, timezone: 'Europe/Berlin', location: 'Room 4', attendees })
    const { event_id, series_id, ...item } = (await events())[0]
    const link = { meeting_url: meetUrl, meeting_platform: 'meet' }
    expect(item).toEqual({
      event_type: 'one_off',
      title: 'Review',
      start_time: at(60),
      end_time: at(90),
      status: 'confirmed',
      is_exception: false,
      ...link,
      calendar_id: calendarId,
      bot_scheduled: false,
      created_at: at(0),
    })
    expect(source.events).toMatchObject([{ eventId: event_id, seriesId: series_id }])
    const common = {
      event_id,
      title: 'Review',
      status: 'confirmed',
      is_exception: false,
      bot_scheduled: false,
      ...link,
    }
    const instances = [{ ...common, start: at(60), end: at(90), is_all_day: false }]
    const kind = { calendar_id: calendarId, event_type: 'one_off', series_id, series_bot_scheduled: false }
    expect(await heard()).toEqual([{ event: 'calendar.event_created', data: { ...kind, instances } }])
    const { is_exception: _listOnly, ...shared } = item
    expect(await details(event_id)).toEqual({
      event_id,
      series_id,
      ...shared,
      description: null,
      location: 'Room 4',
      timezone: 'Europe/Berlin',
      is_all_day: false,
      organizer_email: 'alice@acme.test',
      organizer_name: null,
      attendees: [
        { email: 'alice@acme.test', name: null, response_status: 'accepted', organizer: true, self: true },
        { email: 'bob@other.test', name: 'Bob', response_status: 'needsAction' },
      ],
      calendar_platform: 'google',
      raw_payload: expect.objectContaining({ summary: 'Review', hangoutLink: meetUrl }),
      updated_at: at(0),
    })
  })

  test('move, change their name and lose their link with one webhook each', async () => {
    const { add, edit, heard, events, details, sandbox } = await startCalendar()
    const { seriesId } = await add(nextHour)
    const [{ event_id }] = await events()
    await heard()
    await sandbox.advance(60)
    await edit(event_id, { start: at(120) })
    expect(await details(event_id)).toMatchObject({ start_time: at(120), end_time: at(150), updated_at: at(1) })
    await edit(seriesId, { shiftMinutes: -30, title: 'Other' })
    await edit(event_id, { meetingUrl: null })
    const heardNow = await heard()
    expect(heardNow.map(({ event }) => event)).toEqual(Array(3).fill('calendar.event_updated'))
    const [, , last] = heardNow
    expect(last?.data).toMatchObject({
      series_id: seriesId,
      series_bot_scheduled: false,
      is_exception: false,
      affected_instances: [{ event_id, start: at(90), title: 'Other', meeting_url: null, meeting_platform: null }],
    })
  })

  test('count as cancelled when they are cancelled or declined, and come back', async () => {
    const { add, act, heard, events } = await startCalendar()
    await add(nextHour)
    const [{ event_id, series_id }] = await events()
    await heard()
    for (const [bad, good] of [
      ['cancel', 'restore'],
      ['decline', 'accept'],
    ] as const) {
      await act(event_id, bad)
      expect(await events()).toMatchObject([{ event_id, status: 'cancelled' }])
      expect(await events('show_cancelled=false')).toEqual([])
      expect(await events('status=confirmed,tentative')).toEqual([])
      await act(event_id, good)
      const [cancelled, updated] = await heard()
      expect(cancelled).toMatchObject({ event: 'calendar.event_cancelled' })
      expect(cancelled?.data).toEqual({
        calendar_id: expect.any(String),
        event_type: 'one_off',
        series_id,
        cancelled_instances: [expect.objectContaining({ event_id, status: 'cancelled' })],
      })
      expect(updated).toMatchObject({
        event: 'calendar.event_updated',
        data: { affected_instances: [{ event_id, status: 'confirmed' }] },
      })
    }
  })

  test('leave no trace when they are deleted', async () => {
    const { add, remove, heard, events, sandbox, own } = await startCalendar()
    const { sourceId } = await add(nextHour)
    const [{ event_id }] = await events()
    await heard()
    await remove(sourceId)
    expect(await events()).toEqual([])
    expect(await sandbox.get(`${own}/events/${event_id}`)).toMatchObject({ status: 404 })
    expect(await heard()).toMatchObject([{ event: 'calendar.event_cancelled' }])
  })

  test('change their place in the list when they move', async () => {
    const { add, edit, events } = await startCalendar()
    const early = await add({ start: at(60), title: 'Early' })
    await add({ start: at(120), title: 'Late' })
    expect((await events()).map(({ title }: any) => title)).toEqual(['Early', 'Late'])
    await edit(early.sourceId, { shiftMinutes: 90 })
    expect((await events()).map(({ title }: any) => title)).toEqual(['Late', 'Early'])
    expect(await events(`start_date=${at(130)}`)).toMatchObject([{ title: 'Early' }])
  })

  test('have a platform only when their link leads to one', async () => {
    const { add, events } = await startCalendar()
    const links = [
      'https://zoom.us/j/123456789',
      'https://teams.microsoft.com/l/meetup-join/1',
      'https://acme.test/x',
      null,
    ]
    for (const [index, meetingUrl] of links.entries()) await add({ start: at(60 + index), meetingUrl })
    const platforms = (await events()).map((event: any) => event.meeting_platform)
    expect(platforms).toEqual(['zoom', 'teams', null, null])
  })
})

describe('the list', () => {
  test('pages both ways by start and takes dates on their boundaries', async () => {
    const { add, events, must, own, sandbox } = await startCalendar()
    for (const minutes of [300, 100, 200, 400]) await add({ start: at(minutes), minutes: 30 })
    const starts = (page: any) => page.data.map(({ start_time }: any) => start_time)
    const page = (query: string) => must('GET', `${own}/events?${query}`)
    const first = await page('limit=2')
    expect(starts(first)).toEqual([at(100), at(200)])
    expect(first.prev_cursor).toBeNull()
    const second = await page(`limit=2&cursor=${encodeURIComponent(first.cursor)}`)
    expect(starts(second)).toEqual([at(300), at(400)])
    expect(second.cursor).toBeNull()
    expect(starts(await page(`limit=2&cursor=${encodeURIComponent(second.prev_cursor)}`))).toEqual([at(100), at(200)])
    const since = await page(`start_date=${at(200)}&limit=1`)
    expect(starts(since)).toEqual([at(200)])
    expect(since.prev_cursor).toBeNull()
    expect(starts(await page(`start_date=${at(200)}&end_date=${at(330)}`))).toEqual([at(200), at(300)])
    expect(await events(`end_date=${at(329)}`)).toHaveLength(2)
    for (const query of ['limit=251', 'start_date=tomorrow', 'status=gone', 'show_cancelled=perhaps', 'cursor=x']) {
      expect((await sandbox.get(`${own}/events?${query}`)).status).toBe(400)
    }
  })
})

describe('series', () => {
  const weekly = { start: at(60), minutes: 60, recurrence: { frequency: 'weekly' } }

  test('have instances for 30 days, and more every night without a webhook', async () => {
    const { add, heard, events, sandbox } = await startCalendar()
    await heard()
    await add(weekly)
    expect((await events()).map(({ start_time }: any) => start_time)).toEqual(
      [0, 7, 14, 21, 28].map((days) => at(60 + days * day)),
    )
    expect(await heard()).toMatchObject([{ data: { event_type: 'recurring', instances: { length: 5 } } }])
    await sandbox.advance(6 * day * 60)
    const later = await events()
    expect(later.at(-1)).toMatchObject({ start_time: at(60 + 35 * day), event_type: 'recurring' })
    expect(await heard()).toEqual([])
  })

  test('announce the instances of every night if the sandbox is set so', async () => {
    const { add, heard, sandbox } = await startCalendar()
    await sandbox.post('/sandbox/calendars/settings', { announceExtension: true })
    await add(weekly)
    await heard()
    await sandbox.advance(6 * day * 60)
    expect(await heard()).toMatchObject([
      { event: 'calendar.event_created', data: { instances: [{ start: at(60 + 35 * day) }] } },
    ])
  })

  test('end by count or date, and keep their local time in summer', async () => {
    const { add, events } = await startCalendar()
    const recurrence = { frequency: 'daily', interval: 2, count: 3 }
    await add({ start: at(60), recurrence })
    expect(await events()).toHaveLength(3)
    const { sourceId } = await add({ ...weekly, timezone: 'Europe/Berlin' })
    const starts = (await events()).filter((event: any) => event.event_type === 'recurring').slice(3)
    expect(sourceId).toBe('evt_2')
    expect(starts.at(-1)).toMatchObject({ start_time: at(28 * day) })
    await add({ start: at(60), recurrence: { frequency: 'weekly', until: at(60 + 14 * day) }, title: 'Short' })
    expect((await events()).filter(({ title }: any) => title === 'Short')).toHaveLength(2)
  })

  test('show a moved occurrence as an exception, and can change as a whole', async () => {
    const { add, edit, heard, events } = await startCalendar()
    const { seriesId } = await add(weekly)
    const second = (await events())[1]
    await heard()
    await edit(second.event_id, { shiftMinutes: 60, title: 'Moved' })
    expect(await heard()).toMatchObject([
      {
        event: 'calendar.event_updated',
        data: {
          event_type: 'recurring',
          is_exception: true,
          affected_instances: [{ event_id: second.event_id, is_exception: true, start: at(120 + 7 * day) }],
        },
      },
    ])
    await edit(seriesId, { meetingUrl: 'https://zoom.us/j/123456789', shiftMinutes: 10 })
    const [updated] = await heard()
    expect(updated?.data).toMatchObject({ is_exception: false, affected_instances: { length: 5 } })
    const all = await events()
    expect(all.map(({ meeting_platform }: any) => meeting_platform)).toEqual(Array(5).fill('zoom'))
    expect(all[0].start_time).toBe(at(70))
    expect(all[1]).toMatchObject({ event_id: second.event_id, start_time: at(120 + 7 * day), title: 'Moved' })
  })

  test('show an occurrence that is moved into the window from beyond', async () => {
    const { add, edit, events, heard } = await startCalendar()
    const { sourceId } = await add(weekly)
    await heard()
    await edit(sourceId, { occurrence: 9, start: at(day) })
    expect(await heard()).toMatchObject([
      { event: 'calendar.event_created', data: { instances: [{ start: at(day), is_exception: true }] } },
    ])
    expect(await events()).toHaveLength(6)
  })

  test('lose one occurrence by cancelling or deleting it', async () => {
    const { add, act, remove, heard, events, sandbox, own } = await startCalendar()
    await add(weekly)
    const [first, second] = await events()
    await heard()
    await act(first.event_id, 'decline')
    await remove(second.event_id)
    expect(await heard()).toMatchObject([
      { event: 'calendar.event_cancelled', data: { cancelled_instances: [{ event_id: first.event_id }] } },
      { event: 'calendar.event_cancelled', data: { cancelled_instances: [{ event_id: second.event_id }] } },
    ])
    const left = await events()
    expect(left.map(({ status }: any) => status)).toEqual(['cancelled', ...Array(3).fill('confirmed')])
    expect(left.some(({ is_exception }: any) => is_exception)).toBe(false)
    expect((await sandbox.get(`${own}/events/${second.event_id}`)).status).toBe(404)
  })

  test('are replaced by a new series from some time on', async () => {
    const { add, act, heard, events, must, own } = await startCalendar()
    const { seriesId } = await add({ ...weekly, recurrence: { frequency: 'weekly', count: 4 } })
    await heard()
    const replaced = await act(seriesId, 'replace', { from: at(10 * day), shiftMinutes: 30 })
    expect(replaced.seriesId).not.toBe(seriesId)
    expect(await heard()).toMatchObject([
      { event: 'calendar.event_cancelled', data: { series_id: seriesId, cancelled_instances: { length: 2 } } },
      { event: 'calendar.event_created', data: { series_id: replaced.seriesId, instances: { length: 2 } } },
    ])
    const kept = (await events('show_cancelled=false')).map(({ start_time }: any) => start_time)
    expect(kept).toEqual([at(60), at(60 + 7 * day), at(90 + 14 * day), at(90 + 21 * day)])
    const listed = (await must('GET', `${own}/series?show_cancelled=false`)).data
    expect(listed).toMatchObject([{ events: { length: 2 } }, { events: { length: 2 } }])
    expect(new Set(listed.map((one: any) => one.series_id))).toEqual(new Set([seriesId, replaced.seriesId]))
    expect(listed[0].events[0]).not.toHaveProperty('series_id')
    expect((await must('GET', `${own}/series?event_type=one_off`)).data).toEqual([])
  })
})

describe('push', () => {
  test('tells the vendor of changes; without it the vendor learns of them only at a sync', async () => {
    const { add, act, edit, heard, events, sandbox, own, calendarId } = await startCalendar()
    const { sourceId } = await add(nextHour)
    await heard()
    await sandbox.call('PATCH', `/sandbox/calendars/${calendarId}`, { push: false })
    await edit(sourceId, { title: 'Quietly' })
    await add({ start: at(200) })
    expect(await events()).toMatchObject([{ title: 'Review' }])
    expect(await heard()).toEqual([])
    await sandbox.call('POST', `${own}/sync`)
    expect((await events()).map(({ title }: any) => title)).toEqual(['Quietly', 'Review'])
    expect((await heard()).map(({ event }) => event)).toEqual(['calendar.event_updated', 'calendar.event_created'])
    await act(sourceId, 'cancel')
    expect(await heard()).toEqual([])
    await sandbox.call('POST', `${own}/resubscribe`)
    expect(await heard()).toMatchObject([{ event: 'calendar.event_cancelled' }])
  })

  test('ends with its subscription, which the vendor renews unless that is switched off', async () => {
    const { add, calendar, events, heard, sandbox, own } = await startCalendar()
    const { subscription_id } = await calendar()
    await sandbox.advance(6.5 * day * 60)
    expect((await calendar()).subscription_id).not.toBe(subscription_id)
    await sandbox.post('/sandbox/calendars/settings', { renewals: false })
    await sandbox.advance(7 * day * 60)
    await heard()
    await add({ start: at(14 * day) })
    expect([await events(), await heard()]).toEqual([[], []])
    const answer = await sandbox.call('POST', `${own}/resubscribe`)
    expect(answer.body.data).toEqual({ calendar_id: expect.any(String), resubscribed_at: at(13.5 * day) })
    expect(await events()).toHaveLength(1)
    await add({ start: at(14 * day + 60) })
    expect(await events()).toHaveLength(2)
  })

  test('when switched off leaves the moving window with what the vendor saw last', async () => {
    const { add, edit, events, sandbox, calendarId } = await startCalendar()
    const { sourceId } = await add({ start: at(60), recurrence: { frequency: 'weekly' } })
    await sandbox.call('PATCH', `/sandbox/calendars/${calendarId}`, { push: false })
    await edit(sourceId, { title: 'Renamed' })
    await sandbox.post('/sandbox/calendars/settings', { renewals: false })
    await sandbox.advance(6 * day * 60)
    expect((await events()).at(-1)).toMatchObject({ title: 'Review', start_time: at(60 + 35 * day) })
  })
})
