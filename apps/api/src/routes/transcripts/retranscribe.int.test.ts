import { fanOut } from '@seer/core/log/deliveries/fan-out'
import { changeMeeting } from '@seer/core/meetings/change-meeting'
import { newArtifacts } from '@seer/core/recordings/custody/new-artifacts'
import { apiKeyPlace } from '@seer/core/recordings/speech/speech-orders'
import { newId } from '@seer/infra/ids'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { botsUrl, clientOf, openTestApi, type TestApi } from '../../../testing/test-api.ts'
import { TranscriptVersion } from './transcript-schema.ts'

let api: TestApi
let alice: ReturnType<typeof clientOf>
beforeAll(async () => {
  api = await openTestApi()
  alice = clientOf(api.app, await api.makeKey('alice'))
})
afterAll(() => api.close())

const deepgram = { provider: 'deepgram', apiKey: 'fake-key-of-alice' }

let bots = 0
async function newBot(): Promise<string> {
  const letters = String(++bots)
    .padStart(4, '0')
    .replace(/\d/g, (digit) => 'abcdefghij'[Number(digit)] as string)
  const { body } = await alice('POST', botsUrl, { meetingUrl: `https://meet.google.com/abc-${letters}-hij` })
  return body.data.id
}

/** A bot that has ended, with its audio in a state. */
async function endedBot(state: 'stored' | 'pending' | 'missing' = 'stored'): Promise<string> {
  const botId = await newBot()
  const ended = `UPDATE meetings SET processing_status = 'completed', final_at = now(), meeting_baas_id = $2,
    write_due_at = NULL, due_at = NULL WHERE id = $1`
  await api.db.pool.query(ended, [botId, newId()])
  const meeting = await api.db.meetings.find(botId)
  if (!meeting) throw new Error('The bot is gone.')
  const making = { now: api.deps.now(), vendorKeepsMs: 1, newId }
  const stored = { storageKey: `${botId}/audio.flac`, bytes: 9, sha256: 'ab', contentType: 'audio/flac' }
  const artifacts = newArtifacts(meeting, making)
  await api.db.artifacts.add(artifacts.map((one) => (one.kind === 'audio' ? { ...one, ...stored, state } : one)))
  return botId
}
const urlOf = (botId: string) => `${botsUrl}/${botId}/retranscribe`
const jobs = () => api.queue.jobs.filter(({ name }) => name === 'retranscribe')

describe('POST /bots/:botId/retranscribe', () => {
  test('answers with the version that will be made, and starts its job', async () => {
    const botId = await endedBot()
    const order = { speechToText: { ...deepgram, language: 'de', model: 'nova-3' } }
    const { status, body, headers } = await alice('POST', urlOf(botId), order)
    expect(status).toBe(202)
    const data = TranscriptVersion.strict().parse(body.data)
    expect(data).toMatchObject({ version: 1, state: 'making', source: 'deepgram', language: 'de', model: 'nova-3' })
    expect(headers.location).toBe(`/api/meetingbaas/bots/${botId}/transcript?version=1`)
    expect(jobs().map(({ payload }) => payload)).toContainEqual({ transcriptId: data.id })
    const { body: listed } = await alice('GET', `${botsUrl}/${botId}/transcripts`)
    expect(listed.data).toMatchObject([{ id: data.id, state: 'making', isCurrent: false }])
  })

  test('shows why it could not be made so far, until it is made or has failed', async () => {
    const botId = await endedBot()
    const { body } = await alice('POST', urlOf(botId), { speechToText: deepgram })
    expect(body.data.waitingFor).toBeNull()
    const problem = 'SPEECH_UNAVAILABLE: The speech service answered with status 503.'
    await api.db.pool.query('UPDATE transcripts SET last_problem = $2 WHERE id = $1', [body.data.id, problem])
    const listed = async () => (await alice('GET', `${botsUrl}/${botId}/transcripts`)).body.data[0]
    expect(await listed()).toMatchObject({ state: 'making', waitingFor: problem, error: null })
    await api.db.transcripts.fail(body.data.id, { code: 'SPEECH_KEY_REFUSED', message: null }, api.deps.now())
    expect(await listed()).toMatchObject({ state: 'failed', waitingFor: null, error: { code: 'SPEECH_KEY_REFUSED' } })
  })

  test('keeps the key of the caller sealed, and shows it nowhere', async () => {
    const botId = await endedBot()
    const { body } = await alice('POST', urlOf(botId), { speechToText: deepgram }, { 'idempotency-key': newId() })
    const row = `SELECT to_jsonb(t)::text AS text, sealed_key FROM transcripts t WHERE id = $1`
    const [{ text, sealed_key }] = (await api.db.pool.query(row, [body.data.id])).rows
    const kept = (await api.db.pool.query(`SELECT to_jsonb(k)::text AS text FROM idempotency_keys k`)).rows
    for (const shown of [text, JSON.stringify([body, jobs(), kept]), api.logged.join()]) {
      expect(shown).not.toContain(deepgram.apiKey)
    }
    expect(api.deps.cipher?.open(sealed_key, apiKeyPlace(body.data.id))).toBe(deepgram.apiKey)
  })

  test.each([
    ['camel case', { speechToText: deepgram }],
    ['underscores', { speech_to_text: { provider: 'deepgram', api_key: 'fake' } }],
    ['nothing', {}],
    ['no body', undefined],
  ])('takes %s', async (_, body) => {
    expect((await alice('POST', urlOf(await endedBot()), body)).status).toBe(202)
  })

  test('without a name takes the first service that is configured', async () => {
    const { body } = await alice('POST', urlOf(await endedBot()), {})
    expect(body.data.source).toBe('vendor')
  })

  test('gives the first answer again under its Idempotency-Key, and orders once', async () => {
    const botId = await endedBot()
    const headers = { 'idempotency-key': newId() }
    const send = () => alice('POST', urlOf(botId), { speechToText: deepgram }, headers)
    const [first, again] = [await send(), await send()]
    expect(again).toMatchObject({ status: 202, body: first.body })
    expect(again.headers.location).toBe(first.headers.location)
    expect((await alice('GET', `${botsUrl}/${botId}/transcripts`)).body.data).toHaveLength(1)
  })

  test('is refused while another is being made', async () => {
    const botId = await endedBot()
    await alice('POST', urlOf(botId), { speechToText: deepgram })
    const { status, body } = await alice('POST', urlOf(botId), {})
    expect([status, body.code, body.detail]).toEqual([
      409,
      'TRANSCRIPT_BEING_MADE',
      expect.stringContaining('Version 1'),
    ])
  })

  test('is refused before anything is stored', async () => {
    const codes: unknown[] = []
    for (const botId of [await newBot(), await endedBot('pending'), await endedBot('missing')]) {
      const { status, body } = await alice('POST', urlOf(botId), { speechToText: deepgram })
      codes.push([status, body.code, body.detail])
    }
    expect(codes).toEqual([
      [409, 'NOTHING_TO_TRANSCRIBE', expect.stringContaining('not ended')],
      [409, 'NOTHING_TO_TRANSCRIBE', expect.stringContaining('not stored yet')],
      [409, 'NOTHING_TO_TRANSCRIBE', expect.stringContaining('no audio')],
    ])
  })

  test.each([
    [{ provider: 'openai' }, 'TRANSCRIPTION_URL'],
    [{ provider: 'deepgram' }, 'speechToText.apiKey'],
  ])('by %j is refused where that is not configured', async (speechToText, what) => {
    const { status, body } = await alice('POST', urlOf(await endedBot()), { speechToText })
    expect([status, body.code, body.detail]).toEqual([409, 'SPEECH_NOT_CONFIGURED', expect.stringContaining(what)])
  })

  test('with a key is refused where keys cannot be kept', async () => {
    const other = await openTestApi({ cipher: null })
    const client = clientOf(other.app, await other.makeKey('alice'))
    const { body: bot } = await client('POST', botsUrl, { meetingUrl: 'https://meet.google.com/abc-defg-hij' })
    const { status, body } = await client('POST', urlOf(bot.data.id), { speechToText: deepgram })
    expect([status, body.code, body.detail]).toEqual([
      409,
      'SPEECH_NOT_CONFIGURED',
      expect.stringContaining('ENCRYPTION_KEYS'),
    ])
    await other.close()
  })

  test('with a webhookUrl sends the events of the transcript there', async () => {
    const botId = await endedBot()
    const order = { speech_to_text: deepgram, webhook_url: 'https://app.example.com/transcripts' }
    const { status, body } = await alice('POST', urlOf(botId), order)
    expect([status, body.data.webhookSecret]).toEqual([202, expect.stringMatching(/^whsec_/)])
    const endpointUrl = `/api/meetingbaas/webhook-endpoints/${body.data.webhookEndpointId}`
    const { body: endpoint } = await alice('GET', endpointUrl)
    const events = ['transcript_*', 'transcription_failed']
    expect(endpoint.data).toMatchObject({ botId, url: order.webhook_url, events })
    // As the job does.
    const occurredAt = api.deps.now()
    const asked = { type: 'transcript_requested' as const, occurredAt, data: { version: 1, source: 'deepgram' } }
    const bot = { type: 'bot_problem' as const, occurredAt, data: {} }
    const core = { ...api.deps, ...api.db }
    await changeMeeting(core, botId, 'api', (before) => ({ next: before, entries: [bot, asked] }))
    await fanOut(core)
    const { body: sent } = await alice('GET', `${endpointUrl}/deliveries`)
    expect(sent.data.map(({ type }: { type: string }) => type)).toEqual(['transcript_requested'])
  })

  test.each([
    [{ speechToText: { provider: 'parrot' } }, 'speechToText.provider'],
    [{ speechToText: { provider: 'vendor', language: 'en' } }, 'speechToText.language'],
    [{ speechToText: { apiKey: 'fake' } }, 'speechToText.provider'],
    [{ speechToText: { provider: 'deepgram', apiKey: 'a b' } }, 'speechToText.apiKey'],
    [{ speechToText: { provider: 'deepgram', language: 'english please' } }, 'speechToText.language'],
    [{ speechToText: { provider: 'deepgram', model: 'a&b' } }, 'speechToText.model'],
    [{ webhookUrl: 'ftp://example.com' }, 'webhookUrl'],
    [{ webhookUrl: 'https://10.0.0.8/' }, 'webhookUrl'],
    [{ webhookSecret: `whsec_${'A'.repeat(32)}` }, 'webhookSecret'],
    [{ speechToText: 'deepgram' }, 'speechToText'],
  ])('refuses %j', async (body, path) => {
    const answer = await alice('POST', urlOf(await endedBot()), body)
    expect([answer.status, answer.body.code, answer.body.errors?.[0]?.path]).toEqual([400, 'VALIDATION_FAILED', path])
  })

  test('of somebody else’s bot is not found', async () => {
    const bo = clientOf(api.app, await api.makeKey('bo'))
    expect((await bo('POST', urlOf(await endedBot()), {})).status).toBe(404)
  })
})
