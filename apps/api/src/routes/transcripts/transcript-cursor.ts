import type { PassagePosition } from '@seer/core/recordings/search/transcript-search'
import type { Transcript } from '@seer/core/recordings/transcripts/transcript'
import { z } from 'zod'
import { Problem } from '../../problems/problem.ts'

const seq = z.int().min(0).max(2_147_483_647)
const Place = z.tuple([z.guid(), seq])
const Position = z.tuple([z.number(), z.iso.datetime().transform((text) => new Date(text)), z.guid(), seq])

/** The place behind an utterance, as a text. It names the version: the next page is of the same. */
export function encodePlace({ id }: Transcript, lastSeq: number): string {
  return encode([id, lastSeq])
}

/** @throws Problem INVALID_CURSOR */
export function decodePlace(cursor: string, versions: readonly Transcript[]): { transcript: Transcript; seq: number } {
  const [id, last] = decode(cursor, Place)
  const transcript = versions.find((one) => one.id === id && one.state === 'complete')
  if (!transcript) throw invalidCursor()
  return { transcript, seq: last }
}

/** The place behind a passage that was found. */
export function encodePosition({ rank, spokenAt, transcriptId, seq: last }: PassagePosition): string {
  return encode([rank, spokenAt.toISOString(), transcriptId, last])
}

/** @throws Problem INVALID_CURSOR */
export function decodePosition(cursor: string): PassagePosition {
  const [rank, spokenAt, transcriptId, last] = decode(cursor, Position)
  return { rank, spokenAt, transcriptId, seq: last }
}

const encode = (values: unknown[]): string => Buffer.from(JSON.stringify(values)).toString('base64url')

function decode<Schema extends z.ZodType>(cursor: string, schema: Schema): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')))
  } catch {
    throw invalidCursor()
  }
}

function invalidCursor(): Problem {
  return new Problem('INVALID_CURSOR', { errors: [{ path: 'cursor', message: 'is not a nextCursor of this list' }] })
}
