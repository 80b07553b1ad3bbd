import { open } from 'node:fs/promises'
import type { Bytes } from './bytes.ts'
import { isFlacWhole } from './flac-end.ts'
import { isMp3Whole } from './mp3-end.ts'
import { isMp4Whole } from './mp4-end.ts'
import { isOggWhole } from './ogg-end.ts'
import { isWavWhole } from './wav-end.ts'

/**
 * Whether a media file reaches as far as it says itself. False means that its end is missing, as when only a part of it
 * was uploaded: its header still tells the full length. True means that nothing shows that, so a format that is not known
 * is whole. Fewer missing bytes than a frame has (a tenth of a second) may go unnoticed.
 */
export async function isWhole(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const read = async (at: number, length: number) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at)
      return buffer.subarray(0, bytesRead)
    }
    return await endIsThere({ size, read })
  } finally {
    await file.close()
  }
}

async function endIsThere(file: Bytes): Promise<boolean> {
  const start = await afterTag(file)
  const head = await file.read(start, 12)
  const [four, second, third] = [0, 4, 8].map((at) => head.toString('latin1', at, at + 4))
  if (second === 'ftyp') return await isMp4Whole(file)
  if ((four === 'RIFF' || four === 'RF64') && third === 'WAVE') return await isWavWhole(file)
  if (four === 'OggS') return await isOggWhole(file)
  if (four === 'fLaC') return await isFlacWhole(file, start)
  const isMp3 = head.length >= 2 && head.readUInt16BE(0) >= 0xffe0
  return isMp3 ? await isMp3Whole(file, start) : true
}

/** Where the sound begins, behind an ID3v2 tag (https://id3.org/id3v2.4.0-structure §3.1). */
async function afterTag(file: Bytes): Promise<number> {
  const head = await file.read(0, 10)
  if (head.length < 10 || head.toString('latin1', 0, 3) !== 'ID3') return 0
  const size = [6, 7, 8, 9].reduce((sum, at) => sum * 128 + (head.readUInt8(at) & 0x7f), 0)
  const footer = (head.readUInt8(5) & 0x10) === 0 ? 0 : 10
  return 10 + size + footer
}
