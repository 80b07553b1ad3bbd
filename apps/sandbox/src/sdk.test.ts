import { createBaasClient } from '@meeting-baas/sdk'
import { expect, it } from 'vitest'
import { botRequest, startSandbox, testStart } from './testing/harness.ts'

function clientOf(url: string) {
  return createBaasClient({ api_key: 'test-key', api_version: 'v2', base_url: url })
}

it('the official SDK creates, lists and reads bots', async () => {
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

it('the official SDK books, lists, reads and changes scheduled bots', async () => {
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

it('the official SDK’s body-less calls are rejected, as by the live service, unless the sandbox is lenient', async () => {
  const strict = await startSandbox()
  const bot_id = await strict.send()
  const refused = await clientOf(strict.url).leaveBot({ bot_id })
  expect(refused).toMatchObject({ success: false, statusCode: 400, code: 'HTTP_ERROR' })
  expect(JSON.stringify(refused)).toContain('FST_ERR_CTP_EMPTY_JSON_BODY')
  const lenient = await startSandbox({ lenient: true })
  const other = await lenient.send()
  expect(await clientOf(lenient.url).leaveBot({ bot_id: other })).toMatchObject({ success: true })
})

it('the official SDK passes on refusals of the sandbox', async () => {
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
