import type { Bytes } from './bytes.ts'

/** Whoever writes into a stream cannot know its length: ffmpeg writes 0xffffffff, SoX 0x7ffff000 or near it, others 0. */
const isUnknown = (bytes: number) => bytes === 0 || bytes >= 0x7fff_0000

/**
 * Whether all chunks end within the file (RIFF; for RF64, whose sound may have more than 4 GB, EBU Tech 3306). The byte
 * that makes the length of the last chunk even may be missing.
 */
export async function isWavWhole({ size, read }: Bytes): Promise<boolean> {
  let large: number | null = null
  for (let at = 12; at + 8 <= size; ) {
    const head = await read(at, 24)
    const name = head.toString('latin1', 0, 4)
    let bytes = head.readUInt32LE(4)
    if (name === 'ds64' && head.length === 24) large = Number(head.readBigUInt64LE(16))
    if (name === 'data' && isUnknown(bytes)) {
      if (large === null) return true
      bytes = large
    }
    const end = at + 8 + bytes
    if (end > size) return false
    at = end + (bytes % 2)
  }
  return true
}
