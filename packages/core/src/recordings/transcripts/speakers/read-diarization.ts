import { cleanSpeaker } from '../formats/clean-text.ts'
import { fieldOf } from '../formats/entries.ts'
import { toMs } from '../formats/repair.ts'

/** A time during which somebody spoke. */
export type Turn = { speaker: string; startMs: number; endMs: number }

const mostTurns = 200_000

/**
 * Reads the vendor's diarization: one JSON object a line. Lines that cannot be read, or say nothing, are left out.
 * Source: openapi-v2.json, DiarizationSegment.
 */
export function readDiarization(text: string): Turn[] {
  return text
    .split('\n')
    .slice(0, mostTurns)
    .flatMap((line) => toTurn(line) ?? [])
}

function toTurn(line: string): Turn | null {
  if (line.trim() === '') return null
  let entry: unknown
  try {
    entry = JSON.parse(line)
  } catch {
    return null
  }
  const speaker = cleanSpeaker(fieldOf(entry, 'speaker'), {})
  const [startMs, endMs] = [toMs(fieldOf(entry, 'start_time')), toMs(fieldOf(entry, 'end_time'))]
  return speaker === null || startMs === null || endMs === null || endMs <= startMs ? null : { speaker, startMs, endMs }
}
