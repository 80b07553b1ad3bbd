/** The speech services with the real SDK of Deepgram, against those of the sandbox. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readDeepgram } from '@seer/core/recordings/transcripts/formats/deepgram'
import { readOpenai } from '@seer/core/recordings/transcripts/formats/openai'
import { sourceOfBytes, speechServiceContract } from '@seer/core/testing/recordings/speech/speech-service-contract'
import { transcriptionsUrl } from '@seer/infra/config/speech-settings'
import { type OpenSpeechService, openDeepgram } from '@seer/infra/speech/open-deepgram'
import { openOpenai } from '@seer/infra/speech/open-openai'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { buildSandbox, type Sandbox } from '../apps/sandbox/src/sandbox.ts'

const audio = readFileSync(new URL('../apps/sandbox/assets/meeting.flac', import.meta.url))
let sandbox: Sandbox
let deepgram: OpenSpeechService
let openai: OpenSpeechService
beforeAll(async () => {
  sandbox = await buildSandbox()
  const { deepgramUrl, openaiUrl, key: apiKey } = sandbox.speech
  deepgram = openDeepgram({ baseUrl: deepgramUrl, apiKey, model: 'nova-3', sendsLinks: false })
  openai = openOpenai({ url: transcriptionsUrl(openaiUrl), apiKey, model: 'whisper-1' })
})
afterAll(async () => {
  await Promise.all([deepgram.close(), openai.close()])
  await sandbox.close()
})
afterEach(() => control('DELETE', '/faults'))

async function control(method: string, path: string, body?: object): Promise<any> {
  const headers = body && { 'content-type': 'application/json' }
  const init = { method, ...(headers && { headers, body: JSON.stringify(body) }) }
  const answer = await fetch(`${sandbox.url}/sandbox${path}`, init)
  expect(answer.status).toBeLessThan(300)
  return answer.status === 204 ? null : await answer.json()
}

/** Makes a fault, and gives a function that tells how often it has struck. */
async function strike(path: string, trouble: object) {
  const { id } = await control('POST', '/faults', { match: { path }, ...trouble })
  return async (): Promise<number> =>
    (await control('GET', '/faults')).faults.find((fault: { id: string }) => fault.id === id).struck
}
const request = { botId: null, language: null, model: null, apiKey: null, source: sourceOfBytes(audio) }
const call = { signal: new AbortController().signal, onProgress: () => {}, noteTicket: async () => {} }
const contentOf = (answer: { outcome: string }) => ('content' in answer ? answer.content : null)

describe('Deepgram', () => {
  speechServiceContract(() => ({
    service: deepgram,
    audio,
    read: readDeepgram,
    strike: (trouble) => strike('/deepgram/', trouble),
  }))

  test('tells speakers apart', async () => {
    const read = readDeepgram(contentOf(await deepgram.transcribe(request, call)))
    const speakers = read.outcome === 'read' ? read.transcript.utterances.map(({ speaker }) => speaker) : []
    expect(speakers).toEqual(['Speaker 0', 'Speaker 1', 'Speaker 0', 'Speaker 1'])
  })

  test('says which model it does not have', async () => {
    const expected = { code: 'SPEECH_REQUEST_REFUSED', message: expect.stringContaining('No such model') }
    await expect(deepgram.transcribe({ ...request, model: 'parrot' }, call)).rejects.toMatchObject(expected)
  })

  test('fetches the recording itself if it may, and the storage can make a link', async () => {
    const { deepgramUrl: baseUrl, key: apiKey } = sandbox.speech
    const linked = openDeepgram({ baseUrl, apiKey, model: 'nova-3', sendsLinks: true })
    const unread = sourceOfBytes(audio, {
      open: async () => {
        throw new Error('Nobody may read this.')
      },
      link: async () => `${sandbox.url}/no-such-file`,
    })
    const expected = { code: 'SPEECH_REQUEST_REFUSED', message: expect.stringContaining('404') }
    await expect(linked.transcribe({ ...request, source: unread }, call)).rejects.toMatchObject(expected)
    expect(await linked.transcribe(request, call)).toMatchObject({ outcome: 'done' })
    await linked.close()
  })
})

describe('a server with OpenAI’s API', () => {
  speechServiceContract(() => ({
    service: openai,
    audio,
    read: readOpenai,
    strike: (trouble) => strike('/openai/', trouble),
  }))

  test.each([
    ['gpt-4o-transcribe-diarize', ['Speaker A', 'Speaker B', 'Speaker A', 'Speaker B']],
    ['gpt-4o-transcribe', [null]],
  ])('knows what the model %s can do', async (model, speakers) => {
    const read = readOpenai(contentOf(await openai.transcribe({ ...request, model }, call)))
    expect(read.outcome === 'read' && read.transcript.utterances.map(({ speaker }) => speaker)).toEqual(speakers)
  })

  test('may be a server without a key', async () => {
    const open = openOpenai({ url: transcriptionsUrl(sandbox.speech.openaiUrl), apiKey: null, model: 'whisper-1' })
    await expect(open.transcribe(request, call)).rejects.toMatchObject({ code: 'SPEECH_KEY_REFUSED' })
    await open.close()
  })
})

test.each<[string, (url: string) => OpenSpeechService]>([
  ['Deepgram', (url) => openDeepgram({ baseUrl: url, apiKey: 'fake', model: 'nova-3', sendsLinks: false })],
  ['OpenAI', (url) => openOpenai({ url, apiKey: null, model: 'whisper-1' })],
])('%s gets a long recording without its being held in memory', async (_, open) => {
  const megabytes = 384
  let received = 0
  const sink = createServer((incoming, answer) => {
    incoming.on('data', (chunk: Buffer) => {
      received += chunk.length
    })
    incoming.on('end', () => answer.setHeader('content-type', 'application/json').end('{"results":{},"text":""}'))
  })
  await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(sink.address() as AddressInfo).port}`
  const service = open(url)
  const before = process.memoryUsage().arrayBuffers
  let most = 0
  const read = async () =>
    (async function* () {
      for (let sent = 0; sent < megabytes; sent++) {
        yield new Uint8Array(2 ** 20)
        most = Math.max(most, process.memoryUsage().arrayBuffers - before)
      }
    })()
  const source = { ...sourceOfBytes(new Uint8Array()), bytes: megabytes * 2 ** 20, open: read }
  expect(await service.transcribe({ ...request, source }, call)).toMatchObject({ outcome: 'done' })
  expect(received).toBeGreaterThanOrEqual(source.bytes)
  expect(most / 2 ** 20).toBeLessThan(megabytes / 2)
  await service.close()
  sink.close()
})

test('the address of the server may have its route or not', () => {
  const whole = 'http://whisper:8000/v1/audio/transcriptions'
  for (const base of ['http://whisper:8000', 'http://whisper:8000/', 'http://whisper:8000/v1', whole]) {
    expect(transcriptionsUrl(base)).toBe(whole)
  }
})
