import { describe, expect, test } from 'vitest'
import { at, connect, oauth, startCalendar } from '../../../testing/calendars.ts'
import { startReceiver, startSandbox } from '../../../testing/harness.ts'

const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/)

describe('list-raw', () => {
  test('shows a primary and a secondary calendar of the token’s account', async () => {
    const sandbox = await startSandbox()
    const { data } = (await sandbox.post('/v2/calendars/list-raw', oauth('alice@acme.test'))).body
    expect(data).toEqual([
      { id: 'alice@acme.test', name: 'Calendar', email: 'alice@acme.test', is_primary: true },
      {
        id: expect.stringMatching(/@group\.calendar\.google\.com$/),
        name: 'Team',
        email: 'alice@acme.test',
        is_primary: false,
      },
    ])
    const microsoft = (await sandbox.post('/v2/calendars/list-raw', oauth('sandbox-alice', 'microsoft'))).body.data
    expect(microsoft[0]).toMatchObject({ id: expect.stringMatching(/^AAMkAG/), email: 'alice@example.test' })
    const again = (await sandbox.post('/v2/calendars/list-raw', oauth('sandbox-alice#2', 'microsoft'))).body.data
    expect(again).toEqual(microsoft)
  })

  test('answers 401, 403 or 500 when the provider refuses, by account and by token', async () => {
    const sandbox = await startSandbox()
    const status = async (token: string) => {
      const { status: code, body } = await sandbox.post('/v2/calendars/list-raw', oauth(token, 'microsoft'))
      return [code, body.code]
    }
    await status('bob@acme.test')
    const refuse = (auth: string) => sandbox.call('PATCH', '/sandbox/accounts/microsoft:bob@acme.test', { auth })
    const refresh = 'FST_ERR_OAUTH_TOKEN_REFRESH_FAILED'
    await refuse('revoked')
    expect(await status('bob@acme.test')).toEqual([401, refresh])
    await refuse('licence_missing')
    expect(await status('bob@acme.test')).toEqual([403, 'FST_ERR_MICROSOFT_LICENSE_REQUIRED'])
    await refuse('temporary_error')
    expect(await status('bob@acme.test')).toEqual([500, 'FST_ERR_CALENDAR_PROVIDER'])
    await refuse('ok')
    expect((await status('bob@acme.test'))[0]).toBe(200)
    await sandbox.post('/sandbox/tokens', { platform: 'microsoft', token: 'bob@acme.test#old', auth: 'expired' })
    expect([await status('bob@acme.test#old'), await status('bob@acme.test')]).toEqual([
      [401, refresh],
      [200, undefined],
    ])
  })

  test('knows only the configured OAuth clients, when there are any', async () => {
    const sandbox = await startSandbox({ oauthClients: [{ id: 'client', secret: 'secret' }] })
    const answer = (body: object) => sandbox.post('/v2/calendars/list-raw', body)
    expect((await answer(oauth('a@b.test'))).status).toBe(200)
    expect((await answer({ ...oauth('a@b.test'), oauth_client_secret: 'other' })).status).toBe(401)
  })

  test('refuses unknown keys, missing ones and unknown platforms', async () => {
    const sandbox = await startSandbox()
    const { oauth_client_id: _without, ...incomplete } = oauth('a@b.test')
    for (const body of [{ ...oauth('a@b.test'), other: 1 }, incomplete, oauth('a@b.test', 'apple')]) {
      expect((await sandbox.post('/v2/calendars/list-raw', body)).status).toBe(400)
    }
  })
})

describe('connections', () => {
  test('are created once per calendar, and announced with a first sync', async () => {
    const { sandbox, calendarId, heard, calendar } = await startCalendar()
    const identity = { calendar_id: calendarId, calendar_platform: 'google', account_email: 'alice@acme.test' }
    expect(await heard()).toEqual([
      { event: 'calendar.connection_created', data: { ...identity, status: 'active', created_at: at(0) } },
      { event: 'calendar.events_synced', data: { calendar_id: calendarId, events: [] } },
    ])
    expect(await calendar()).toEqual({
      ...identity,
      status: 'active',
      status_message: null,
      subscription_id: expect.any(String),
      subscription_expires_at: at(7 * 24 * 60),
      synced_at: at(0),
      sync_status: 'success',
      sync_error: null,
      provider_metadata: { id: 'alice@acme.test', name: 'Calendar', primary: true },
      created_at: at(0),
      updated_at: at(0),
    })
    const again = { ...oauth('alice@acme.test'), raw_calendar_id: 'alice@acme.test' }
    expect(await sandbox.post('/v2/calendars', again)).toMatchObject({ status: 409 })
    expect(await sandbox.post('/v2/calendars', { ...again, raw_calendar_id: 'no-such' })).toMatchObject({ status: 400 })
  })

  test('are limited by the plan, and the refusal does not say when to retry', async () => {
    const sandbox = await startSandbox({ calendarLimit: 1 })
    await connect(sandbox)
    const body = { ...oauth('bob@acme.test'), raw_calendar_id: 'bob@acme.test' }
    const refused = await sandbox.post('/v2/calendars', body)
    expect(refused).toMatchObject({ status: 429, body: { code: 'FST_ERR_CALENDAR_LIMIT_REACHED' } })
    expect(refused.body.retryAfter).toBeUndefined()
    expect(refused.headers.get('retry-after')).toBeNull()
    await sandbox.post('/sandbox/calendars/settings', { limit: 0 })
    expect((await sandbox.post('/v2/calendars', body)).status).toBe(201)
  })

  test('are listed newest first, in pages and by filters', async () => {
    const sandbox = await startSandbox()
    const ids: string[] = []
    for (const [index, platform] of ['google', 'microsoft', 'google'].entries()) {
      ids.unshift(await connect(sandbox, `user-${index}@acme.test`, platform))
      await sandbox.advance(1)
    }
    const list = async (query: string) => (await sandbox.get(`/v2/calendars?${query}`)).body
    const first = await list('limit=2')
    expect(first.data.map(({ calendar_id }: any) => calendar_id)).toEqual(ids.slice(0, 2))
    const second = await list(`limit=2&cursor=${encodeURIComponent(first.cursor)}`)
    expect(second).toMatchObject({ data: [{ calendar_id: ids[2], account_email: 'user-0@acme.test' }], cursor: null })
    const back = await list(`limit=2&cursor=${encodeURIComponent(second.prev_cursor)}`)
    expect(back.data).toEqual(first.data)
    expect((await list('calendar_platform=microsoft')).data).toMatchObject([{ calendar_id: ids[1] }])
    expect((await list('account_email=USER-2')).data).toMatchObject([{ calendar_id: ids[0] }])
    expect((await list('status=error,revoked')).data).toEqual([])
    expect((await sandbox.get('/v2/calendars?limit=251')).status).toBe(400)
  })

  test('take new credentials, with a new subscription, and become active again', async () => {
    const { sandbox, calendarId, heard, calendar, own } = await startCalendar()
    const { subscription_id } = await calendar()
    await sandbox.call('PATCH', '/sandbox/accounts/google:alice@acme.test', { auth: 'revoked' })
    expect(await calendar()).toMatchObject({ status: 'revoked', sync_status: 'failed' })
    await sandbox.call('PATCH', '/sandbox/accounts/google:alice@acme.test', { auth: 'ok' })
    expect(await calendar()).toMatchObject({ status: 'revoked' })
    expect((await sandbox.call('POST', `${own}/sync`)).status).toBe(401)
    const { calendar_platform: _fixed, ...credentials } = oauth('alice@acme.test#2')
    expect((await sandbox.call('PATCH', own, credentials)).body.data).toEqual({
      calendar_id: calendarId,
      calendar_platform: 'google',
      account_email: 'alice@acme.test',
      status: 'active',
      updated_at: at(0),
    })
    expect((await calendar()).subscription_id).not.toBe(subscription_id)
    const events = (await heard()).slice(2).map(({ event, data }) => [event, data.status])
    expect(events).toEqual([
      ['calendar.connection_updated', 'revoked'],
      ['calendar.connection_updated', 'active'],
    ])
    await sandbox.post('/sandbox/tokens', { platform: 'google', token: 'old', auth: 'expired' })
    expect((await sandbox.call('PATCH', own, { ...credentials, oauth_refresh_token: 'old' })).status).toBe(401)
    expect(await calendar()).toMatchObject({ status: 'error' })
    const stranger = { ...credentials, oauth_refresh_token: 'mallory@acme.test' }
    expect((await sandbox.call('PATCH', own, stranger)).status).toBe(403)
  })

  test('report an error with its own kind of body', async () => {
    const { sandbox, calendarId, heard } = await startCalendar()
    await heard()
    const error = { status: 'error', statusMessage: 'Token refresh was rejected by the provider' }
    await sandbox.call('PATCH', `/sandbox/calendars/${calendarId}`, error)
    expect(await heard()).toEqual([
      {
        event: 'calendar.connection_error',
        data: { calendar_id: calendarId, platform: 'google', error: error.statusMessage, status: 'error' },
      },
    ])
  })

  test('are deleted for good', async () => {
    const { sandbox, calendarId, heard, own, add } = await startCalendar()
    await add({ start: at(60) })
    await heard()
    expect((await sandbox.call('DELETE', own)).status).toBe(200)
    const data = { calendar_id: calendarId, calendar_platform: 'google', deleted_at: at(0) }
    expect(await heard()).toEqual([{ event: 'calendar.connection_deleted', data }])
    expect((await sandbox.get(own)).status).toBe(404)
    expect((await sandbox.get(`${own}/events`)).status).toBe(404)
    expect(await connect(sandbox)).toEqual(uuid)
    const synced = (await heard())[1]
    expect(synced?.data.events).toMatchObject([{ event_type: 'one_off', instances: [{ title: 'Review' }] }])
  })

  test('sync later if the sandbox is set so, and only once', async () => {
    const receiver = await startReceiver()
    const sandbox = await startSandbox({ webhookUrls: [receiver.url] })
    await sandbox.post('/sandbox/calendars/settings', { firstSyncSeconds: 90 })
    const id = await connect(sandbox)
    await sandbox.post(`/sandbox/calendars/${id}/events`, { start: at(60) })
    expect((await sandbox.get(`/v2/calendars/${id}`)).body.data.synced_at).toBeNull()
    expect((await sandbox.get(`/v2/calendars/${id}/events`)).body.data).toEqual([])
    await sandbox.advance(90)
    expect((await sandbox.get(`/v2/calendars/${id}/events`)).body.data).toHaveLength(1)
    await sandbox.call('POST', `/v2/calendars/${id}/sync`)
    await sandbox.advance(0)
    const names = receiver.received.map(({ body }) => body.event)
    expect(names).toEqual(['calendar.connection_created', 'calendar.events_synced'])
  })
})

test('strictness, the key, the write limit and faults hold for calendars as for bots', async () => {
  const sandbox = await startSandbox({ rateLimit: 2 })
  const id = await connect(sandbox)
  expect((await sandbox.call('POST', `/v2/calendars/${id}/sync`)).status).toBe(429)
  await sandbox.post('/sandbox/limits', { rateLimit: 0 })
  const json = { 'content-type': 'application/json' }
  const refused = await sandbox.call('POST', `/v2/calendars/${id}/sync`, undefined, json)
  expect(refused).toMatchObject({ status: 400, body: { code: 'FST_ERR_CTP_EMPTY_JSON_BODY' } })
  expect((await sandbox.call('DELETE', `/v2/calendars/${id}`, undefined, json)).status).toBe(400)
  const keyless = await sandbox.call('GET', '/v2/calendars', undefined, { 'x-meeting-baas-api-key': ' ' })
  expect(keyless.status).toBe(403)
  const match = { method: 'GET', path: '/v2/calendars/*/events' }
  await sandbox.post('/sandbox/faults', { kind: 'status', status: 503, match, times: 1 })
  expect((await sandbox.get(`/v2/calendars/${id}/events`)).status).toBe(503)
  expect((await sandbox.get(`/v2/calendars/${id}/events`)).status).toBe(200)
  expect((await sandbox.get('/v2/calendars/nonsense')).status).toBe(400)
})
