/** Faults that strike the bytes of a request or an answer while they flow. */
import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import type { RequestFault } from './fault.ts'

type Chunks = AsyncIterable<Buffer>

/** What `onSend` gets from Fastify, or a body, as a stream of bytes. */
export function chunksOf(payload: unknown): Chunks {
  if (payload instanceof Readable) return payload
  return Readable.from([Buffer.isBuffer(payload) ? payload : Buffer.from(String(payload ?? ''))])
}

export const asStream = (chunks: Chunks): Readable => Readable.from(chunks, { objectMode: false })

/** Passes so many bytes on, and then breaks. */
export async function* firstBytes(chunks: Chunks, bytes: number, fault: RequestFault['kind']): AsyncGenerator<Buffer> {
  let left = bytes
  for await (const chunk of chunks) {
    if (left > 0) yield chunk.subarray(0, left)
    left -= chunk.length
    if (left <= 0) break
  }
  await setImmediate()
  throw Object.assign(new Error(`Cut off by fault "${fault}".`), { code: 'ECONNRESET' })
}

/** Changes the first byte. */
export async function* withWrongByte(chunks: Chunks): AsyncGenerator<Buffer> {
  let isFirst = true
  for await (const chunk of chunks) {
    const sent = isFirst ? Buffer.from(chunk) : chunk
    if (isFirst && sent.length > 0) sent[0] = (sent[0] as number) ^ 1
    isFirst = false
    yield sent
  }
}

/** How often a slow answer moves on. */
const stepsPerSecond = 20

/**
 * Passes so many bytes in a second. Timers are late by a millisecond or more, so it counts from the beginning.
 * @param wait takes real milliseconds
 */
export async function* slowed(chunks: Chunks, perSecond: number, wait: (ms: number) => Promise<void>) {
  const step = Math.max(1, Math.ceil(perSecond / stepsPerSecond))
  const began = performance.now()
  let passed = 0
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += step) {
      const piece = chunk.subarray(at, at + step)
      passed += piece.length
      const early = began + (passed / perSecond) * 1_000 - performance.now()
      if (early >= 1) await wait(early)
      yield piece
    }
  }
}
