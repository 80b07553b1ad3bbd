import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * Answers a GET with all bytes, with one range of them (RFC 9110 §14), or with 304 when the client has them already.
 */
export function sendBytes(request: FastifyRequest, reply: FastifyReply, bytes: Buffer, type: string) {
  const etag = `"${createHash('md5').update(bytes).digest('hex')}"`
  reply.type(type).headers({ etag, 'accept-ranges': 'bytes' })
  if (request.headers['if-none-match'] === etag) return reply.code(304).send()
  const ifRange = request.headers['if-range']
  const range = ifRange === undefined || ifRange === etag ? request.headers.range : undefined
  const wanted = parseRange(range, bytes.length)
  if (wanted === 'unsatisfiable') {
    return reply.code(416).header('content-range', `bytes */${bytes.length}`).send()
  }
  if (!wanted) return reply.send(bytes)
  const [first, last] = wanted
  reply.code(206).header('content-range', `bytes ${first}-${last}/${bytes.length}`)
  return reply.send(bytes.subarray(first, last + 1))
}

/** First and last byte of a single `bytes=` range; undefined when there is none, or it cannot be understood. */
export function parseRange(header: string | undefined, size: number): [number, number] | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (!match || (match[1] === '' && match[2] === '')) return undefined
  const [start, end] = [match[1] as string, match[2] as string]
  if (start === '') {
    const length = Math.min(Number(end), size)
    return length === 0 ? 'unsatisfiable' : [size - length, size - 1]
  }
  const first = Number(start)
  const last = end === '' ? size - 1 : Math.min(Number(end), size - 1)
  if (first >= size) return 'unsatisfiable'
  return first > last ? undefined : [first, last]
}
