import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'

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

/** What is left of a file that was stored only up to its middle. */
export function firstHalf(file: MadeFile): MadeFile {
  let left = Math.floor(file.bytes / 2)
  const pieces = file.pieces.flatMap((piece) => {
    const bytes = Math.min(piece.bytes, left)
    left -= bytes
    return bytes === 0 ? [] : { bytes, make: () => piece.make().subarray(0, bytes) }
  })
  return madeFile(file.type, `half of ${file.etag}`, pieces)
}

/** In lower-case hexadecimal. It takes a second for each gigabyte or two. */
export async function sha256Of(file: MadeFile): Promise<string> {
  const hash = createHash('sha256')
  for (const chunk of bytesOf(file, 0, file.bytes - 1)) {
    hash.update(chunk)
    await setImmediate()
  }
  return hash.digest('hex')
}

export const hashOfAsset = (asset: Uint8Array): string => createHash('md5').update(asset).digest('hex')

const etagOf = (content: string | Uint8Array): string => `"${createHash('md5').update(content).digest('hex')}"`
