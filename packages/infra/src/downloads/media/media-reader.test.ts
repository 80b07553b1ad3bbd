import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { mediaReader } from './media-reader.ts'

const folder = mkdtempSync(join(tmpdir(), 'seer-media-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const assets = join(import.meta.dirname, '../../../../../apps/sandbox/assets')
const flac = readFileSync(join(assets, 'meeting.flac'))
const mp4 = readFileSync(join(assets, 'meeting.mp4'))
const bytes = (...parts: (string | number[] | Buffer)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))))
const little = (value: number): Buffer => {
  const four = Buffer.alloc(4)
  four.writeUInt32LE(value)
  return four
}
const big = (value: number): Buffer => little(value).reverse()
const sound = Buffer.from(Array.from({ length: 32_000 }, (_, at) => (at * 7) % 251))

/** 8 kHz, one channel, 16 bits. */
const format = bytes('fmt ', little(16), [1, 0, 1, 0], little(8_000), little(16_000), [2, 0, 16, 0])
const wav = (declared: number) =>
  bytes('RIFF', little(36 + sound.length), 'WAVE', format, 'data', little(declared), sound)
const wav64 = bytes(
  ...['RF64', little(0xffff_ffff), 'WAVE', 'ds64', little(28), Buffer.alloc(8)],
  ...[little(sound.length), little(0), Buffer.alloc(12), format, 'data', little(0xffff_ffff), sound],
)
/** The first frame of an MP3 (MPEG-1 layer III, 44.1 kHz, 128 kbit/s, 417 bytes) with the size of all. */
const mp3 = (tag: string) => bytes([0xff, 0xfb, 0x90, 0], Buffer.alloc(32), tag, Buffer.alloc(377 - 12), sound)
const lame = mp3(bytes('Xing', big(3), big(80), big(413 + sound.length)).toString('latin1'))
const fraunhofer = mp3(bytes('VBRI', Buffer.alloc(6), big(413 + sound.length)).toString('latin1'))
const tagged = bytes('ID3', [4, 0, 0, 0, 0, 1, 0], Buffer.alloc(128), lame)
/** A tag may end with a footer of ten bytes, which its size leaves out. */
const footed = bytes('ID3', [4, 0, 0x10, 0, 0, 1, 0], Buffer.alloc(128), '3DI', Buffer.alloc(7), lame)
/** STREAMINFO for samples in blocks of 4,096, and the head of the last frame. */
const flacBy = (samples: number, frame: number[]) =>
  bytes(
    'fLaC',
    [0x80, 0, 0, 34],
    [0x10, 0, 0x10, 0],
    Buffer.alloc(9),
    [0],
    big(samples),
    Buffer.alloc(16),
    sound,
    frame,
  )
/** Sample 4,096 is the first of 904; the size stands in two bytes behind it. */
const samplesInFrame = [0xff, 0xf9, 0x74, 0x08, 0xe1, 0x80, 0x80, 0x03, 0x87]
/** Frame 1, behind 4,096 samples, has 256; the size stands in one byte behind its number. */
const uncommonFrame = [0xff, 0xf8, 0x64, 0x08, 0x01, 0xff]
const page = (flags: number) =>
  bytes('OggS', [0, flags], Buffer.alloc(20), [125], Buffer.alloc(125, 255), sound.subarray(0, 125 * 255 - 1), [0])
const ogg = bytes(page(2), page(0), page(4))

async function read(content: Buffer) {
  const path = join(folder, 'file')
  writeFileSync(path, content)
  return await mediaReader.read(path)
}

describe('a whole file', () => {
  test.each([
    ['FLAC', flac, 7],
    ['MP4', mp4, 7],
    ['WAV', wav(sound.length), 2],
  ])('tells how long it is: %s', async (_, content, atLeast) => {
    const { durationSeconds, isWhole } = await read(content)
    expect(isWhole).toBe(true)
    expect(durationSeconds).toBeGreaterThanOrEqual(atLeast)
  })

  test.each([
    [
      'FLAC with a tag of ID3 before and after it',
      bytes('ID3', [4, 0, 0, 0, 0, 0, 9], Buffer.alloc(9), flac, 'TAG', Buffer.alloc(125)),
    ],
    ['FLAC that does not say how large its frames are', patched(flac, 12, Buffer.alloc(6))],
    [
      'FLAC that does not say how long it is',
      patched(flac, 21, [flac.readUInt8(21) & 0xf0, 0, 0, 0, 0]).subarray(0, 9_000),
    ],
    ['MP4 whose last box goes to its end', bytes(mp4, [0, 0, 0, 0], 'free', 'and so on')],
    ['MP4 with a box of a large size', bytes(mp4, big(1), 'free', big(0), big(16))],
    ['MP4 with some bytes behind its last box', bytes(mp4, big(3), 'odd!')],
    ['FLAC whose frames count samples', flacBy(5_000, samplesInFrame)],
    ['FLAC with an uncommon size of its last frame', flacBy(4_352, uncommonFrame)],
    ['WAV written as a stream by ffmpeg', wav(0xffff_ffff)],
    ['WAV written as a stream by SoX', wav(0x7fff_f000)],
    ['WAV written as a stream by others', wav(0)],
    ['WAV without the last byte that makes its length even', bytes(wav(sound.length), 'LIST', little(3), 'abc')],
    ['WAV of the large kind', wav64],
    ['MP3 by LAME', lame],
    ['MP3 by Fraunhofer', fraunhofer],
    ['MP3 behind a tag', tagged],
    ['MP3 without a count', mp3('none'.repeat(3))],
    ['Ogg', ogg],
    ['something else', sound],
    ['nothing', Buffer.alloc(0)],
  ])('is seen as whole: %s', async (_, content) => {
    expect((await read(content)).isWhole).toBe(true)
  })
})

describe('a file of which a part is missing', () => {
  test.each([
    ['FLAC', flac],
    ['MP4', mp4],
    ['WAV', wav(sound.length)],
    ['WAV of the large kind', wav64],
    ['MP3 by LAME', lame],
    ['MP3 by Fraunhofer', fraunhofer],
    ['MP3 behind a tag', tagged],
    ['MP3 behind a tag with a footer', footed],
    [
      'MP4 with its data in a box of a large size',
      bytes(mp4, big(1), 'mdat', big(0), big(16 + 9 * mp4.length), Buffer.alloc(9 * mp4.length)),
    ],
    ['Ogg', ogg],
  ])('is seen as truncated wherever it was cut: %s', async (_, content) => {
    const seen = []
    for (const share of [0.3, 0.5, 0.77, 0.93]) {
      seen.push((await read(content.subarray(0, Math.floor(content.length * share)))).isWhole)
    }
    expect(seen).toEqual([false, false, false, false])
  })

  test('of FLAC still tells the full length: the header proves nothing', async () => {
    const whole = await read(flac)
    const half = await read(flac.subarray(0, flac.length / 2))
    expect(half).toEqual({ durationSeconds: whole.durationSeconds, isWhole: false })
  })

  test('of MP4 is seen when it ends within the head of a box', async () => {
    expect((await read(bytes(mp4, [0, 0, 0]))).isWhole).toBe(false)
  })

  test('of Ogg is seen when it ends with a whole page, but not with the last one', async () => {
    expect((await read(bytes(page(2), page(0)))).isWhole).toBe(false)
  })
})

function patched(file: Buffer, at: number, content: Buffer | number[]): Buffer {
  const changed = Buffer.from(file)
  changed.set(content, at)
  return changed
}
