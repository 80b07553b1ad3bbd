import type { Bytes } from './bytes.ts'

/** Whether all boxes end within the file (ISO/IEC 14496-12 §4.2). */
export async function isMp4Whole({ size, read }: Bytes): Promise<boolean> {
  for (let at = 0; at < size; ) {
    const head = await read(at, 16)
    if (head.length < 8) return false
    const bytes = sizeOf(head)
    // The last box may reach to the end of the file, whatever that is. A smaller one than its own head is no box.
    if (bytes === null || (bytes < 8 && bytes >= 0)) return true
    if (at + bytes > size) return false
    at += bytes
  }
  return true
}

/** @returns null for “up to the end of the file” */
function sizeOf(head: Buffer): number | null {
  const bytes = head.readUInt32BE(0)
  if (bytes === 0) return null
  if (bytes !== 1) return bytes
  return head.length < 16 ? Number.POSITIVE_INFINITY : Number(head.readBigUInt64BE(8))
}
