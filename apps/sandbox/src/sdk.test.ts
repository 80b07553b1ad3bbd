import { createBaasClient } from '@meeting-baas/sdk'
import { expect, test } from 'vitest'
import { at, connect, meetUrl, oauth } from '../testing/calendars.ts'
import { botRequest, startSandbox, testStart } from '../testing/harness.ts'

function clientOf(url: string) {
  return createBaasClient({ api_key: 'test-key', api_version: 'v2', base_url: url })
}

test('the official SDK creates, lists and reads bots', async () => {
  const sandbox = await startSandbox()
  const client = clientOf(sandbox.url)
  const created = await client.createBot({ ...botRequest, extra: { meetingId: 'm1' } })
  if (!created.success) throw new Error(created.message)
  const bot_id = created.data.bot_id
  const list = await client.listBots({ extra: 'meetingId:m1', limit: 10 })
  expect(list).toMatchObject({ success: true, data: [{ bot_id, status: 'queued' }], cursor: null })
  await sandbox.advance(3600)
  expect(await client.getBotStatus({ bot_id })).toMatchObject({ success: true, data: { status: 'completed' } })
  const details = await client.getBotDetails({ bot_id })
  expect(details).toMatchObject({ success: true, data: { duration_seconds: 600, extra: { meetingId: 'm1' } } })
  expect(await client.getBotScreenshots({ bot_id })).toMatchObject({ success: true })
})

test('the official SDK books, lists, reads and changes scheduled bots', async () => {
  const sandbox = await startSandbox()
  const client = clientOf(sandbox.url)
  const join_at = new Date(testStart + 3600_000).toISOString()
  const booked = await client.createScheduledBot({ ...botRequest, join_at })
  if (!booked.success) throw new Error(booked.message)
  const bot_id = booked.data.bot_id
  expect(await client.listScheduledBots({ limit: 10 })).toMatchObject({ success: true, data: [{ bot_id, join_at }] })
  expect(await client.updateScheduledBot({ bot_id, body: { bot_name: 'Other' } })).toMatchObject({ success: true })
  expect(await client.getScheduledBot({ bot_id })).toMatchObject({ success: true, data: { bot_name: 'Other' } })
})

test('the official SDK’s body-less calls are rejected, as by the live service, unless the sandbox is lenient', async () => {
  const strict = await startSandbox()
  const bot_id = await strict.send()
  const refused = await clientOf(strict.url).leaveBot({ bot_id })
  expect(refused).toMatchObject({ success: false, statusCode: 400, code: 'HTTP_ERROR' })
  expect(JSON.stringify(refused)).toContain('FST_ERR_CTP_EMPTY_JSON_BODY')
  const lenient = await startSandbox({ lenient: true })
  const other = await lenient.send()
  expect(await clientOf(lenient.url).leaveBot({ bot_id: other })).toMatchObject({ success: true })
})

test('the official SDK passes on the sandbox’s refusals', async () => {
  const sandbox = await startSandbox({ dailyCap: 1 })
  const client = clientOf(sandbox.url)
  await client.createBot(botRequest)
  expect(await client.createBot(botRequest)).toMatchObject({
    success: false,
    statusCode: 429,
    code: 'FST_ERR_DAILY_BOT_CAP_REACHED',
  })
  expect(await client.retryCallback({ bot_id: '7d2f9a1e-5c3b-4d8a-9e6f-0a1b2c3d4e5f' })).toMatchObject({
    success: false,
    statusCode: 404,
  })
})

test('the official SDK connects calendars, reads events and books bots for them', async () => {
  const sandbox = await startSandbox()
  const client = clientOf(sandbox.url)
  const credentials = { ...oauth('alice@acme.test'), calendar_platform: 'google' as const }
  const raw = await client.listRawCalendars(credentials)
  if (!raw.success) throw new Error(raw.message)
  const raw_calendar_id = raw.data[0]?.id ?? ''
  const created = await client.createCalendarConnection({ ...credentials, raw_calendar_id })
  if (!created.success) throw new Error(created.message)
  const { calendar_id } = created.data
  await sandbox.post(`/sandbox/calendars/${calendar_id}/events`, { start: at(60), meetingUrl: meetUrl })
  expect(await client.listCalendars({ limit: 10 })).toMatchObject({ data: [{ calendar_id }], cursor: null })
  expect(await client.getCalendarDetails({ calendar_id })).toMatchObject({ data: { status: 'active' } })
  const { calendar_platform: _fixed, ...body } = credentials
  expect(await client.updateCalendarConnection({ calendar_id, body })).toMatchObject({ success: true })
  const events = await client.listEvents({ calendar_id })
  if (!events.success) throw new Error(events.message)
  const { event_id, series_id } = events.data[0] as { event_id: string; series_id: string }
  expect(await client.getEventDetails({ calendar_id, event_id })).toMatchObject({ data: { event_id, series_id } })
  expect(await client.listEventSeries({ calendar_id })).toMatchObject({ data: [{ series_id, events: [{ event_id }] }] })
  const bot = { series_id, event_id, all_occurrences: false, bot_name: 'Notetaker' }
  const booked = await client.createCalendarBot({ calendar_id, body: bot })
  expect(booked).toMatchObject({ success: true, data: [{ event_id }], errors: [] })
  expect(await client.updateCalendarBot({ calendar_id, event_id, body: bot })).toMatchObject({ success: true })
})

test('the official SDK’s deletion of calendar bots names no series, which only a lenient sandbox accepts', async () => {
  for (const lenient of [false, true]) {
    const sandbox = await startSandbox({ lenient })
    const calendar_id = await connect(sandbox)
    const source = await sandbox.post(`/sandbox/calendars/${calendar_id}/events`, {
      start: at(60),
      meetingUrl: meetUrl,
    })
    const { eventId: event_id, seriesId: series_id } = source.body.events[0]
    const body = { series_id, event_id, all_occurrences: false, bot_name: 'Notetaker' }
    await sandbox.post(`/v2/calendars/${calendar_id}/bots`, body)
    const deleted = await clientOf(sandbox.url).deleteCalendarBot({ calendar_id, event_id })
    expect(deleted).toMatchObject(lenient ? { success: true } : { success: false, statusCode: 404 })
    expect(await clientOf(sandbox.url).syncCalendar({ calendar_id })).toMatchObject({ success: lenient })
  }
})
