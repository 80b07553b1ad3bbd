import { describe, expect, test } from 'vitest'
import { at, connect, day, meetUrl, oauth, startCalendar } from '../../testing/calendars.ts'
import { startReceiver, startSandbox } from '../../testing/harness.ts'

describe('accounts by API', () => {
  test('can be made in advance, with their own tokens and calendars', async () => {
    const sandbox = await startSandbox()
    const account = {
      platform: 'google',
      email: 'Dana@acme.test',
      tokens: ['1//opaque'],
      calendars: [{ id: 'x', name: 'X' }],
    }
    expect(await sandbox.post('/sandbox/accounts', account)).toMatchObject({
      status: 201,
      body: {
        accountId: 'google:dana@acme.test',
        calendars: [{ rawCalendarId: 'x', isPrimary: false, calendarId: null }],
      },
    })
    expect((await sandbox.post('/sandbox/accounts', account)).status).toBe(409)
    const raw = (await sandbox.post('/v2/calendars/list-raw', oauth('1//opaque'))).body.data
    expect(raw).toEqual([{ id: 'x', name: 'X', email: 'dana@acme.test', is_primary: false }])
    const calendarId = await connect(sandbox, '1//opaque')
    const { accounts } = (await sandbox.get('/sandbox/accounts')).body
    expect(accounts).toMatchObject([{ calendars: [{ calendarId }] }])
    expect(await sandbox.get('/sandbox/accounts/google:nobody@acme.test')).toMatchObject({ status: 404 })
  })

  test('are refused now, or when the vendor next asks, and a temporary error heals by itself', async () => {
    const { sandbox, calendar, heard } = await startCalendar()
    const patch = (body: object) => sandbox.call('PATCH', '/sandbox/accounts/google:alice@acme.test', body)
    await heard()
    await patch({ auth: 'temporary_error', noticed: false })
    expect(await calendar()).toMatchObject({ status: 'active' })
    await sandbox.advance(6 * 3600)
    const message = 'The calendar provider does not answer.'
    const failed = { status: 'error', status_message: message, sync_status: 'failed', sync_error: message }
    expect(await calendar()).toMatchObject(failed)
    expect(await heard()).toMatchObject([{ event: 'calendar.connection_error', data: { error: message } }])
    await patch({ auth: 'ok', noticed: false })
    await sandbox.advance(6 * 3600)
    expect(await calendar()).toMatchObject({ status: 'active', status_message: null })
    expect(await heard()).toMatchObject([{ event: 'calendar.connection_updated', data: { status: 'active' } }])
    await patch({ auth: 'permission_denied' })
    expect(await heard()).toMatchObject([{ data: { status: 'permission_denied' } }])
  })

  test('have a push switch for all their calendars', async () => {
    const { sandbox, add, events, own } = await startCalendar()
    await sandbox.call('PATCH', '/sandbox/accounts/google:alice@acme.test', { push: false })
    await add({ start: at(60) })
    expect(await events()).toEqual([])
    await sandbox.call('POST', `${own}/sync`)
    expect(await events()).toHaveLength(1)
  })
})

describe('calendars by API', () => {
  test('show the vendor’s subscription, window and next events', async () => {
    const { sandbox, calendarId, add } = await startCalendar()
    await add({ start: at(60) })
    await add({ inMinutes: 5 * day })
    const { total, calendars } = (await sandbox.get('/sandbox/calendars?eventDays=3')).body
    expect(total).toBe(1)
    expect(calendars).toMatchObject([
      {
        calendarId,
        accountId: 'google:alice@acme.test',
        hearsOfChanges: true,
        subscription: { expiresAt: at(7 * day) },
        windowEnd: at(30 * day),
        events: 2,
        upcoming: [{ start: at(60), meetingUrl: meetUrl, platform: 'meet', bots: [] }],
      },
    ])
    const expired = await sandbox.call('PATCH', `/sandbox/calendars/${calendarId}`, { expireSubscription: true })
    expect(expired.body).toMatchObject({ hearsOfChanges: false, status: 'active' })
  })

  test('can have events before anybody connects them, under the provider’s id', async () => {
    const sandbox = await startSandbox()
    await sandbox.post('/sandbox/accounts', { platform: 'google', email: 'eve@acme.test' })
    const early = await sandbox.post('/sandbox/calendars/eve@acme.test/events', { start: at(60), title: 'Early' })
    expect(early).toMatchObject({
      status: 201,
      body: { sourceId: 'evt_1', seriesId: null, upToDate: false, events: [] },
    })
    const id = await connect(sandbox, 'eve@acme.test')
    const source = (await sandbox.get(`/sandbox/calendars/${id}/events/evt_1`)).body
    expect(source).toMatchObject({ upToDate: true, events: [{ title: 'Early' }] })
    expect((await sandbox.get(`/sandbox/calendars/${id}/events`)).body.total).toBe(1)
  })

  test('refuse nonsense with a sentence', async () => {
    const { sandbox, calendarId, add } = await startCalendar()
    const { sourceId } = await add({ start: at(60), recurrence: { frequency: 'daily', count: 2 } })
    const events = `/sandbox/calendars/${calendarId}/events`
    const refused: [string, string, object, number][] = [
      ['POST', events, { title: 'No start' }, 400],
      ['POST', events, { start: at(60), timezone: 'Mars/Base' }, 400],
      ['POST', events, { start: at(60), end: at(30) }, 400],
      ['POST', events, { start: at(60), meetingUrl: 'call me' }, 400],
      ['POST', `${events}/no-such/cancel`, {}, 404],
      ['PATCH', `${events}/${sourceId}`, { occurrence: 2 }, 404],
      ['POST', `${events}/${sourceId}/replace`, { from: at(9 * day) }, 409],
      ['POST', '/sandbox/calendars/nowhere/events', { start: at(60) }, 404],
      ['PATCH', '/sandbox/calendars/nowhere', { push: false }, 404],
      ['POST', '/sandbox/calendars/settings', { limit: -1 }, 400],
    ]
    for (const [method, path, body, status] of refused) {
      const answer = await sandbox.call(method, path, body)
      expect([path, answer.status]).toEqual([path, status])
      expect(answer.body.error).toEqual(expect.any(String))
    }
  })
})

test('deliveries and faults can be chosen by calendar', async () => {
  const receiver = await startReceiver()
  const sandbox = await startSandbox({ webhookUrls: [receiver.url] })
  const [first, second] = [await connect(sandbox, 'a@acme.test'), await connect(sandbox, 'b@acme.test')]
  await sandbox.post('/sandbox/faults', { kind: 'drop', match: { calendarId: first, event: 'calendar.event_created' } })
  for (const id of [first, second]) await sandbox.post(`/sandbox/calendars/${id}/events`, { start: at(60) })
  await sandbox.advance(0)
  const states = async (id: string) => {
    const { deliveries } = (await sandbox.get(`/sandbox/deliveries?calendarId=${id}&event=calendar.event_created`)).body
    return deliveries.map(({ state }: any) => state)
  }
  expect([await states(first), await states(second)]).toEqual([['dropped'], ['delivered']])
})

test('the fault "reorder" swaps two messages about the same calendar', async () => {
  const receiver = await startReceiver()
  const sandbox = await startSandbox({ webhookUrls: [receiver.url] })
  const [first, second] = [await connect(sandbox, 'a@acme.test'), await connect(sandbox, 'b@acme.test')]
  await sandbox.post('/sandbox/faults', { kind: 'reorder', match: { event: 'calendar.event_created' }, times: 1 })
  const add = (id: string, title: string) => sandbox.post(`/sandbox/calendars/${id}/events`, { start: at(60), title })
  await add(first, 'one')
  await add(second, 'other')
  await add(first, 'two')
  await sandbox.advance(0)
  const created = receiver.received.filter(({ body }) => body.event === 'calendar.event_created')
  const titles = created.map(({ body }) => body.data.instances[0].title)
  expect(titles.filter((title) => title !== 'other')).toEqual(['two', 'one'])
})

test('a reset forgets accounts, calendars and their settings, and stops their jobs', async () => {
  const { sandbox, own, heard } = await startCalendar()
  await sandbox.call('PATCH', '/sandbox/accounts/google:alice@acme.test', { auth: 'temporary_error', noticed: false })
  await sandbox.post('/sandbox/calendars/settings', { renewals: false, limit: 3 })
  await heard()
  await sandbox.post('/sandbox/reset')
  await sandbox.advance(day * 60)
  expect(await heard()).toEqual([])
  expect((await sandbox.get(own)).status).toBe(404)
  expect((await sandbox.get('/sandbox/accounts')).body.accounts).toEqual([])
  expect((await sandbox.get('/sandbox/calendars/settings')).body).toMatchObject({ renewals: true, limit: 1000 })
  const id = await connect(sandbox)
  await sandbox.advance(7 * day * 60)
  const { subscription_expires_at } = (await sandbox.get(`/v2/calendars/${id}`)).body.data
  expect(subscription_expires_at > at(8 * day)).toBe(true)
})
