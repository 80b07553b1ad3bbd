/** The file that `put` is given. */
import { type FileHandle, open } from 'node:fs/promises'
import { RetryableError } from '@seer/core/basics/errors'
import type { FileToStore } from '@seer/core/recordings/storage'
import { provenBytes } from './proven-bytes.ts'

/** Large enough that reading costs little, small enough that many copies at once do not need much memory. */
export const chunkBytes = 256 * 1024

/** @throws RetryableError STORAGE_CHECKSUM_MISMATCH when there is no such file, or it has another size */
export async function openSource({ path, bytes }: FileToStore): Promise<FileHandle> {
  const handle = await open(path).catch((cause: unknown) => {
    throw new RetryableError('STORAGE_CHECKSUM_MISMATCH', { detail: 'The file to store cannot be opened.', cause })
  })
  const { size } = await handle.stat()
  if (size === bytes) return handle
  await handle.close()
  throw new RetryableError('STORAGE_CHECKSUM_MISMATCH', {
    detail: `The file to store has ${size} bytes, but should have ${bytes}.`,
  })
}

/**
 * Reads the file to its end.
 * @throws RetryableError STORAGE_CHECKSUM_MISMATCH when it is not what `file` says
 * @throws the reason of `signal`
 */
export async function proveFile(handle: FileHandle, file: FileToStore, signal?: AbortSignal): Promise<void> {
  const stream = handle.createReadStream({ start: 0, highWaterMark: chunkBytes, autoClose: false })
  for await (const _ of provenBytes(stream, file)) signal?.throwIfAborted()
}
