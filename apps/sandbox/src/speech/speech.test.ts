import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { startSandbox, type TestSandbox } from '../../testing/harness.ts'

const audio = readFileSync(new URL('../../assets/meeting.flac', import.meta.url))
const video = readFileSync(new URL('../../assets/meeting.mp4', import.meta.url))

const listen = ({ speech }: TestSandbox, body: string | Uint8Array, query = '', headers: Record<string, string> = {}) =>
  fetch(`${speech.deepgramUrl}/v1/listen?${query}`, {
    method: 'POST',
    headers: { authorization: `Token ${speech.key}`, 'content-type': 'audio/flac', ...headers },
    body,
  })

function transcribe({ speech }: TestSandbox, bytes: Uint8Array, fields: Record<string, string>, key = speech.key) {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append('file', new Blob([new Uint8Array(bytes)], { type: 'audio/flac' }), 'audio.flac')
  const headers = { authorization: `Bearer ${key}` }
  return fetch(`${speech.openaiUrl}/audio/transcriptions`, { method: 'POST', headers, body: form })
}

describe('Deepgram', () => {
  test.each([
    ['audio', audio],
    ['video', video],
  ])('hears the dialogue in %s', async (_, bytes) => {
    const answer = await listen(
      await startSandbox(),
      bytes,
      'model=nova-3&diarize=true&utterances=true&detect_language=true',
    )
    expect(answer.status).toBe(200)
    const { metadata, results } = (await answer.json()) as any
    expect(metadata).toMatchObject({ duration: expect.closeTo(14, 0), channels: 1 })
    expect(results.channels[0]).toMatchObject({ detected_language: 'en' })
    expect(results.utterances.map(({ speaker }: { speaker: number }) => speaker)).toEqual([0, 1, 0, 1])
    expect(results.utterances[0]).toMatchObject({
      transcript: 'Good morning, shall we start with the forecast?',
      start: 0,
    })
    expect(results.utterances[0].words[1]).toMatchObject({ word: 'morning', punctuated_word: 'morning,', speaker: 0 })
  })

  test('answers only with what was asked for', async () => {
    const { results } = (await (await listen(await startSandbox(), audio)).json()) as any
    expect(Object.keys(results)).toEqual(['channels'])
    expect(results.channels[0].alternatives[0].words[0]).not.toHaveProperty('speaker')
  })

  test('fetches a file by its link', async () => {
    const sandbox = await startSandbox()
    const id = await sandbox.send()
    await sandbox.advance(3600)
    const { data } = (await sandbox.get(`/v2/bots/${id}`)).body
    const json = { 'content-type': 'application/json' }
    const answer = await listen(sandbox, JSON.stringify({ url: data.audio }), 'utterances=true', json)
    const { metadata, results } = (await answer.json()) as any
    expect(metadata.duration).toBe(598.4)
    expect(results.utterances.at(-1).end).toBeGreaterThan(590)
  })

  test('hears nothing in a silent recording', async () => {
    const sandbox = await startSandbox()
    await sandbox.post('/sandbox/scenarios', { quirks: ['silent_audio'] })
    const id = await sandbox.send()
    await sandbox.advance(3600)
    const { data } = (await sandbox.get(`/v2/bots/${id}`)).body
    const json = { 'content-type': 'application/json' }
    const answer = await listen(sandbox, JSON.stringify({ url: data.audio }), 'utterances=true', json)
    expect(await answer.json()).toMatchObject({ metadata: { duration: 598.4 }, results: { utterances: [] } })
  })

  test.each([
    ['a wrong key', 401, 'INVALID_AUTH', audio, '', { authorization: 'Token wrong' }],
    ['another scheme', 401, 'INVALID_AUTH', audio, '', { authorization: 'Bearer not-a-secret-sandbox-speech' }],
    ['no sound', 400, 'Bad Request', 'Hello', '', {}],
    ['nothing', 400, 'Bad Request', '', '', {}],
    ['an unknown model', 400, 'Bad Request', audio, 'model=parrot', {}],
  ] as const)('refuses %s', async (_, status, code, body, query, headers) => {
    const answer = await listen(await startSandbox(), body, query, headers)
    expect([answer.status, await answer.json()]).toMatchObject([
      status,
      { err_code: code, err_msg: expect.any(String) },
    ])
  })
})

describe('OpenAI', () => {
  test('answers with segments and words', async () => {
    const sandbox = await startSandbox()
    const answer = await transcribe(sandbox, audio, {
      model: 'whisper-1',
      response_format: 'verbose_json',
      'timestamp_granularities[]': 'word',
    })
    expect((await answer.json()) as any).toMatchObject({ language: 'english', words: expect.any(Array) })
    const both = await transcribe(sandbox, audio, { model: 'whisper-1', response_format: 'verbose_json' })
    expect((await both.json()) as any).toMatchObject({
      segments: [{ id: 0, text: ' Good morning, shall we start with the forecast?' }, {}, {}, {}],
    })
  })

  test('answers with speakers, or with text only', async () => {
    const sandbox = await startSandbox()
    const diarized = await transcribe(sandbox, audio, {
      model: 'gpt-4o-transcribe-diarize',
      response_format: 'diarized_json',
    })
    expect((await diarized.json()) as any).toMatchObject({ segments: [{ speaker: 'A' }, { speaker: 'B' }, {}, {}] })
    const text = await transcribe(sandbox, audio, { model: 'whisper-1' })
    expect(Object.keys((await text.json()) as object)).toEqual(['text'])
  })

  test('refuses a wrong key, an unknown model, a file without sound, and one that is too large', async () => {
    const sandbox = await startSandbox()
    const whisper = { model: 'whisper-1' }
    const answers = [
      await transcribe(sandbox, audio, whisper, 'wrong'),
      await transcribe(sandbox, audio, { model: 'parrot' }),
      await transcribe(sandbox, Buffer.from('Hello'), whisper),
      await transcribe(sandbox, Buffer.concat([audio, Buffer.alloc(26 * 1024 * 1024)]), whisper),
    ]
    expect(answers.map(({ status }) => status)).toEqual([401, 404, 400, 413])
    expect(await (answers[0] as Response).json()).toMatchObject({ error: { code: 'invalid_api_key' } })
  })
})

test('faults strike both, with errors of the service', async () => {
  const sandbox = await startSandbox()
  await sandbox.post('/sandbox/faults', { kind: 'status', status: 429, retryAfter: 7, match: { path: '/deepgram/' } })
  await sandbox.post('/sandbox/faults', { kind: 'garbage', match: { path: '/openai/' } })
  const limited = await listen(sandbox, audio)
  expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '7'])
  expect(await limited.json()).toMatchObject({ err_code: 'TOO_MANY_REQUESTS' })
  const garbage = await transcribe(sandbox, audio, { model: 'whisper-1' })
  await expect(garbage.json()).rejects.toThrow('JSON')
})

describe('the vendor makes a transcript again', () => {
  const url = (id: string) => `/v2/bots/${id}/retranscribe`
  const transcriptOf = async (sandbox: TestSandbox, id: string) => {
    const { data } = (await sandbox.get(`/v2/bots/${id}`)).body
    return data.transcription === null ? null : await (await fetch(data.transcription)).text()
  }

  test('with another file after a while', async () => {
    const sandbox = await startSandbox()
    const id = await sandbox.send()
    await sandbox.advance(3600)
    const before = await transcriptOf(sandbox, id)
    expect(await sandbox.post(url(id))).toMatchObject({ status: 200, body: { success: true } })
    expect((await sandbox.post(url(id))).status).toBe(409)
    expect(await transcriptOf(sandbox, id)).toBe(before)
    await sandbox.advance(600)
    expect(await transcriptOf(sandbox, id)).not.toBe(before)
    expect((await sandbox.post(url(id), { transcription: { provider: 'gladia', api_key: 'fake' } })).status).toBe(200)
  })

  test('also of a bot that had none', async () => {
    const sandbox = await startSandbox()
    const id = await sandbox.send({ transcription_enabled: false })
    await sandbox.advance(3600)
    expect(await transcriptOf(sandbox, id)).toBeNull()
    await sandbox.post(url(id))
    await sandbox.advance(600)
    expect(await transcriptOf(sandbox, id)).toContain('Good morning')
  })

  test('only of a bot that has ended, and has its recording', async () => {
    const sandbox = await startSandbox()
    const id = await sandbox.send()
    expect((await sandbox.post(url(id))).status).toBe(409)
    await sandbox.advance(3600)
    await sandbox.call('DELETE', `/v2/bots/${id}/delete-data`)
    expect((await sandbox.post(url(id))).status).toBe(409)
  })
})
