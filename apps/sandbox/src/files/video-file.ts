import { createHash } from 'node:crypto'
import { hashOfAsset, type MadeFile, madeFile, type Piece } from './made-file.ts'
import { turnSeconds, turnsIn, turnsInAsset } from './turns.ts'

/** Ticks in a second, of both tracks. */
const timescale = 16_000
const turnTicks = Math.round(turnSeconds * timescale)

export type VideoParts = { head: Buffer; turns: Buffer[]; hash: string }

/** Takes a fragmented MP4 apart (ISO/IEC 14496-12): `ftyp` and `moov`, then one `moof` with its `mdat` per turn. */
export function videoParts(asset: Buffer): VideoParts {
  const boxes = [...topLevelBoxes(asset)]
  const isOfTurn = ({ type }: { type: string }) => type === 'moof' || type === 'mdat'
  const head = Buffer.concat(boxes.filter((box) => !isOfTurn(box)).map(({ bytes }) => bytes))
  const media = boxes.filter(isOfTurn).map(({ bytes }) => bytes)
  const turns = Array.from({ length: turnsInAsset }, (_, at) => Buffer.concat(media.slice(at * 2, at * 2 + 2)))
  return { head, turns, hash: hashOfAsset(asset) }
}

/** An MP4 about as long as `seconds`, in which the turns of the asset are repeated. */
export function videoFile({ head, turns, hash }: VideoParts, seconds: number): MadeFile {
  const sources = Array.from({ length: turnsIn(seconds) }, (_, at) => turns[at % turns.length] as Buffer)
  const beginning = Buffer.concat([withDuration(head, sources.length * turnTicks), segmentIndex(sources)])
  return madeFile('video/mp4', `video ${hash} ${sources.length}`, [
    { bytes: beginning.length, make: () => beginning },
    ...sources.map((source, at) => ({ bytes: source.length, make: () => placed(source, at) })),
  ])
}

const fillerBytes = 1024 * 1024

/** An MP4 with `free` boxes at its end, which players skip, so that it has this size; itself if it is that large. */
export function filledUp(file: MadeFile, bytes: number): MadeFile {
  const missing = bytes - file.bytes
  if (missing < leastBox) return file
  const full = freeBox(fillerBytes)
  const last = leastBox + ((missing - leastBox) % fillerBytes)
  const boxes: Piece[] = Array(Math.floor((missing - leastBox) / fillerBytes)).fill({ bytes: fillerBytes, make: full })
  const pieces = [...file.pieces, ...boxes, { bytes: last, make: freeBox(last) }]
  return madeFile(file.type, `${file.etag} ${bytes}`, pieces)
}

const leastBox = 8

/** Filled with bytes that nothing can compress. */
function freeBox(bytes: number): () => Buffer {
  let box: Buffer | undefined
  return () => {
    box ??= Buffer.concat([Buffer.alloc(leastBox), noise().subarray(0, bytes - leastBox)])
    box.writeUInt32BE(bytes, 0)
    box.write('free', 4, 'latin1')
    return box
  }
}

let noiseMade: Buffer | undefined

function noise(): Buffer {
  noiseMade ??= createHash('shake256', { outputLength: fillerBytes }).update('filler').digest()
  return noiseMade
}

function* topLevelBoxes(file: Buffer) {
  for (let at = 0; at < file.length; at += file.readUInt32BE(at)) {
    const bytes = file.subarray(at, at + file.readUInt32BE(at))
    yield { type: bytes.toString('latin1', 4, 8), bytes }
  }
}

/** Movie and fragments count in milliseconds. */
function withDuration(head: Buffer, ticks: number): Buffer {
  const changed = Buffer.from(head)
  changed.writeUInt32BE(Math.round((ticks * 1000) / timescale), fieldAt(head, 'mehd', 4))
  return changed
}

/** The list of fragments by which players seek, and know the length before they have read the whole file. */
function segmentIndex(sources: readonly Buffer[]): Buffer {
  const index = Buffer.alloc(32 + 12 * sources.length)
  index.writeUInt32BE(index.length, 0)
  index.write('sidx', 4, 'latin1')
  index.writeUInt32BE(1, 12) // the track
  index.writeUInt32BE(timescale, 16)
  index.writeUInt16BE(sources.length, 30)
  sources.forEach((source, at) => {
    index.writeUInt32BE(source.length, 32 + 12 * at)
    index.writeUInt32BE(turnTicks, 36 + 12 * at)
    // It begins with a key frame.
    index.writeUInt32BE(0x9000_0000, 40 + 12 * at)
  })
  return index
}

/** The fragment at its place in the file: with its number and, for each track, its time. */
function placed(source: Buffer, at: number): Buffer {
  const fragment = Buffer.from(source)
  fragment.writeUInt32BE(at + 1, fieldAt(fragment, 'mfhd', 4))
  const time = BigInt(at * turnTicks)
  const first = fieldAt(fragment, 'tfdt', 4)
  fragment.writeBigUInt64BE(time, first)
  fragment.writeBigUInt64BE(time, fieldAt(fragment, 'tfdt', 4, first))
  return fragment
}

/** Where a field of a box is; `offset` counts from the end of the box's name. */
const fieldAt = (bytes: Buffer, box: string, offset: number, from = 0): number =>
  bytes.indexOf(box, from, 'latin1') + 4 + offset
