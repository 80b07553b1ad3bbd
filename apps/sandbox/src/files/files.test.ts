import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseBuffer } from 'music-metadata'
import { describe, expect, onTestFinished, test } from 'vitest'
import { botRequest, startSandbox, type TestSandbox, testStart } from '../../testing/harness.ts'
import { buildSandbox } from '../sandbox.ts'
import { crc8, crc16 } from './crc.ts'

const hour = 3600

const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** Walks over the frames of a FLAC file and checks both checksums of each (RFC 9639 §9). */
function frameNumbersOf(frames: Buffer): number[] {
  const numbers: number[] = []
  const sync = Buffer.from([0xff, 0xf8, 0x74, 0x08])
  let start = 0
  while (start < frames.length) {
    const [first = 0, second = 0] = frames.subarray(start + 4)
    const isLong = first >= 0x80
    numbers.push(isLong ? ((first & 0x1f) << 6) | (second & 0x3f) : first)
    const headerEnd = start + (isLong ? 8 : 7)
    expect(crc8(frames.subarray(start, headerEnd))).toBe(frames[headerEnd])
    const next = frames.indexOf(sync, start + 1)
    const end = next < 0 ? frames.length : next
    expect(crc16(frames.subarray(start, end - 2))).toBe(frames.readUInt16BE(end - 2))
    start = end
  }
  return numbers
}

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
  test.each([
    { minutes: 0.05, seconds: 3.52 },
    { minutes: 10, seconds: 598.4 },
    { minutes: 60, seconds: 3_600.96 },
  ])('are a real MP4 and a real FLAC, about as long as a meeting of $minutes minutes', async ({ minutes, seconds }) => {
    const sandbox = await startSandbox({ meetingMinutes: minutes })
    const id = await sandbox.send()
    await sandbox.advance(2 * hour)
    const { video, audio } = (await sandbox.get(`/v2/bots/${id}`)).body.data
    for (const [link, type] of [
      [video, 'video/mp4'],
      [audio, 'audio/flac'],
    ]) {
      const answer = await fetch(link)
      const file = Buffer.from(await answer.arrayBuffer())
      expect(answer.headers.get('content-type')).toBe(type)
      expect(answer.headers.get('content-length')).toBe(String(file.length))
      expect((await parseBuffer(file)).format.duration).toBeCloseTo(seconds)
    }
  })

  test('repeat the sound of the asset, with new numbers and checksums', async () => {
    const turns = 4
    const sandbox = await startSandbox({ meetingMinutes: (50 * turns * 3.52) / 60 })
    const { audio } = await recorded(sandbox)
    const sound = Buffer.from(await (await fetch(audio)).arrayBuffer())
    const asset = readFileSync(new URL('../../assets/meeting.flac', import.meta.url))
    const head = 42
    expect(sound.subarray(head, asset.length).equals(asset.subarray(head))).toBe(true)
    // 2,000 frames: their numbers take one byte, and later two.
    expect(frameNumbersOf(sound.subarray(head))).toEqual(Array.from({ length: 2_000 }, (_, number) => number))
  })

  test('have the same bytes and tag on every read, also after a restart', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sandbox-files-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const options = { stateFile: join(folder, 'state') }
    const before = await buildSandbox({ ...options, speed: 0, startAt: testStart })
    const sent = await fetch(`${before.url}/v2/bots`, {
      method: 'POST',
      headers: { 'x-meeting-baas-api-key': 'any', 'content-type': 'application/json' },
      body: JSON.stringify({ ...botRequest, transcription_enabled: true }),
    })
    const { bot_id } = ((await sent.json()) as any).data
    await before.advance(hour)
    const read = async ({ url }: { url: string }) => {
      const bot = await fetch(`${url}/v2/bots/${bot_id}`, { headers: { 'x-meeting-baas-api-key': 'any' } })
      const { data } = (await bot.json()) as any
      const links: string[] = [data.video, data.audio, data.transcription, data.raw_transcription, data.diarization]
      return await Promise.all(
        links.map(async (link) => {
          const answer = await fetch(`${url}${new URL(link).pathname}${new URL(link).search}`)
          return [answer.status, answer.headers.get('etag'), hashOf(Buffer.from(await answer.arrayBuffer()))]
        }),
      )
    }
    const first = await read(before)
    await before.close()
    const after = await startSandbox(options)
    expect(await read(after)).toEqual(first)
    expect(first.map(([status]) => status)).toEqual([200, 200, 200, 200, 200])
  })

  test('have no sound and no words when nobody came, or when the bot heard nothing', async () => {
    const sandbox = await startSandbox()
    await sandbox.post('/sandbox/scenarios', { quirks: ['silent_audio'], times: 1 })
    const deaf = await recorded(sandbox)
    const alone = await recorded(sandbox, { meeting_url: 'https://meet.google.com/abc-defg-hij?sandbox=nobody_came' })
    for (const bot of [deaf, alone]) {
      const sound = Buffer.from(await (await fetch(bot.audio)).arrayBuffer())
      expect((await parseBuffer(sound)).format.duration).toBeCloseTo(bot.duration_seconds, -1)
      expect(sound.length / bot.duration_seconds).toBeLessThan(50)
      const { result } = (await (await fetch(bot.transcription)).json()) as any
      expect(result.utterances).toEqual([])
    }
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

test('checksums are those of the catalogue', () => {
  const digits = Buffer.from('123456789')
  // CRC-8/SMBUS and CRC-16/UMTS
  expect([crc8(digits), crc16(digits)]).toEqual([0xf4, 0xfee8])
})
