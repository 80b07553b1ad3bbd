import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { Killed, unlessKilled } from '../../../testing/basics/killed-at.ts'
import { at, completed } from '../../../testing/meetings/builders.ts'
import { broken } from '../../../testing/recordings/custody-world.ts'
import { deepgramSays, speechWorld } from '../../../testing/recordings/speech/speech-world.ts'
import { PermanentError, RetryableError } from '../../basics/errors.ts'
import type { Meeting } from '../../meetings/meeting.ts'
import { type Artifacts, resultsOf } from '../../vendor/facts.ts'

const folder = mkdtempSync(join(tmpdir(), 'seer-speech-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const audioLink = 'https://files.example.test/audio.flac'
const transcriptionLink = 'https://files.example.test/transcription.json'
const links: Artifacts = {
  video: 'https://files.example.test/video.mp4',
  audio: audioLink,
  diarization: null,
  transcription: transcriptionLink,
  rawTranscription: null,
  chat: null,
}
const transcription = (text: string) =>
  JSON.stringify({
    provider: 'gladia',
    result: { utterances: [{ text, start: 0, end: 2, speaker: 'Ines' }], languages: ['en'] },
  })

let world: ReturnType<typeof speechWorld>
beforeEach(() => {
  world = speechWorld(folder)
})

/** An ended run whose files are stored, and whose vendor transcript is read. */
async function stored(artifacts: Partial<Artifacts> = {}): Promise<Meeting> {
  world.answer(transcriptionLink, { content: transcription('By the vendor.') })
  const meeting = await world.ended(completed(at(33), { artifacts: { ...links, ...artifacts } }))
  await world.collect(meeting)
  return meeting
}
const versions = async (meeting: Meeting) =>
  (await world.speech.transcripts.list(meeting.id)).map(({ version, source, state, isCurrent }) => ({
    ...{ version, source, state, isCurrent },
  }))
const killed = async () => {
  throw new Killed()
}
const noAnswer = async () => {
  throw new RetryableError('VENDOR_UNAVAILABLE', { outcomeUnknown: true })
}
const refused = async () => {
  throw new RetryableError('VENDOR_UNAVAILABLE')
}
const types = async (meeting: Meeting) => (await world.timelineOf(meeting)).map(({ type }) => type)

describe('a transcript that is made again', () => {
  test('replaces the old one when it is complete, and not before', async () => {
    const meeting = await stored()
    world.behaviour.next = async () => {
      expect(await versions(meeting)).toMatchObject([{ state: 'making' }, { version: 1, isCurrent: true }])
      return { outcome: 'done', content: deepgramSays('Made again.') }
    }
    const { id, outcome } = await world.make(meeting, { language: 'en', model: 'nova-3' })
    expect(outcome).toBe('made')
    expect(await versions(meeting)).toEqual([
      { version: 2, source: 'deepgram', state: 'complete', isCurrent: true },
      { version: 1, source: 'vendor', state: 'complete', isCurrent: false },
    ])
    expect(await world.speech.transcripts.utterances(id, 0, 9)).toMatchObject([{ text: 'Made again.' }])
    expect(world.calls).toMatchObject([
      { language: 'en', model: 'nova-3', apiKey: null, source: { fileName: 'audio.flac' } },
    ])
    expect(await types(meeting)).toEqual(expect.arrayContaining(['transcript_requested', 'transcript_made']))
    expect((await world.speech.meetings.find(meeting.id))?.delivery?.facts.words).toBe(2)
  })

  test('is made of the video if there is no audio', async () => {
    const meeting = await stored({ audio: null })
    await world.make(meeting)
    expect(world.calls).toMatchObject([{ source: { fileName: 'video.mp4', contentType: 'video/mp4' } }])
  })

  test('takes its speakers from the diarisation of the vendor', async () => {
    const diarization = 'https://files.example.test/diarization.jsonl'
    const line = { speaker: 'Bo Lind', start_time: 0, end_time: 9 }
    world.answer(diarization, { content: JSON.stringify(line) })
    const meeting = await stored({ diarization })
    await world.make(meeting)
    expect(await world.newest(meeting)).toMatchObject({ speakers: ['Bo Lind'] })
  })

  test('is logged once, whatever happens between', async () => {
    const meeting = await stored()
    const { settle } = world.speech.speechOrders
    world.speech.speechOrders.settle = async () => {
      throw new Error('The worker was killed.')
    }
    await expect(world.make(meeting)).rejects.toThrow('killed')
    world.speech.speechOrders.settle = settle
    expect(await world.passSpeech(3)).toEqual(['made'])
    expect(await world.passSpeech(3)).toEqual([])
    expect((await types(meeting)).filter((type) => type.startsWith('transcript_'))).toEqual([
      ...['transcript_requested', 'transcript_made'],
    ])
    expect(world.calls).toHaveLength(1)
  })
})

describe('a call that fails', () => {
  test('for good ends the order with its code, and the old transcript stays', async () => {
    const meeting = await stored()
    world.behaviour.next = async () => {
      throw new PermanentError('SPEECH_KEY_REFUSED', { detail: 'No.' })
    }
    const { id, outcome } = await world.make(meeting, { apiKey: 'fake-key' })
    expect(outcome).toBe('failed')
    expect(await world.newest(meeting)).toMatchObject({
      state: 'failed',
      errorCode: 'SPEECH_KEY_REFUSED',
      errorMessage: 'No.',
    })
    expect(await versions(meeting)).toMatchObject([{ isCurrent: false }, { version: 1, isCurrent: true }])
    expect((await world.timelineOf(meeting)).at(-1)).toMatchObject({
      type: 'transcription_failed',
      data: { version: 2, code: 'SPEECH_KEY_REFUSED' },
    })
    expect(await world.run(id)).toBe('nothing_to_do')
  })

  test('is tried again later and later', async () => {
    const meeting = await stored()
    world.behaviour.next = async () => {
      throw new RetryableError('SPEECH_UNAVAILABLE')
    }
    expect((await world.make(meeting)).outcome).toBe('to_be_continued')
    expect(await world.passSpeech(0.2)).toEqual([])
    expect(await world.passSpeech(0.1)).toEqual(['to_be_continued'])
    expect(await world.passSpeech(0.5)).toEqual([])
    world.behaviour.next = async () => ({ outcome: 'done', content: deepgramSays('At last.') })
    expect(await world.passSpeech(0.5)).toEqual(['made'])
  })

  test('waits as long as the service asks', async () => {
    const meeting = await stored()
    world.behaviour.next = async () => {
      throw new RetryableError('SPEECH_RATE_LIMITED', { retryAfterMs: 120_000 })
    }
    await world.make(meeting)
    expect(await world.passSpeech(1.9)).toEqual([])
    expect(await world.passSpeech(0.2)).toEqual(['to_be_continued'])
  })

  test('is not repeated for hours when the service answers, but never with a transcript', async () => {
    const meeting = await stored()
    world.behaviour.next = async () => {
      throw new RetryableError('SPEECH_PROTOCOL')
    }
    await world.make(meeting)
    expect(await world.passSpeech(1)).toEqual(['to_be_continued'])
    expect(await world.passSpeech(1)).toEqual(['failed'])
    expect(await world.newest(meeting)).toMatchObject({ state: 'failed', errorCode: 'SPEECH_PROTOCOL' })
  })

  test('is given up after six hours, and says why', async () => {
    const meeting = await stored()
    world.behaviour.next = async () => {
      throw new RetryableError('SPEECH_UNAVAILABLE', { detail: 'It is down.' })
    }
    await world.make(meeting)
    for (let i = 0; i < 12; i++) await world.passSpeech(31)
    expect(await world.newest(meeting)).toMatchObject({ state: 'failed', errorCode: 'TRANSCRIPT_GIVEN_UP' })
    expect((await world.newest(meeting))?.errorMessage).toContain('It is down.')
  })

  test.each([
    ['no transcript', { ok: true }, 'SPEECH_PROTOCOL'],
    ['a number', 7, 'SPEECH_PROTOCOL'],
  ])('because the answer is %s', async (_, content, code) => {
    const meeting = await stored()
    world.behaviour.next = async () => ({ outcome: 'done', content })
    await world.make(meeting)
    expect(await world.newest(meeting)).toMatchObject({ state: 'failed', errorCode: code })
  })

  test('because the recording is larger than the service takes', async () => {
    world.answer(audioLink, { content: 'x'.repeat(1_001) })
    const meeting = await stored()
    await world.make(meeting)
    expect(await world.newest(meeting)).toMatchObject({ state: 'failed', errorCode: 'SPEECH_AUDIO_REFUSED' })
    expect(world.calls).toEqual([])
  })
})

describe('the lease', () => {
  test('keeps a second job away while a call lasts, and is renewed', async () => {
    const meeting = await stored()
    const others: string[] = []
    world.behaviour.next = async (_, { onProgress }) => {
      const id = (await world.newest(meeting))?.id as string
      for (let i = 0; i < 5; i++) {
        await world.pass(0.5)
        onProgress(i / 5)
        // The renewal is a write, and the next look must see it.
        await new Promise(setImmediate)
        others.push(await world.run(id))
      }
      expect((await world.newest(meeting))?.progress).toBe(0.4)
      return { outcome: 'done', content: deepgramSays('Once.') }
    }
    expect((await world.make(meeting)).outcome).toBe('made')
    expect(others).toEqual(Array(5).fill('nothing_to_do'))
    expect(world.calls).toHaveLength(1)
  })

  test('of a killed worker runs out, and another job calls again', async () => {
    const meeting = await stored()
    const ordered = await world.order(meeting)
    const { transcript } = ordered as { transcript: { id: string } }
    const now = world.speech.now()
    await world.speech.speechOrders.take(transcript.id, now, new Date(now.getTime() + 60_000))
    expect(await world.run(transcript.id)).toBe('nothing_to_do')
    expect(await world.passSpeech(1.1)).toEqual(['made'])
  })

  test('that was lost ends the call', async () => {
    const meeting = await stored()
    world.behaviour.next = async (_, { onProgress, signal }) => {
      const id = (await world.newest(meeting))?.id as string
      await world.pass(2)
      const now = world.speech.now()
      await world.speech.speechOrders.take(id, now, new Date(now.getTime() + 60_000))
      onProgress(null)
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      throw signal.reason
    }
    expect((await world.make(meeting)).outcome).toBe('lease_lost')
    expect(await world.newest(meeting)).toMatchObject({ state: 'making' })
  })

  test('goes back at once when the worker stops, and the attempt does not count', async () => {
    const meeting = await stored()
    const stopping = new AbortController()
    world.behaviour.next = async (_, { signal }) => {
      stopping.abort(new Error('The worker stops.'))
      throw signal.reason
    }
    const { transcript } = (await world.order(meeting)) as { transcript: { id: string } }
    expect(await world.run(transcript.id, stopping.signal)).toBe('interrupted')
    world.behaviour.next = async () => ({ outcome: 'done', content: deepgramSays('Now.') })
    expect(await world.passSpeech(0)).toEqual(['made'])
  })
})

describe('the key of the caller', () => {
  test('is sealed in the row, opened for the call, and gone afterwards', async () => {
    const meeting = await stored()
    const { transcript } = (await world.order(meeting, { apiKey: 'fake-key' })) as { transcript: { id: string } }
    expect(JSON.stringify(world.queue.jobs)).not.toContain('fake-key')
    await world.run(transcript.id)
    expect(world.calls).toMatchObject([{ apiKey: 'fake-key' }])
    const now = world.speech.now()
    expect(await world.speech.speechOrders.take(transcript.id, now, now)).toBeNull()
  })
})

describe('the vendor', () => {
  test('is asked once, and its new file becomes the new version', async () => {
    const meeting = await stored()
    world.files.set(transcriptionLink, transcription('By the vendor.'))
    expect((await world.make(meeting, { source: 'vendor' })).outcome).toBe('to_be_continued')
    expect(world.vendor.calls.filter((call) => call === 'retranscribe')).toHaveLength(1)
    const fact = await world.vendor.getBot((await world.speech.meetings.find(meeting.id))?.meetingBaasId as string)
    const link = fact?.kind === 'completed' ? fact.artifacts.transcription : null
    // The link is signed anew each time, so only the file tells whether it is another.
    world.files.set(link as string, transcription('By the vendor.'))
    expect(await world.passSpeech(0.3)).toEqual(['to_be_continued'])
    world.files.set(link as string, transcription('By the vendor, again.'))
    expect(await world.passSpeech(2)).toEqual(['made'])
    expect(await world.newest(meeting)).toMatchObject({
      version: 2,
      source: 'vendor',
      isCurrent: true,
      service: 'gladia',
    })
    expect(world.vendor.calls.filter((call) => call === 'retranscribe')).toHaveLength(1)
  })

  test.each<[string, () => Promise<void>, number]>([
    ['after a worker was killed that had asked it', killed, 1],
    ['when no answer came', noAnswer, 1],
    ['twice only when it has refused', refused, 2],
  ])('is asked once, %s', async (_, end, asked) => {
    const meeting = await stored()
    world.files.set(transcriptionLink, transcription('By the vendor.'))
    const retranscribe = world.vendor.retranscribe.bind(world.vendor)
    world.vendor.retranscribe = async (...call) => {
      world.vendor.retranscribe = retranscribe
      await retranscribe(...call)
      await end()
    }
    await world.make(meeting, { source: 'vendor' }).catch(unlessKilled)
    expect(await world.passSpeech(2)).toEqual(['to_be_continued'])
    expect(world.vendor.calls.filter((call) => call === 'retranscribe')).toHaveLength(asked)
    const fact = await world.vendor.getBot(meeting.meetingBaasId as string)
    world.files.set(resultsOf(fact)?.artifacts.transcription as string, transcription('By the vendor, again.'))
    expect(await world.passSpeech(5)).toEqual(['made'])
    expect(world.vendor.calls.filter((call) => call === 'retranscribe')).toHaveLength(asked)
  })

  test('is not asked by a job that has lost its order meanwhile', async () => {
    const meeting = await stored()
    world.files.set(transcriptionLink, transcription('By the vendor.'))
    const { renew } = world.speech.speechOrders
    world.speech.speechOrders.renew = async () => false
    expect((await world.make(meeting, { source: 'vendor' })).outcome).toBe('lease_lost')
    world.speech.speechOrders.renew = renew
    expect(world.vendor.calls).not.toContain('retranscribe')
  })

  test('that never has a new file is given up', async () => {
    const meeting = await stored()
    await world.make(meeting, { source: 'vendor' })
    for (let i = 0; i < 13; i++) await world.passSpeech(31)
    expect(await world.newest(meeting)).toMatchObject({ state: 'failed', errorCode: 'TRANSCRIPT_GIVEN_UP' })
  })
})

describe('an order is refused', () => {
  test('while another is being made, by any service', async () => {
    const meeting = await stored()
    await world.order(meeting)
    expect(await world.order(meeting, { source: 'openai' })).toMatchObject({
      outcome: 'being_made',
      transcript: { version: 2 },
    })
  })

  test('when nothing is stored', async () => {
    const meeting = await stored({ audio: null, video: null })
    const because = 'not_recorded'
    expect(await world.order(meeting)).toEqual({ outcome: 'nothing_to_transcribe', because })
    expect(await world.order(meeting, { source: 'vendor' })).toEqual({ outcome: 'nothing_to_transcribe', because })
  })

  test.each([
    ['not_offered', null, 'not_configured'],
    ['own_key', null, 'needs_key'],
  ] as const)('by a service that is %s', async (offer, apiKey, because) => {
    const meeting = await stored()
    world.speech.offers.openai = offer
    const expected = { outcome: 'not_offered', source: 'openai', because }
    expect(await world.order(meeting, { source: 'openai', apiKey })).toEqual(expected)
  })

  test('without a name, the first service that is offered gets it', async () => {
    const meeting = await stored()
    world.speech.offers.deepgram = 'own_key'
    expect(await world.order(meeting, { source: null })).toMatchObject({ transcript: { source: 'openai' } })
  })
})

describe('missing transcripts', () => {
  test('are ordered once when the recording is stored and the vendor made none', async () => {
    world.setTranscribeMissing('deepgram')
    const meeting = await stored({ transcription: null })
    expect(await versions(meeting)).toEqual([{ version: 1, source: 'deepgram', state: 'making', isCurrent: false }])
    expect(await world.passSpeech(1)).toEqual(['made'])
    await world.passSpeech(60)
    expect(await versions(meeting)).toHaveLength(1)
  })

  test('are ordered when the file of the vendor is useless', async () => {
    world.setTranscribeMissing('openai')
    const meeting = await stored()
    expect(await versions(meeting)).toMatchObject([{ source: 'vendor' }])
    world.answer(transcriptionLink, { content: 'not JSON' })
    const other = await world.ended(completed(at(33), { artifacts: links }))
    await world.collect(other)
    expect(await versions(other)).toMatchObject([{ version: 1, source: 'openai', state: 'making' }])
  })

  test('are not ordered while the file of the vendor may still come', async () => {
    world.setTranscribeMissing('deepgram')
    world.answer(transcriptionLink, broken(), { content: transcription('By the vendor.') })
    const meeting = await world.ended(completed(at(33), { artifacts: links }))
    await world.collect(meeting)
    expect(await versions(meeting)).toEqual([])
    await world.pass(1)
    expect(await versions(meeting)).toMatchObject([{ version: 1, source: 'vendor', state: 'complete' }])
  })

  test('are not ordered unless the installation wants them', async () => {
    const meeting = await stored({ transcription: null })
    expect(await versions(meeting)).toEqual([])
  })
})
