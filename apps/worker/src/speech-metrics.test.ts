import { RetryableError } from '@seer/core/basics/errors'
import type { SpeechAnswer, SpeechService } from '@seer/core/recordings/speech/speech-service'
import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { timeSpeech } from './speech-metrics.ts'

const request = { botId: null, source: null, apiKey: null, language: null, model: null }

function service(transcribe: () => Promise<SpeechAnswer>): SpeechService {
  return { maxBytes: 7, transcribe, collect: async () => ({ outcome: 'pending' }) }
}

test('calls are counted by source and outcome, and answer as before', async () => {
  const registry = new Registry()
  const busy = new RetryableError('SPEECH_RATE_LIMITED')
  const deepgram = service(async () => ({ outcome: 'done', content: 'text' }))
  const openai = service(async () => await Promise.reject(busy))
  const vendor = service(async () => await Promise.reject(new Error('a bug')))
  const timed = timeSpeech(registry, { deepgram, openai, vendor }) as Record<string, SpeechService>
  const [stop, stopped] = [new AbortController(), new AbortController()]
  stopped.abort()
  const ask = async (name: string, { signal }: AbortController) =>
    await timed[name]?.transcribe(request, { signal, onProgress: () => {}, noteTicket: async () => {} })
  expect(await ask('deepgram', stop)).toEqual({ outcome: 'done', content: 'text' })
  await expect(ask('openai', stop)).rejects.toBe(busy)
  await expect(ask('openai', stopped)).rejects.toBe(busy)
  await expect(ask('vendor', stop)).rejects.toThrow('a bug')
  await timed['vendor']?.collect('ticket', request, {
    signal: stop.signal,
    onProgress: () => {},
    noteTicket: async () => {},
  })
  expect(timed['deepgram']?.maxBytes).toBe(7)
  const counts = (await registry.metrics()).match(/^seer_speech_call_duration_seconds_count.*/gm)
  expect(counts).toEqual([
    'seer_speech_call_duration_seconds_count{source="deepgram",outcome="done"} 1',
    'seer_speech_call_duration_seconds_count{source="openai",outcome="SPEECH_RATE_LIMITED"} 1',
    'seer_speech_call_duration_seconds_count{source="openai",outcome="interrupted"} 1',
    'seer_speech_call_duration_seconds_count{source="vendor",outcome="INTERNAL_ERROR"} 1',
  ])
})

test('a service that is not configured stays so', () => {
  const none = { deepgram: null, openai: null, vendor: null }
  expect(timeSpeech(new Registry(), none)).toEqual(none)
})
