import { describe, expect, test } from 'vitest'
import { PermanentError, RetryableError } from '../../../src/basics/errors.ts'
import type {
  SpeechAnswer,
  SpeechRequest,
  SpeechService,
  SpeechSource,
} from '../../../src/recordings/speech/speech-service.ts'
import type { ReadOutcome } from '../../../src/recordings/transcripts/formats/read-outcome.ts'

/** What goes wrong at a service, or on the way to it. */
export type Trouble =
  | { kind: 'status'; status: number; retryAfter?: number }
  | { kind: 'reset' | 'truncate' | 'cut' }
  | { kind: 'garbage'; body: 'html' | 'empty' | 'invalid_json' }

export type SpeechStage = {
  service: SpeechService
  /** A recording in which somebody says "Good morning". */
  audio: Uint8Array
  read: (content: unknown) => ReadOutcome
  /** The trouble strikes every call from now on. @returns how often it has struck */
  strike: (trouble: Trouble) => Promise<() => Promise<number>>
}

const key = 'a-fake-key-that-nobody-may-see'

/** A source in small pieces, so that it is not sent at once. */
export function sourceOfBytes(bytes: Uint8Array, changes: Partial<SpeechSource> = {}): SpeechSource {
  return {
    contentType: 'audio/flac',
    bytes: bytes.length,
    fileName: 'audio.flac',
    async open() {
      return (async function* () {
        for (let at = 0; at < bytes.length; at += 16_384) yield bytes.subarray(at, at + 16_384)
      })()
    },
    link: async () => null,
    ...changes,
  }
}

/** What every speech service must keep that gets a recording sent. */
export function speechServiceContract(open: () => SpeechStage): void {
  const stage = () => open()
  const noteTicket = async () => {}
  function transcribe(
    changes: Partial<SpeechRequest> = {},
    signal = new AbortController().signal,
    sent: (number | null)[] = [],
  ) {
    const request = {
      botId: null,
      source: sourceOfBytes(stage().audio),
      language: null,
      model: null,
      apiKey: null,
      ...changes,
    }
    return stage().service.transcribe(request, { signal, onProgress: (share) => void sent.push(share), noteTicket })
  }
  const failure = async (run: Promise<SpeechAnswer>): Promise<unknown> =>
    await run.then(
      () => null,
      (error) => error,
    )

  describe('a recording', () => {
    test('becomes an answer that can be read', async () => {
      const answer = await transcribe({ language: 'en' })
      expect(answer.outcome).toBe('done')
      const read = stage().read(answer.outcome === 'done' ? answer.content : null)
      expect(read).toMatchObject({ outcome: 'read', transcript: { utterances: { length: 4 } } })
      const first = read.outcome === 'read' ? read.transcript.utterances[0] : undefined
      expect(first).toMatchObject({ text: 'Good morning, shall we start with the forecast?', startMs: 0 })
      expect(first?.words.length).toBeGreaterThan(5)
    })

    test('is refused when it has no sound', async () => {
      const source = sourceOfBytes(new TextEncoder().encode('not a recording'))
      const expected = { name: 'PermanentError', code: 'SPEECH_AUDIO_REFUSED' }
      await expect(transcribe({ source })).rejects.toMatchObject(expected)
    })

    test('that cannot be read to its end says why', async () => {
      const broken = new RetryableError('STORAGE_UNAVAILABLE', { detail: 'The disk is gone.' })
      const source = sourceOfBytes(stage().audio, {
        async open() {
          return (async function* () {
            yield stage().audio.subarray(0, 1_000)
            throw broken
          })()
        },
      })
      await expect(transcribe({ source })).rejects.toBe(broken)
    })
  })

  describe('a call', () => {
    test.each<[Trouble, string, string]>([
      [{ kind: 'status', status: 401 }, 'PermanentError', 'SPEECH_KEY_REFUSED'],
      [{ kind: 'status', status: 402 }, 'PermanentError', 'SPEECH_ACCOUNT_EMPTY'],
      [{ kind: 'status', status: 403 }, 'PermanentError', 'SPEECH_KEY_REFUSED'],
      [{ kind: 'status', status: 413 }, 'PermanentError', 'SPEECH_AUDIO_REFUSED'],
      [{ kind: 'status', status: 422 }, 'PermanentError', 'SPEECH_REQUEST_REFUSED'],
      [{ kind: 'status', status: 429 }, 'RetryableError', 'SPEECH_RATE_LIMITED'],
      [{ kind: 'status', status: 500 }, 'RetryableError', 'SPEECH_UNAVAILABLE'],
      [{ kind: 'status', status: 504 }, 'RetryableError', 'SPEECH_UNAVAILABLE'],
      [{ kind: 'reset' }, 'RetryableError', 'SPEECH_UNAVAILABLE'],
      [{ kind: 'cut' }, 'RetryableError', 'SPEECH_UNAVAILABLE'],
      [{ kind: 'truncate' }, 'RetryableError', 'SPEECH_UNAVAILABLE'],
      [{ kind: 'garbage', body: 'html' }, 'RetryableError', 'SPEECH_PROTOCOL'],
      [{ kind: 'garbage', body: 'invalid_json' }, 'RetryableError', 'SPEECH_PROTOCOL'],
    ])('with the trouble %j is made once, and fails with a %s %s', async (trouble, name, code) => {
      const struck = await stage().strike(trouble)
      const error = await failure(transcribe())
      expect(error).toMatchObject({ name, code })
      expect(await struck()).toBe(1)
    })

    test('that comes too often says how long to wait', async () => {
      await stage().strike({ kind: 'status', status: 429, retryAfter: 7 })
      await expect(transcribe()).rejects.toMatchObject({ retryAfterMs: 7_000 })
    })

    test('ends with the reason of its signal', async () => {
      const stop = new AbortController()
      const reason = new Error('The worker stops.')
      const source = sourceOfBytes(stage().audio, {
        async open() {
          return (async function* () {
            yield stage().audio.subarray(0, 1_000)
            stop.abort(reason)
            yield stage().audio.subarray(1_000)
          })()
        },
      })
      await expect(transcribe({ source }, stop.signal)).rejects.toBe(reason)
    })
  })

  test('a wrong key of the caller is refused, and stands in no message', async () => {
    const error = (await failure(transcribe({ apiKey: key }))) as PermanentError
    expect(error).toBeInstanceOf(PermanentError)
    expect(error.code).toBe('SPEECH_KEY_REFUSED')
    expect(`${error.message} ${JSON.stringify(error)}`).not.toContain(key)
  })
}
