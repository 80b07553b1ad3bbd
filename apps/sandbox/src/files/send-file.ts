import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { bytesOf, type MadeFile } from './made-file.ts'

/**
 * Answers a GET with the whole file, with one range of it (RFC 9110 §14), or with 304 when the client has it already. The
 * file is made while it is sent.
 */
export function sendFile(request: FastifyRequest, reply: FastifyReply, file: MadeFile) {
  const { type, etag, bytes } = file
  reply.type(type).headers({ etag, 'accept-ranges': 'bytes' })
  if (request.headers['if-none-match'] === etag) return reply.code(304).send()
  const ifRange = request.headers['if-range']
  const range = ifRange === undefined || ifRange === etag ? request.headers.range : undefined
  const wanted = parseRange(range, bytes)
  if (wanted === 'unsatisfiable') return reply.code(416).header('content-range', `bytes */${bytes}`).send()
  const [first, last] = wanted ?? [0, bytes - 1]
  if (wanted) reply.code(206).header('content-range', `bytes ${first}-${last}/${bytes}`)
  reply.header('content-length', last - first + 1)
  const chunks = request.method === 'HEAD' ? [] : bytesOf(file, first, last)
  return reply.send(Readable.from(chunks, { objectMode: false }))
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
