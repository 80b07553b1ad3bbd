import type { Bytes } from './bytes.ts'

/** The longest frame. Encoders differ in whether they count the frame that holds the count. */
const toleratedBytes = 1_441

/**
 * Whether an MP3 has as many bytes as its first frame says, behind `Xing` or `Info` (LAME's and nearly all encoders'), or
 * `VBRI` (Fraunhofer's). Without those nothing tells how long it was, and its duration is computed from its size.
 */
export async function isMp3Whole({ size, read }: Bytes, start: number): Promise<boolean> {
  const declared = declaredBytes(await read(start, 200))
  return declared === null || start + declared <= size + toleratedBytes
}

function declaredBytes(frame: Buffer): number | null {
  const fraunhofer = frame.indexOf('VBRI')
  if (fraunhofer > 0 && fraunhofer + 14 <= frame.length) return frame.readUInt32BE(fraunhofer + 10)
  const at = Math.max(frame.indexOf('Xing'), frame.indexOf('Info'))
  if (at < 0 || at + 16 > frame.length) return null
  const fields = frame.readUInt32BE(at + 4)
  const [hasFrames, hasBytes] = [(fields & 1) !== 0, (fields & 2) !== 0]
  return hasBytes ? frame.readUInt32BE(at + (hasFrames ? 12 : 8)) : null
}
