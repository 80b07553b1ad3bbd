import { createHash } from 'node:crypto'
import { RetryableError } from '@seer/core/basics/errors'

/**
 * Passes chunks on, and compares their size and SHA-256 when they end.
 * @param expected a `sha256` of null is not compared
 * @throws RetryableError STORAGE_CHECKSUM_MISMATCH after the last chunk
 */
export async function* provenBytes(
  chunks: AsyncIterable<Uint8Array>,
  expected: { bytes: number; sha256: string | null },
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of chunks) {
    hash.update(chunk)
    bytes += chunk.length
    yield chunk
  }
  const sha256 = hash.digest('hex')
  if (bytes === expected.bytes && sha256 === (expected.sha256 ?? sha256)) return
  throw new RetryableError('STORAGE_CHECKSUM_MISMATCH', {
    detail: `The file has ${bytes} bytes with SHA-256 ${sha256}, but should have ${expected.bytes} with ${expected.sha256}.`,
  })
}
