import type { IncomingHttpHeaders } from 'node:http'
import type { ByteRange } from '@seer/core/recordings/storage'

type Whole = { etag: string; bytes: number }

/**
 * The part of a file that a request asks for (RFC 9110 §14.1.2). Null: the whole file. A header that cannot be read does
 * not count, and neither does one with several ranges: a server may answer those with the whole file. Our own, because
 * range-parser calls the last 500 bytes of a file of 100 bytes unsatisfiable, and takes `1-2-3` for `1-2`.
 */
export function readRange(headers: IncomingHttpHeaders, { etag, bytes }: Whole): ByteRange | 'unsatisfiable' | null {
  const { range, 'if-range': ifRange } = headers
  if (range === undefined || (ifRange !== undefined && ifRange !== etag)) return null
  const [, from = '', to = ''] = /^bytes=\s*(\d*)-(\d*)\s*$/i.exec(range) ?? []
  if (from === '' && to === '') return null
  if (from === '') {
    const length = Math.min(Number(to), bytes)
    return length === 0 ? 'unsatisfiable' : { first: bytes - length, last: bytes - 1 }
  }
  const [first, last] = [Number(from), to === '' ? bytes - 1 : Math.min(Number(to), bytes - 1)]
  if (first >= bytes) return 'unsatisfiable'
  return last < first ? null : { first, last }
}
