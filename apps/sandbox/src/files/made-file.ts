import { createHash } from 'node:crypto'

/** A part of a file that is made when it is sent, so that a file of any length takes no memory. */
export type Piece = { bytes: number; make: () => Uint8Array }

/** A file as a row of pieces. Its bytes and its `etag` are the same on every read, also after a restart. */
export type MadeFile = { type: string; etag: string; bytes: number; pieces: readonly Piece[] }

/** @param recipe names the bytes: two files with one recipe are the same */
export function madeFile(type: string, recipe: string, pieces: readonly Piece[]): MadeFile {
  const bytes = pieces.reduce((sum, piece) => sum + piece.bytes, 0)
  return { type, etag: etagOf(recipe), bytes, pieces }
}

export function fileOfBytes(type: string, content: Uint8Array): MadeFile {
  return { type, etag: etagOf(content), bytes: content.length, pieces: [pieceOf(content)] }
}

export const pieceOf = (content: Uint8Array): Piece => ({ bytes: content.length, make: () => content })

/** The bytes from `first` to `last`, both included, in chunks. */
export function* bytesOf({ pieces }: MadeFile, first: number, last: number): Generator<Uint8Array> {
  let start = 0
  for (const { bytes, make } of pieces) {
    if (start > last) return
    if (start + bytes > first) yield make().subarray(Math.max(first - start, 0), last + 1 - start)
    start += bytes
  }
}

export const hashOfAsset = (asset: Uint8Array): string => createHash('md5').update(asset).digest('hex')

const etagOf = (content: string | Uint8Array): string => `"${createHash('md5').update(content).digest('hex')}"`
