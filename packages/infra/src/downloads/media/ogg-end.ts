import type { Bytes } from './bytes.ts'

/** A page has at most 65,307 bytes. */
const tailBytes = 70_000
const headBytes = 27
const lastPageFlag = 0x04

/** Whether the last page is there to its end, and says that it is the last one (RFC 3533 §6). */
export async function isOggWhole({ size, read }: Bytes): Promise<boolean> {
  const tail = await read(Math.max(0, size - tailBytes), tailBytes)
  const page = tail.subarray(Math.max(0, tail.lastIndexOf('OggS')))
  const segments = page.length < headBytes ? Number.POSITIVE_INFINITY : page.readUInt8(26)
  if (page.length < headBytes + segments) return false
  const sizes = page.subarray(headBytes, headBytes + segments)
  const end = headBytes + segments + sizes.reduce((sum, bytes) => sum + bytes, 0)
  return end <= page.length && (page.readUInt8(5) & lastPageFlag) !== 0
}
