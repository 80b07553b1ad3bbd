import type { IncomingHttpHeaders } from 'node:http'
import type { ByteRange } from '@seer/core/recordings/storage'
import parseRange from 'range-parser'

type Whole = { etag: string; bytes: number }

/**
 * The part of a file that a request asks for (RFC 9110 §14.2). Null: the whole file. A header that cannot be read does not
 * count, and neither does one with several ranges: a server may answer those with the whole file.
 */
export function readRange(headers: IncomingHttpHeaders, { etag, bytes }: Whole): ByteRange | 'unsatisfiable' | null {
  const { range, 'if-range': ifRange } = headers
  if (range === undefined || (ifRange !== undefined && ifRange !== etag)) return null
  const ranges = parseRange(bytes, range)
  if (ranges === -1) return 'unsatisfiable'
  if (ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1) return null
  const [{ start, end }] = ranges as unknown as [{ start: number; end: number }]
  return { first: start, last: end }
}
