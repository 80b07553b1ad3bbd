import { crc8, crc16 } from './crc.ts'
import { hashOfAsset, type MadeFile, madeFile, type Piece, pieceOf } from './made-file.ts'
import { turnsIn, turnsInAsset } from './turns.ts'

/** Frames in a turn, and samples in a frame. */
const framesPerTurn = 10
const samplesPerFrame = 2816

/** A FLAC frame without what depends on its place: the header and the checksum at the end. */
type FrameBody = Buffer
export type AudioParts = { head: Buffer; frames: FrameBody[]; hash: string }

/** Takes a FLAC file apart (RFC 9639): the marker with STREAMINFO, and the frames. */
export function audioParts(asset: Buffer): AudioParts {
  const count = framesPerTurn * turnsInAsset
  const starts = Array.from({ length: count }, (_, number) => asset.indexOf(frameHeader(number)))
  const frames = starts.map((start, number) => {
    const end = starts[number + 1] ?? asset.length
    return asset.subarray(start + frameHeader(number).length, end - 2)
  })
  return { head: asset.subarray(0, starts[0]), frames, hash: hashOfAsset(asset) }
}

/** A FLAC file about as long as `seconds`, in which the turns of the asset are repeated. */
export function audioFile({ head, frames, hash }: AudioParts, seconds: number): MadeFile {
  const turns = turnsIn(seconds)
  const pieces = Array.from({ length: turns }, (_, at) => turnOf(frames, at * framesPerTurn))
  return madeFile('audio/flac', `audio ${hash} ${turns}`, [pieceOf(withLength(head, turns)), ...pieces])
}

/** The same of pure silence, as from a bot that heard nothing. It takes little space. */
export function silentAudioFile({ head }: AudioParts, seconds: number): MadeFile {
  // One subframe of type "constant" with the value 0.
  const silence = Buffer.alloc(3)
  return audioFile({ head, frames: Array(framesPerTurn).fill(silence), hash: 'silence' }, seconds)
}

function turnOf(bodies: readonly FrameBody[], firstNumber: number): Piece {
  const numbered = Array.from({ length: framesPerTurn }, (_, at) => {
    const number = firstNumber + at
    return { number, body: bodies[number % bodies.length] as FrameBody }
  })
  const bytes = numbered.reduce((sum, { number, body }) => sum + frameHeader(number).length + body.length + 2, 0)
  return { bytes, make: () => Buffer.concat(numbered.map(({ number, body }) => frame(number, body))) }
}

/** STREAMINFO has the number of samples in its last 36 bits before the MD5, which is 0 for "unknown". */
function withLength(head: Buffer, turns: number): Buffer {
  const changed = Buffer.from(head)
  changed.writeUInt32BE(turns * framesPerTurn * samplesPerFrame, changed.length - 20)
  return changed
}

function frame(number: number, body: FrameBody): Buffer {
  const bytes = Buffer.concat([frameHeader(number), body, Buffer.alloc(2)])
  bytes.writeUInt16BE(crc16(bytes.subarray(0, -2)), bytes.length - 2)
  return bytes
}

/** 8 kHz, one channel, 16 bits, blocks of one size. */
function frameHeader(number: number): Buffer {
  const header = Buffer.from([0xff, 0xf8, 0x74, 0x08, ...utf8Number(number), 0, 0, 0])
  header.writeUInt16BE(samplesPerFrame - 1, header.length - 3)
  header[header.length - 1] = crc8(header.subarray(0, -1))
  return header
}

/** Frames are numbered in the way in which UTF-8 numbers characters. */
function utf8Number(number: number): number[] {
  if (number < 0x80) return [number]
  if (number < 0x800) return [0xc0 | (number >> 6), tail(number)]
  if (number < 0x1_0000) return [0xe0 | (number >> 12), tail(number >> 6), tail(number)]
  return [0xf0 | (number >> 18), tail(number >> 12), tail(number >> 6), tail(number)]
}

const tail = (number: number): number => 0x80 | (number & 0x3f)
