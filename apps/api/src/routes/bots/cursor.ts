import type { MeetingPosition } from '@seer/core/bots/meeting-store'
import { z } from 'zod'
import { Problem } from '../../problems/problem.ts'

const Position = z.tuple([z.iso.datetime().transform((text) => new Date(text)), z.guid()])

/** Where a page ended, as text that callers hand back unread. */
export function encodeCursor({ createdAt, id }: MeetingPosition): string {
  return Buffer.from(JSON.stringify([createdAt.toISOString(), id])).toString('base64url')
}

/** @throws Problem INVALID_CURSOR */
export function decodeCursor(cursor: string): MeetingPosition {
  try {
    const [createdAt, id] = Position.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')))
    return { createdAt, id }
  } catch {
    throw new Problem('INVALID_CURSOR', { errors: [{ path: 'cursor', message: 'was not made by this list' }] })
  }
}
