/** What the speech services hear in the bytes that they get. */
import { createHash } from 'node:crypto'

/** A recording without a length in its header is as long as the dialogue. */
const usualSeconds = 14

/** The first bytes of files that hold sound, as far as these services read them; `ftyp` comes after four bytes. */
const beginnings = ['fLaC', 'RIFF', 'OggS', 'ID3', '\xff\xfb', '\xff\xf3', '\x1aE\xdf\xa3']

/** Bytes of a second of silence, at most. */
const silentBytes = 50

/** `spokenSeconds` is 0 when nobody speaks. */
export type Heard = { seconds: number; spokenSeconds: number; sha256: string }

/** @returns null when the bytes are no sound */
export function hear(bytes: Buffer): Heard | null {
  const start = bytes.toString('latin1', 0, 12)
  if (!beginnings.some((one) => start.startsWith(one)) && start.slice(4, 8) !== 'ftyp') return null
  const seconds = secondsOf(bytes)
  const spokenSeconds = bytes.length / seconds < silentBytes ? 0 : seconds
  return { seconds, spokenSeconds, sha256: createHash('sha256').update(bytes).digest('hex') }
}

/** FLAC tells its rate and its samples in the block STREAMINFO (RFC 9639 §8.2). */
function secondsOf(bytes: Buffer): number {
  if (bytes.toString('latin1', 0, 4) !== 'fLaC' || bytes.length < 26) return usualSeconds
  const rate = bytes.readUIntBE(18, 3) >> 4
  const samples = (bytes.readUInt8(21) & 0x0f) * 2 ** 32 + bytes.readUInt32BE(22)
  return rate > 0 && samples > 0 ? Math.round((samples / rate) * 100) / 100 : usualSeconds
}
