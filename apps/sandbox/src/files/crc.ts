/** The two checksums of FLAC frames (RFC 9639 §9.1.8 and §9.3). */

/** With the polynomial x⁸ + x² + x + 1. */
export const crc8 = crc(8, 0x07)

/** With the polynomial x¹⁶ + x¹⁵ + x² + 1. */
export const crc16 = crc(16, 0x8005)

function crc(width: 8 | 16, polynomial: number): (bytes: Uint8Array) => number {
  const mask = 2 ** width - 1
  const table = Uint16Array.from({ length: 256 }, (_, byte) => {
    let rest = byte << (width - 8)
    for (let bit = 0; bit < 8; bit++) rest = (rest << 1) ^ (rest & (1 << (width - 1)) ? polynomial : 0)
    return rest & mask
  })
  return (bytes) => {
    let rest = 0
    // Much faster than an iterator, and recordings are long.
    for (let at = 0; at < bytes.length; at++) {
      rest = ((rest << 8) ^ (table[(rest >> (width - 8)) ^ (bytes[at] as number)] as number)) & mask
    }
    return rest
  }
}
