/** Requests whose body is a file, or a part of one. */
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { RetryableError } from '@seer/core/basics/errors'
import { chunkBytes } from '../source-file.ts'

export type FilePart = { path: string; first: number; last: number }

/** The part of the file, `last` included, as a body for the SDK. An empty one cannot be a stream. */
export function bodyOf({ path, first, last }: FilePart): Readable | Uint8Array {
  if (last < first) return new Uint8Array()
  return createReadStream(path, { start: first, end: last, highWaterMark: chunkBytes })
}

/**
 * Makes a request with a part of a file as its body, and closes the file whatever happens.
 * @param send gets the body, and a signal that also ends the request when the file cannot be read: the SDK would wait
 * @throws RetryableError STORAGE_CHECKSUM_MISMATCH when the file cannot be read
 */
export async function sendingFile<T>(
  part: FilePart,
  signal: AbortSignal | undefined,
  send: (body: Readable | Uint8Array, options: { abortSignal: AbortSignal }) => Promise<T>,
): Promise<T> {
  const body = bodyOf(part)
  const unreadable = new AbortController()
  if (body instanceof Readable) body.on('error', (error) => unreadable.abort(error))
  try {
    return await send(body, { abortSignal: AbortSignal.any([unreadable.signal, ...(signal ? [signal] : [])]) })
  } catch (error) {
    if (!unreadable.signal.aborted) throw error
    const cause = unreadable.signal.reason
    throw new RetryableError('STORAGE_CHECKSUM_MISMATCH', { detail: 'The file to store cannot be read.', cause })
  } finally {
    if (body instanceof Readable) body.destroy()
  }
}

/**
 * Also signs the SHA-256 of a body, which a service must verify even if it does not know S3's newer checksums. Otherwise the
 * SDK signs no hash of a stream. Add it to a command at `hashStep`.
 */
export function withBodyHash<Args extends { request: unknown }>(args: Args, sha256: string): Args {
  const { headers } = args.request as { headers: Record<string, string> }
  headers['x-amz-content-sha256'] = sha256
  return args
}
export const hashStep = { step: 'build', name: 'withBodyHash' } as const

export const base64Of = (hex: string): string => Buffer.from(hex, 'hex').toString('base64')
export const hexOf = (base64: string): string => Buffer.from(base64, 'base64').toString('hex')
