import { describe, expect, test } from 'vitest'
import { startSandbox, type TestSandbox } from '../../testing/harness.ts'

const hour = 3600

async function recorded(sandbox: TestSandbox, overrides: Record<string, unknown> = {}) {
  const id = await sandbox.send({ transcription_enabled: true, ...overrides })
  await sandbox.advance(hour)
  return (await sandbox.get(`/v2/bots/${id}`)).body.data
}

describe('artifact URLs', () => {
  test('live for four virtual hours and are signed anew on every read', async () => {
    const sandbox = await startSandbox()
    const { video, bot_id } = await recorded(sandbox)
    await sandbox.advance(4 * hour - 1)
    expect((await fetch(video)).status).toBe(200)
    await sandbox.advance(1)
    const expired = await fetch(video)
    expect(expired.status).toBe(403)
    expect(expired.headers.get('content-type')).toContain('application/xml')
    expect(await expired.text()).toContain('<Code>AccessDenied</Code><Message>Request has expired</Message>')
    const again = (await sandbox.get(`/v2/bots/${bot_id}`)).body.data.video
    expect((await fetch(again)).status).toBe(200)
  })

  test('open only one file and cannot be extended', async () => {
    const sandbox = await startSandbox()
    const { video } = await recorded(sandbox)
    for (const forged of [
      video.replace('output.mp4', 'output.flac'),
      video.replace('X-Amz-Expires=14400', 'X-Amz-Expires=99999'),
      video.split('?')[0],
    ]) {
      const answer = await fetch(forged)
      expect(answer.status).toBe(403)
      expect(await answer.text()).toContain('<Code>SignatureDoesNotMatch</Code>')
    }
  })

  test('exist from the end of processing until the retention time, and then are null for good', async () => {
    const sandbox = await startSandbox({ retentionDays: 2 })
    const id = await sandbox.send()
    const video = async () => (await sandbox.get(`/v2/bots/${id}`)).body.data.video
    await sandbox.advance(300)
    expect(await video()).toBeNull()
    await sandbox.advance(hour)
    expect(await video()).toContain('/output.mp4')
    await sandbox.advance(48 * hour)
    const { data } = (await sandbox.get(`/v2/bots/${id}`)).body
    expect(data).toMatchObject({ video: null, audio: null, artifacts_deleted: true })
  })

  test('follow the recording mode and the transcription setting', async () => {
    const sandbox = await startSandbox()
    const silent = await recorded(sandbox, { recording_mode: 'audio_only', transcription_enabled: false })
    expect(silent).toMatchObject({ video: null, transcription: null, raw_transcription: null })
    expect(silent.audio).toContain('/output.flac')
    expect(silent.transcription_provider).toBeNull()
  })
})

describe('files', () => {
  test('are a real MP4 and a real FLAC', async () => {
    const sandbox = await startSandbox()
    const { video, audio } = await recorded(sandbox)
    const film = await fetch(video)
    const movie = Buffer.from(await film.arrayBuffer())
    expect(film.headers.get('content-type')).toBe('video/mp4')
    expect(film.headers.get('content-length')).toBe(String(movie.length))
    expect(movie.subarray(4, 8).toString()).toBe('ftyp')
    const sound = Buffer.from(await (await fetch(audio)).arrayBuffer())
    expect(sound.subarray(0, 4).toString()).toBe('fLaC')
  })

  test('can be read in ranges', async () => {
    const sandbox = await startSandbox()
    const { video } = await recorded(sandbox)
    const whole = Buffer.from(await (await fetch(video)).arrayBuffer())
    const range = async (value: string) => {
      const answer = await fetch(video, { headers: { range: value } })
      return {
        status: answer.status,
        contentRange: answer.headers.get('content-range'),
        bytes: Buffer.from(await answer.arrayBuffer()),
      }
    }
    const middle = await range('bytes=100-199')
    expect(middle).toMatchObject({ status: 206, contentRange: `bytes 100-199/${whole.length}` })
    expect(middle.bytes.equals(whole.subarray(100, 200))).toBe(true)
    expect((await range(`bytes=${whole.length - 5}-`)).bytes.equals(whole.subarray(-5))).toBe(true)
    expect((await range('bytes=-5')).bytes.equals(whole.subarray(-5))).toBe(true)
    expect(await range(`bytes=${whole.length}-`)).toMatchObject({
      status: 416,
      contentRange: `bytes */${whole.length}`,
    })
    const head = await fetch(video, { method: 'HEAD' })
    expect(head.headers.get('content-length')).toBe(String(whole.length))
  })

  test('agree on who said what, in transcript, diarization and raw transcript', async () => {
    const sandbox = await startSandbox()
    await sandbox.post('/sandbox/scenarios', { participants: ['Ada', 'Grace', 'Joan'], meetingMinutes: 1 })
    const bot = await recorded(sandbox, { meeting_url: 'https://zoom.us/j/123456789' })
    const { result, provider, bot_id } = (await (await fetch(bot.transcription)).json()) as any
    expect({ provider, bot_id }).toEqual({ provider: 'gladia', bot_id: bot.bot_id })
    expect(result).toMatchObject({ total_duration: 60, total_utterances: result.utterances.length, languages: ['en'] })
    expect(new Set(result.utterances.map((line: any) => line.speaker))).toEqual(new Set(['Ada', 'Grace', 'Joan']))
    for (const { words, text, start, end } of result.utterances) {
      expect(words.map(({ word }: any) => word).join(' ')).toBe(text)
      expect(end).toBeLessThanOrEqual(60)
      expect([words[0].start, words.at(-1).end]).toEqual([start, expect.closeTo(end, 2)])
    }
    const lines = (await (await fetch(bot.diarization)).text()).trim().split('\n')
    const segments = lines.map((line) => JSON.parse(line))
    expect(segments).toEqual(
      result.utterances.map(({ speaker, start, end }: any) => ({
        speaker,
        start_time: start,
        end_time: end,
        user_id: ['Ada', 'Grace', 'Joan'].indexOf(speaker) + 1,
      })),
    )
    const raw = (await (await fetch(bot.raw_transcription)).json()) as any
    const spoken = raw.transcriptions[0].transcription.utterances
    expect(spoken.map(({ speaker }: any) => speaker)).toEqual(segments.map(({ user_id }) => user_id - 1))
  })
})

describe('screenshots', () => {
  test('are paged by number, on Meet and Teams only', async () => {
    const sandbox = await startSandbox()
    const { bot_id } = await recorded(sandbox)
    const page = async (query: string) => (await sandbox.get(`/v2/bots/${bot_id}/screenshots?${query}`)).body
    const first = await page('limit=15')
    expect(first.data).toHaveLength(15)
    expect(first.prev_cursor).toBeNull()
    const second = await page(`limit=15&cursor=${first.cursor}`)
    expect(second.data.map((shot: any) => shot.screenshot_id)).toEqual([16, 17, 18, 19, 20])
    expect(second.cursor).toBeNull()
    const back = await page(`limit=15&cursor=${second.prev_cursor}`)
    expect(back.data.map((shot: any) => shot.screenshot_id)[0]).toBe(1)
    const image = await fetch(first.data[0].url)
    expect(image.headers.get('content-type')).toBe('image/jpeg')
    const zoom = await recorded(sandbox, { meeting_url: 'https://zoom.us/j/123456789' })
    expect((await sandbox.get(`/v2/bots/${zoom.bot_id}/screenshots`)).body.data).toEqual([])
  })
})
