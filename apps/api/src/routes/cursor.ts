import { z } from 'zod'
import { Problem } from '../problems/problem.ts'

/** Where a page ended, in lists that are sorted by a time and then by id. */
export type CursorPosition = { time: Date; id: string }

const Position = z.tuple([z.iso.datetime().transform((text) => new Date(text)), z.guid()])

/** A position as a text that callers send back without reading it. */
export function encodeCursor({ time, id }: CursorPosition): string {
  return Buffer.from(JSON.stringify([time.toISOString(), id])).toString('base64url')
}

/** @throws Problem INVALID_CURSOR */
export function decodeCursor(cursor: string): CursorPosition {
  try {
    const [time, id] = Position.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')))
    return { time, id }
  } catch {
    throw new Problem('INVALID_CURSOR', { errors: [{ path: 'cursor', message: 'is not a nextCursor of this list' }] })
  }
}
