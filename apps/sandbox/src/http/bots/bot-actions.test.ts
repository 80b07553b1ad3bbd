import { describe, expect, test } from 'vitest'
import { label, startReceiver, startSandbox, webhookSecret } from '../../../testing/harness.ts'

/** Virtual seconds from the request until recording begins. */
const untilRecording = 21

describe('leave', () => {
  test('keeps what was recorded', async () => {
    const sandbox = await startSandbox()
    const id = await sandbox.send()
    await sandbox.advance(untilRecording + 100)
    expect((await sandbox.post(`/v2/bots/${id}/leave`)).body.data.message).toEqual(expect.any(String))
    await sandbox.advance(60)
    const { data } = (await sandbox.get(`/v2/bots/${id}`)).body
    expect(data).toMatchObject({ status: 'completed', duration_seconds: 102, error_code: null })
    expect(await sandbox.history(id)).not.toContain('api_request_stop')
  })

  test.each([
    ['queued', 1],
    ['in the lobby', 16],
    ['in the call', 19],
  ])('fails a bot that is %s', async (_where, seconds) => {
    const sandbox = await startSandbox()
    const id = await sandbox.send()
    await sandbox.advance(seconds)
    await sandbox.post(`/v2/bots/${id}/leave`)
    await sandbox.advance(60)
    expect((await sandbox.history(id)).slice(-2)).toEqual(['recording_failed', 'failed'])
    const { data } = (await sandbox.get(`/v2/bots/${id}`)).body
    expect(data).toMatchObject({ error_code: 'EXITING_MEETING_BEFORE_RECORD', tokens: { total: 0 }, video: null })
  })

  test('is a conflict when the run is over', async () => {
    const sandbox = await startSandbox()
    const id = await sandbox.send()
    await sandbox.advance(3600)
    const answer = await sandbox.post(`/v2/bots/${id}/leave`)
    expect(answer.status).toBe(409)
    expect(answer.body.code).toBe('FST_ERR_BOT_STATUS')
  })
})

describe('pause and resume', () => {
  test('cut the pause out of the recording, any number of times', async () => {
    const sandbox = await startSandbox()
    const id = await sandbox.send()
    await sandbox.advance(untilRecording + 100)
    for (let round = 0; round < 2; round++) {
      expect((await sandbox.post(`/v2/bots/${id}/pause-recording`)).status).toBe(200)
      expect((await sandbox.post(`/v2/bots/${id}/pause-recording`)).status).toBe(409)
      await sandbox.advance(50)
      expect((await sandbox.post(`/v2/bots/${id}/resume-recording`, { chat_message: 'On air' })).status).toBe(200)
      expect((await sandbox.post(`/v2/bots/${id}/resume-recording`)).status).toBe(409)
    }
    await sandbox.advance(3600)
    expect((await sandbox.get(`/v2/bots/${id}`)).body.data.duration_seconds).toBe(500)
  })

  test('need a recording', async () => {
    const sandbox = await startSandbox()
    const id = await sandbox.send()
    expect((await sandbox.post(`/v2/bots/${id}/pause-recording`)).status).toBe(409)
  })
})

describe('chat', () => {
  test('is sent in the call only, and ends up in the chat file beside what people wrote', async () => {
    const receiver = await startReceiver()
    const sandbox = await startSandbox({ webhookUrls: [receiver.url] })
    const id = await sandbox.send({ entry_message: 'Hello, I take notes' })
    const say = (message: string) => sandbox.post(`/v2/bots/${id}/send-chat-message`, { message })
    expect((await say('too early')).status).toBe(409)
    await sandbox.advance(untilRecording)
    expect((await say('Recording now')).status).toBe(200)
    expect((await say('  ')).status).toBe(400)
    expect((await say('x'.repeat(501))).status).toBe(400)
    await sandbox.post(`/sandbox/bots/${id}/chat`, { sender: 'Tomasz Reyes', text: 'Fine' })
    await sandbox.advance(3600)
    const { chat_messages } = (await sandbox.get(`/v2/bots/${id}`)).body.data
    const file = (await (await fetch(chat_messages)).json()) as any
    expect(file.map((line: any) => [line.sender_name, line.sender_id, line.text])).toEqual([
      ['Notetaker', null, 'Hello, I take notes'],
      ['Notetaker', null, 'Recording now'],
      ['Tomasz Reyes', 2, 'Fine'],
    ])
    const event = receiver.received.find(({ body }) => body.event === 'bot.chat_message')
    expect(event?.body.data).toMatchObject({ bot_id: id, sender_name: 'Tomasz Reyes', sender_id: 2, text: 'Fine' })
  })

  test('can be switched off in a meeting', async () => {
    const sandbox = await startSandbox()
    await sandbox.post('/sandbox/scenarios', { platform: 'zoom', chatDisabled: true })
    const id = await sandbox.send({ meeting_url: 'https://zoom.us/j/123456789' })
    await sandbox.advance(untilRecording)
    const answer = await sandbox.post(`/v2/bots/${id}/send-chat-message`, { message: 'hi' })
    expect(answer.status).toBe(422)
    expect(answer.body.code).toBe('FST_ERR_CHAT_DISABLED')
  })
})

describe('update-config', () => {
  test('merges extra, null clears it, and later events carry it', async () => {
    const receiver = await startReceiver()
    const sandbox = await startSandbox({ webhookUrls: [receiver.url] })
    const id = await sandbox.send({ extra: { a: 1, b: 1 } })
    const patch = (body: unknown) => sandbox.call('PATCH', `/v2/bots/${id}/update-config`, body)
    expect((await patch({ extra: { b: 2 } })).status).toBe(200)
    await sandbox.advance(10)
    expect(receiver.received[0]?.body.extra).toEqual({ a: 1, b: 2 })
    await patch({ extra: null })
    expect((await sandbox.get(`/v2/bots/${id}`)).body.data.extra).toBeNull()
    expect((await patch({})).status).toBe(400)
  })
})

describe('delete-data', () => {
  test('removes files of an ended bot, keeps its facts', async () => {
    const sandbox = await startSandbox()
    const id = await sandbox.send({ transcription_enabled: true })
    const erase = () => sandbox.call('DELETE', `/v2/bots/${id}/delete-data?delete_from_provider=true`)
    expect((await erase()).status).toBe(409)
    await sandbox.advance(3600)
    const { video } = (await sandbox.get(`/v2/bots/${id}`)).body.data
    expect((await erase()).status).toBe(200)
    const { data } = (await sandbox.get(`/v2/bots/${id}`)).body
    expect(data).toMatchObject({ artifacts_deleted: true, video: null, audio: null, transcription: null })
    expect(data.duration_seconds).toBe(600)
    expect((await fetch(video)).status).toBe(404)
  })
})

describe('resend-webhook', () => {
  test('sends the final event again under a new id', async () => {
    const receiver = await startReceiver()
    const sandbox = await startSandbox({ webhookUrls: [receiver.url], webhookSecrets: [webhookSecret] })
    const id = await sandbox.send()
    expect((await sandbox.post(`/v2/bots/${id}/resend-webhook`)).status).toBe(409)
    await sandbox.advance(3600)
    expect((await sandbox.post(`/v2/bots/${id}/resend-webhook`)).status).toBe(200)
    await sandbox.advance(0)
    const finals = receiver.received.filter((request) => label(request) === 'bot.completed')
    expect(finals).toHaveLength(2)
    expect(finals[0]?.headers['svix-id']).not.toBe(finals[1]?.headers['svix-id'])
  })
})

describe('retry-callback', () => {
  test('sends the final event to the callback or to the URL given', async () => {
    const receiver = await startReceiver()
    const sandbox = await startSandbox()
    const callback_config = { url: `${receiver.url}/first`, secret: 'one' }
    const id = await sandbox.send({ callback_enabled: true, callback_config, transcription_enabled: true })
    await sandbox.advance(3600)
    expect((await sandbox.call('POST', `/v2/bots/${id}/retry-callback`, null)).status).toBe(200)
    await sandbox.post(`/v2/bots/${id}/retry-callback`, { url: `${receiver.url}/other`, method: 'PUT', secret: 'two' })
    await sandbox.advance(0)
    const sent = receiver.received.map(({ method, path, headers }) => [method, path, headers['x-mb-secret']])
    expect(sent).toEqual([
      ['POST', '/first', 'one'],
      ['POST', '/first', 'one'],
      ['PUT', '/other', 'two'],
    ])
  })

  test('is a conflict while running, without transcription, or without a callback', async () => {
    const sandbox = await startSandbox()
    const silent = await sandbox.send({ transcription_enabled: true })
    const plain = await sandbox.send({ callback_enabled: true, callback_config: { url: 'http://127.0.0.1:9/' } })
    expect((await sandbox.post(`/v2/bots/${silent}/retry-callback`)).status).toBe(409)
    await sandbox.advance(3600)
    expect((await sandbox.post(`/v2/bots/${silent}/retry-callback`)).status).toBe(409)
    expect((await sandbox.post(`/v2/bots/${plain}/retry-callback`)).status).toBe(409)
  })
})
