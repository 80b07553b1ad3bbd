import type { Bytes } from './bytes.ts'

/** Where the last frame must begin, if the file does not say how large its frames are. Usual ones have under 20 kB. */
const tailBytes = 1024 * 1024
const longestHeader = 16

/** What STREAMINFO says (RFC 9639 §8.2). */
type StreamInfo = { blockSamples: number; largestFrame: number; samples: number }

/** Whether the frame with the last of the declared samples has begun (RFC 9639 §9.1). */
export async function isFlacWhole({ size, read }: Bytes, start: number): Promise<boolean> {
  const head = await read(start + 4, 38)
  if (head.length < 38) return false
  const info = streamInfoOf(head.subarray(4))
  if (info.samples === 0) return true
  const length = info.largestFrame === 0 ? tailBytes : 2 * info.largestFrame + longestHeader
  const tail = await read(Math.max(start, size - length), length)
  for (let at = tail.length - 2; at >= 0; at--) {
    const isSync = tail[at] === 0xff && ((tail[at + 1] as number) & 0xfe) === 0xf8
    // Other bytes may look like the header of a frame. That they name just this sample would be a rare chance.
    if (isSync && endOfFrame(tail.subarray(at, at + longestHeader), info) === info.samples) return true
  }
  return false
}

function streamInfoOf(block: Buffer): StreamInfo {
  return {
    blockSamples: block.readUInt16BE(2),
    largestFrame: block.readUIntBE(7, 3),
    samples: (block.readUInt8(13) & 0x0f) * 2 ** 32 + block.readUInt32BE(14),
  }
}

/** Up to which sample a frame goes; null if its header is none or was cut. */
function endOfFrame(header: Buffer, { blockSamples }: StreamInfo): number | null {
  const number = numberOf(header.subarray(4))
  const code = (header[2] ?? 0) >> 4
  const samples = number && samplesOf(code, header.subarray(4 + number.bytes))
  if (!number || samples === null) return null
  const countsSamples = ((header[1] as number) & 1) === 1
  return (countsSamples ? number.value : number.value * blockSamples) + samples
}

/** A number that is written as UTF-8 writes characters, with up to seven bytes. */
function numberOf(bytes: Buffer): { value: number; bytes: number } | null {
  const first = bytes[0]
  if (first === undefined) return null
  if (first < 0x80) return { value: first, bytes: 1 }
  const length = Math.clz32(~(first << 24))
  if (length < 2 || length > 7 || bytes.length < length) return null
  const rest = [...bytes.subarray(1, length)]
  if (rest.some((byte) => (byte & 0xc0) !== 0x80)) return null
  const high = first & (0x7f >> length)
  return { value: rest.reduce((sum, byte) => sum * 64 + (byte & 0x3f), high), bytes: length }
}

/** @param extra the bytes behind the number, which hold uncommon sizes */
function samplesOf(code: number, extra: Buffer): number | null {
  if (code === 1) return 192
  if (code >= 2 && code <= 5) return 576 << (code - 2)
  if (code >= 8) return 256 << (code - 8)
  if (code === 6 && extra.length >= 1) return extra.readUInt8(0) + 1
  if (code === 7 && extra.length >= 2) return extra.readUInt16BE(0) + 1
  return null
}
