import { createHash } from 'node:crypto'
import { parseBuffer } from 'music-metadata'
import { describe, expect, test } from 'vitest'
import { startSandbox } from '../../testing/harness.ts'

/** A bot that was in a meeting with these results, and its files. */
async function recorded(results: object, options: object = {}) {
  const sandbox = await startSandbox()
  await sandbox.post('/sandbox/scenarios', { results, meetingMinutes: 1, ...options })
  const id = await sandbox.send({ transcription_enabled: true })
  await sandbox.advance(3600)
  const { data: bot } = (await sandbox.get(`/v2/bots/${id}`)).body
  const text = async (link: string) => await (await fetch(link)).text()
  return {
    sandbox,
    bot,
    text,
    files: async () => (await sandbox.get(`/sandbox/bots/${id}/files`)).body.files,
    utterances: async () => JSON.parse(await text(bot.transcription)).result.utterances,
  }
}

describe('transcripts', () => {
  test('are in several languages, with words and times', async () => {
    const { bot, text, utterances } = await recorded(
      { languages: ['de', 'ja', 'ar'] },
      { participants: ['Jörg Weiß', '佐藤 花子', 'ليلى حداد'] },
    )
    const lines = await utterances()
    expect(lines.slice(0, 4).map(({ language, speaker }: any) => [language, speaker])).toEqual([
      ['de', 'Jörg Weiß'],
      ['ja', '佐藤 花子'],
      ['ar', 'ليلى حداد'],
      ['de', 'Jörg Weiß'],
    ])
    const [german, japanese, arabic] = lines
    for (const { words, start, end } of [german, japanese, arabic]) {
      expect([words[0].start, words.at(-1).end]).toEqual([start, expect.closeTo(end, 2)])
    }
    expect(german.words.map(({ word }: any) => word).join(' ')).toBe(german.text)
    expect(japanese.words.map(({ word }: any) => word).join('')).toBe(japanese.text)
    expect(japanese.words.length).toBeGreaterThan(5)
    expect(JSON.parse(await text(bot.transcription)).result.languages).toEqual(['de', 'ja', 'ar'])
    expect(JSON.parse(await text(bot.raw_transcription)).transcriptions[0].transcription.languages).toHaveLength(3)
  })

  test('of three hours have three thousand lines', async () => {
    const sandbox = await startSandbox({ meetingMinutes: 180 })
    const id = await sandbox.send({ transcription_enabled: true })
    await sandbox.advance(4 * 3600)
    const { transcription } = (await sandbox.get(`/v2/bots/${id}`)).body.data
    const { result } = (await (await fetch(transcription)).json()) as any
    expect(result.total_utterances).toBe(3068)
    expect(result.utterances.at(-1).end).toBeCloseTo(10_799.04)
  })

  test('are empty', async () => {
    const { utterances, text, bot } = await recorded({ transcript: 'empty' })
    expect(await utterances()).toEqual([])
    expect(await text(bot.diarization)).toBe('')
  })

  test.each(['not_json', 'cut_off'])('are no JSON: %s', async (transcript) => {
    const { text, bot } = await recorded({ transcript })
    for (const link of [bot.transcription, bot.raw_transcription]) {
      const broken = await text(link)
      expect(broken.length).toBeGreaterThan(20)
      expect(() => JSON.parse(broken)).toThrow(SyntaxError)
    }
  })

  test('are something else', async () => {
    const { text, bot } = await recorded({ transcript: 'wrong_shape' })
    expect(JSON.parse(await text(bot.transcription))).toEqual({ transcript: { lines: 'none' } })
  })

  test('have odd times', async () => {
    const { utterances } = await recorded({ transcript: 'odd_times' })
    const times: [unknown, unknown][] = (await utterances()).map(({ start, end }: any) => [start, end])
    expect(times).toContainEqual([null, 'later'])
    expect(times).toContainEqual([1e12, 2e12])
    const numbers = times.filter((time): time is [number, number] => time.every((each) => typeof each === 'number'))
    expect(numbers.some(([start]) => start < 0)).toBe(true)
    expect(numbers.some(([start, end]) => end < start)).toBe(true)
    expect(numbers.some(([start], at) => at > 0 && start < (numbers[at - 1]?.[0] ?? 0))).toBe(true)
  })

  test('do not know who spoke', async () => {
    const { utterances, text, bot } = await recorded({ transcript: 'unknown_speakers' })
    expect((await utterances()).slice(0, 3).map(({ speaker }: any) => speaker)).toEqual([null, '', 41])
    expect(await text(bot.diarization)).toBe('')
  })
})

describe('files', () => {
  test('are missing, empty, cut in half or a page, and the others are as usual', async () => {
    const whole = await recorded({})
    const broken = await recorded({
      files: { video: 'truncated', audio: 'missing', transcription: 'html', raw_transcription: 'empty' },
    })
    expect(broken.bot.audio).toBeNull()
    const half = await fetch(broken.bot.video)
    const expected = Buffer.from(await (await fetch(whole.bot.video)).arrayBuffer())
    const got = Buffer.from(await half.arrayBuffer())
    expect(got.equals(expected.subarray(0, Math.floor(expected.length / 2)))).toBe(true)
    expect(half.headers.get('etag')).not.toBe((await fetch(whole.bot.video)).headers.get('etag'))
    expect((await fetch(broken.bot.transcription)).headers.get('content-type')).toContain('text/html')
    expect(await broken.text(broken.bot.raw_transcription)).toBe('')
    expect(await broken.text(broken.bot.diarization)).toBe(await whole.text(whole.bot.diarization))
  })

  test('have sizes and SHA-256 that the control API knows', async () => {
    const { bot, files } = await recorded({ files: { audio: 'missing' } })
    const known = await files()
    expect(known.map(({ artifact }: any) => artifact)).toEqual([
      'video',
      'diarization',
      'raw_transcription',
      'transcription',
      'chat_messages',
    ])
    const [video] = known
    const file = Buffer.from(await (await fetch(bot.video)).arrayBuffer())
    const sha256 = createHash('sha256').update(file).digest('hex')
    const path = new URL(bot.video).pathname
    expect(video).toMatchObject({ artifact: 'video', path, type: 'video/mp4', bytes: file.length, sha256 })
  })

  test.each([5_000_000, 5_000_007, 3 * 1024 * 1024])('can be as large as wanted: %i bytes', async (bytes) => {
    const { bot, files } = await recorded({ videoBytes: bytes })
    const whole = Buffer.from(await (await fetch(bot.video)).arrayBuffer())
    expect(whole.length).toBe(bytes)
    expect((await parseBuffer(whole)).format.duration).toBeCloseTo(59.84)
    const [video] = await files()
    expect(video.sha256).toBe(createHash('sha256').update(whole).digest('hex'))
    const range = await fetch(bot.video, { headers: { range: 'bytes=2000000-2500000' } })
    expect(Buffer.from(await range.arrayBuffer()).equals(whole.subarray(2_000_000, 2_500_001))).toBe(true)
  })

  test('of 2 GB are read at their end at once', async () => {
    const { bot } = await recorded({ videoBytes: 2e9 })
    const answer = await fetch(bot.video, { headers: { range: 'bytes=1999999990-' } })
    expect(answer.headers.get('content-range')).toBe('bytes 1999999990-1999999999/2000000000')
    expect((await answer.arrayBuffer()).byteLength).toBe(10)
  })
})
