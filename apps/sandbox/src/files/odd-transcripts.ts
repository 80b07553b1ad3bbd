/** Transcripts as careless or unlucky speech services write them. */

type Timed = { start: number; end: number }

const oddTimes: ((line: Timed) => { start: unknown; end: unknown })[] = [
  (line) => line,
  ({ start, end }) => ({ start: end, end: start }),
  ({ end }) => ({ start: -5, end }),
  ({ start, end }) => ({ start: start - 5, end: end + 5 }),
  () => ({ start: 1e12, end: 2e12 }),
  () => ({ start: null, end: 'later' }),
]

/** Gives every line but each sixth odd times, and puts the second half first. */
export function withOddTimes<Line extends Timed>(lines: readonly Line[]) {
  const half = Math.floor(lines.length / 2)
  const odd = lines.map((line, at) => ({ ...line, ...oddTimes[at % oddTimes.length]?.(line) }))
  return [...odd.slice(half), ...odd.slice(0, half)]
}

const unknown = [null, '', 41]

export const unknownSpeaker = (at: number): unknown => unknown[at % unknown.length]
